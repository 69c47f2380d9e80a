/* Breaking out of a sandbox ends the process; staying inside has no effect. */
#include "base/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef INSTRUMENTED
enum { DEATH = 0 }; /* it restricts nothing */
#else
enum { DEATH = SIGSYS };
#endif

/* The signal that ends a process which enters the sandbox, and then does this; 0 when it lives. */
static int
end_of(unsigned what, void (*deed)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		sandbox_enter(what);
		deed();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#ifndef INSTRUMENTED
/* The same, with its text on stderr. */
static void
last_words(void (*deed)(void), char text[256])
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	int before = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	assert_int_equal(end_of(SANDBOX_STDIO, deed), SIGSYS);
	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[1]);
	ssize_t n = read(ends[0], text, 255);
	text[n > 0 ? n : 0] = '\0';
	close(ends[0]);
}
#endif

static void
make_socket(void)
{
	close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static void
run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
start_process(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
read_file(void)
{
	close(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static void
write_file(void)
{
	close(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static void
make_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(code, 4096);
}

static void
use_memory_and_stdio(void)
{
	char *memory = malloc(1000000);
	if (memory && write(STDERR_FILENO, memory, 0) == 0)
		free(memory);
}

/* As this machine's C library does, as musl, and as glibc since 2.42: TCGETS2. */
static void
ask_for_terminal(void)
{
	char answer[256] = {(char)isatty(STDIN_FILENO)};
	ioctl(STDIN_FILENO, TIOCGWINSZ, answer);
	ioctl(STDIN_FILENO, _IOC(_IOC_READ, 'T', 0x2a, 44), answer);
}

static void
promise_more(void)
{
	sandbox_enter(SANDBOX_STDIO);
	sandbox_enter(SANDBOX_READ);
	read_file();
}

static void
promise_less(void)
{
	sandbox_enter(SANDBOX_SESSION);
	make_socket();
}

static void
what_was_not_promised_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(end_of(SANDBOX_STDIO, make_socket), DEATH);
	assert_int_equal(end_of(SANDBOX_STDIO, run_program), DEATH);
	assert_int_equal(end_of(SANDBOX_STDIO, start_process), DEATH);
	assert_int_equal(end_of(SANDBOX_STDIO, read_file), DEATH);
	assert_int_equal(end_of(SANDBOX_STDIO, make_code), DEATH);
	assert_int_equal(end_of(SANDBOX_READ, write_file), DEATH);
	assert_int_equal(end_of(SANDBOX_SESSION, read_file), DEATH);
	assert_int_equal(end_of(SANDBOX_ROOM, make_socket), DEATH);
	assert_int_equal(end_of(SANDBOX_SERVE, make_socket), DEATH);
	assert_int_equal(end_of(SANDBOX_RADIO, run_program), DEATH);
	assert_int_equal(end_of(SANDBOX_RADIO, write_file), DEATH);
}

static void
what_was_promised_does_not(void **state)
{
	(void)state;
	assert_int_equal(end_of(SANDBOX_STDIO, use_memory_and_stdio), 0);
	assert_int_equal(end_of(SANDBOX_STDIO, ask_for_terminal), 0);
	assert_int_equal(end_of(SANDBOX_READ, read_file), 0);
	assert_int_equal(end_of(SANDBOX_ROOM, write_file), 0);
	assert_int_equal(end_of(SANDBOX_RADIO, make_socket), 0);
}

static void
a_second_promise_only_narrows(void **state)
{
	(void)state;
	assert_int_equal(end_of(SANDBOX_RADIO, promise_less), DEATH);
	assert_int_equal(end_of(SANDBOX_STDIO, promise_more), DEATH);
}

#ifndef INSTRUMENTED
static void
unknown_call(void)
{
	syscall(12345);
}

static void
the_call_that_was_not_promised_is_named(void **state)
{
	(void)state;
	char text[256];
	last_words(make_socket, text);
	assert_string_equal(text, "rfcat: socket: not a system call that this tool needs (does a "
				  "preloaded library make it?)\n");
	last_words(unknown_call, text);
	assert_string_equal(text,
		"rfcat: call 12345: not a system call that this tool needs (does a "
		"preloaded library make it?)\n");
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_promised_ends_the_process),
		cmocka_unit_test(what_was_promised_does_not),
		cmocka_unit_test(a_second_promise_only_narrows),
#ifndef INSTRUMENTED
		cmocka_unit_test(the_call_that_was_not_promised_is_named),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
