/* A connection up to the exit status, over a radio of sockets: its messages, and its program. */
#include "base/msg.h"
#include "base/signals.h"
#include "bt/session.h"

#include "stub_radio.h"
#include "usual_signals.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct {
	struct session session; /* starts as session_defaults */
	int hangup_error;
	struct encryption encryption;
	char err[4096]; /* its messages */
	char sent[4096]; /* the bytes that the peer got */
} test;

static int
set_up(void **state)
{
	(void)state;
	memset(&test, 0, sizeof test);
	test.session = session_defaults;
	test.session.end = (struct rfcomm_end){.peer = {{1}}, .channel = 5};
	return 0;
}

/* In a process of its own: the exit status goes to the parent. stdin is this text. */
static _Noreturn void
run(int link, int err, const char *input)
{
	int in[2];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	alarm(60);
	if (pipe(in) < 0 || write(in[1], input, strlen(input)) < 0)
		_exit(99);
	close(in[1]);
	dup2(in[0], STDIN_FILENO);
	dup2(err, STDERR_FILENO);
	msg_init("test");
	msg_verbose(true);
	radio.hangup_error = test.hangup_error;
	radio.encryption = test.encryption;
	test.session.link = link;
	test.session.signals = signals_open();
	test.session.out = nowait_open(STDOUT_FILENO);
	_exit(session_run(&test.session));
}

static void
read_all(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t n;
	while (used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
}

/* Runs the session with a peer that reads to the end. Returns its wait status. */
static int
run_session(const char *input)
{
	int link[2];
	int err[2];
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, link), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(link[0]);
		run(link[1], err[1], input);
	}
	close(link[1]);
	close(err[1]);
	fcntl(link[0], F_SETFL, 0);
	read_all(link[0], test.sent, sizeof test.sent);
	close(link[0]);
	read_all(err[0], test.err, sizeof test.err);
	close(err[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool
said(const char *text)
{
	return strstr(test.err, text) != NULL;
}

/* A shell with this script. */
static char **
program(const char *script)
{
	static char text[256];
	static char sh[] = "sh";
	static char c[] = "-c";
	static char *argv[] = {sh, c, text, NULL};
	snprintf(text, sizeof text, "%s", script);
	return argv;
}

static void
what_was_delivered_is_counted(void **state)
{
	(void)state;
	test.session.quiet_ms = 0;
	assert_int_equal(run_session("hello"), 0);
	assert_string_equal(test.sent, "hello");
	assert_true(said("connected to peer 1 channel 5\n"));
	assert_true(said("closed: sent 5 bytes, received 0\n"));
}

static void
a_link_that_others_can_open_is_warned_of(void **state)
{
	(void)state;
	test.session.quiet_ms = 0;
	test.encryption = (struct encryption){true, true, 16};
	assert_int_equal(run_session("hello"), 0);
	assert_true(said("connected to peer 1 channel 5 (known)\n"));
	assert_false(said("warning"));
	test.encryption.key_size = 7;
	assert_int_equal(run_session("hello"), 0);
	assert_true(said("warning: a key of 7 octets, where 16 are usual: somebody in range may"));
}

static void
an_end_that_is_not_acknowledged_is_a_failure(void **state)
{
	(void)state;
	static const struct {
		int error;
		const char *text;
	} ends[] = {
		{EINPROGRESS, "the peer did not acknowledge the end within 30 s"},
		{ECONNRESET, "the peer closed at the same moment"},
		{ETIMEDOUT, "link lost"},
	};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		set_up(NULL);
		test.session.quiet_ms = 0;
		test.hangup_error = ends[i].error;
		assert_int_equal(WEXITSTATUS(run_session("hello")), MSG_FAIL);
		assert_true(said(ends[i].text));
	}
}

static void
silence_ends_it_where_that_is_wished(void **state)
{
	(void)state;
	test.session.idle_ms = 50;
	test.session.no_stdin = true;
	assert_int_equal(WEXITSTATUS(run_session("")), MSG_FAIL);
	assert_true(said("peer 1 channel 5: no byte in either direction for 0.05 s"));
}

static void
a_program_gets_its_environment_and_gives_its_status(void **state)
{
	(void)state;
	test.session.listening = true;
	test.session.number = 3;
	test.session.program = program("echo $PROTO $RFCOMMLOCALCHANNEL $RFCOMMCONNNUM; exit 4");
	assert_int_equal(WEXITSTATUS(run_session("")), 4);
	assert_string_equal(test.sent, "RFCOMM 5 3\n");
}

static void
a_status_of_delivery_comes_before_the_programs(void **state)
{
	(void)state;
	test.session.program = program("echo; exit 0");
	test.hangup_error = EINPROGRESS;
	assert_int_equal(WEXITSTATUS(run_session("")), MSG_FAIL);
}

static void
a_program_that_cannot_be_run_ends_it(void **state)
{
	(void)state;
	static char name[] = "/nowhere/program";
	static char *argv[] = {name, NULL};
	test.session.program = argv;
	assert_int_equal(WEXITSTATUS(run_session("")), MSG_FAIL);
	assert_true(said("/nowhere/program: cannot run: No such file or directory"));
}

/* The program's exit ends the session, even when a child of it writes on. */
static void
a_child_that_writes_on_does_not_keep_it(void **state)
{
	(void)state;
	test.session.program =
		program("exec 2>/dev/null; (while echo; do sleep .01; done) & sleep .1; exit 3");
	assert_int_equal(WEXITSTATUS(run_session("")), 3);
}

/* By this the listener knows that the place is free, while the program runs on. */
static void
the_place_is_closed_with_the_link(void **state)
{
	(void)state;
	int place[2];
	char none;
	assert_int_equal(pipe2(place, O_CLOEXEC), 0);
	test.session.place = place[1];
	test.session.program = program("exec >&-; exec sleep 60");
	test.session.idle_ms = 1;
	pid_t pid = fork();
	if (pid == 0) {
		int link[2];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, link) < 0)
			_exit(99);
		close(place[0]);
		run(link[1], open("/dev/null", O_WRONLY | O_CLOEXEC), "");
	}
	close(place[1]);
	struct pollfd fd = {.fd = place[0]};
	assert_int_equal(poll(&fd, 1, 30000), 1);
	assert_int_equal(read(place[0], &none, 1), 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGTERM), 0);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	close(place[0]);
}

int
main(void)
{
	usual_signals();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_delivered_is_counted, set_up),
		cmocka_unit_test_setup(a_link_that_others_can_open_is_warned_of, set_up),
		cmocka_unit_test_setup(an_end_that_is_not_acknowledged_is_a_failure, set_up),
		cmocka_unit_test_setup(silence_ends_it_where_that_is_wished, set_up),
		cmocka_unit_test_setup(a_program_gets_its_environment_and_gives_its_status, set_up),
		cmocka_unit_test_setup(a_status_of_delivery_comes_before_the_programs, set_up),
		cmocka_unit_test_setup(a_program_that_cannot_be_run_ends_it, set_up),
		cmocka_unit_test_setup(a_child_that_writes_on_does_not_keep_it, set_up),
		cmocka_unit_test_setup(the_place_is_closed_with_the_link, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
