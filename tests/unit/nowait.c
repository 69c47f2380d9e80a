/* Writes that never wait, on each kind of descriptor, which keeps its flags. */
#include "base/nowait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PLENTY = 1 << 22 }; /* more than any buffer here holds */

static char block[1 << 16];

/* Writes until it would wait. Returns how much went out. An alarm ends the test where it does
 * wait. */
static size_t
write_all_it_takes(const struct nowait *to)
{
	size_t sum = 0;
	ssize_t n = 0;
	alarm(10);
	while (sum < PLENTY && (n = nowait_write(to, block, sizeof block)) > 0)
		sum += (size_t)n;
	alarm(0);
	if (n < 0)
		assert_int_equal(errno, EAGAIN);
	return sum;
}

/* Without a reader fd takes some bytes, and then refuses to wait. Its flags stay the same. */
static void
check_refuses(struct nowait *to, int fd)
{
	int flags = fcntl(fd, F_GETFL);
	size_t taken = write_all_it_takes(to);
	assert_true(taken >= 1 && taken < PLENTY);
	assert_int_equal(nowait_write(to, block, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(fd, F_GETFL), flags);
	assert_int_equal(flags & O_NONBLOCK, 0);
}

static void
a_full_pipe_is_not_waited_for(void **state)
{
	(void)state;
	int pair[2];
	assert_int_equal(pipe(pair), 0);
	struct nowait to = nowait_open(pair[1]);
	assert_int_equal(to.how, NOWAIT_OWN);
	check_refuses(&to, pair[1]);
	nowait_close(&to);
	close(pair[1]);
	while (read(pair[0], block, sizeof block) > 0)
		continue; /* its end: no other writer is left */
	close(pair[0]);
}

static void
a_terminal_that_nobody_reads_is_not_waited_for(void **state)
{
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	struct nowait to = nowait_open(terminal);
	check_refuses(&to, terminal);
	nowait_close(&to);
	close(terminal);
	close(master);
}

static void
a_full_socket_is_not_waited_for(void **state)
{
	(void)state;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	struct nowait to = nowait_open(pair[1]);
	check_refuses(&to, pair[1]);
	close(pair[0]);
	assert_int_equal(nowait_write(&to, "x", 1), -1);
	assert_int_equal(errno, EPIPE); /* and no SIGPIPE */
	close(pair[1]);
}

/* As in a container without /proc, or with another user's pipe. */
static void
a_pipe_that_cannot_be_opened_again_is_asked(void **state)
{
	(void)state;
	int pair[2];
	struct rlimit limit;
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	struct rlimit none = {.rlim_cur = (rlim_t)pair[1] + 1, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	struct nowait to = nowait_open(pair[1]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(to.how, NOWAIT_ASK);
	assert_int_equal(nowait_write(&to, block, sizeof block), PIPE_BUF);
	check_refuses(&to, pair[1]);
	close(pair[0]);
	close(pair[1]);
}

static void
a_file_takes_everything(void **state)
{
	(void)state;
	char name[] = "/tmp/nowait.XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	unlink(name);
	struct nowait to = nowait_open(fd);
	assert_int_equal(nowait_write(&to, block, sizeof block), sizeof block);
	close(fd);
	fd = open("/dev/null", O_WRONLY);
	to = nowait_open(fd);
	assert_true(nowait_write(&to, block, sizeof block) > 0);
	close(fd);
}

static void
a_reader_that_has_gone_is_an_error(void **state)
{
	(void)state;
	int pair[2];
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(pair), 0);
	struct nowait to = nowait_open(pair[1]);
	close(pair[0]);
	assert_int_equal(nowait_write(&to, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	nowait_close(&to);
	close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_pipe_is_not_waited_for),
		cmocka_unit_test(a_terminal_that_nobody_reads_is_not_waited_for),
		cmocka_unit_test(a_full_socket_is_not_waited_for),
		cmocka_unit_test(a_pipe_that_cannot_be_opened_again_is_asked),
		cmocka_unit_test(a_file_takes_everything),
		cmocka_unit_test(a_reader_that_has_gone_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
