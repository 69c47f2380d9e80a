/* The listening side over a radio of sockets: admission, free places, and its end. The listener is
 * a process of its own; the tests are its peers. */
#include "base/msg.h"
#include "base/signals.h"
#include "bt/serve.h"

#include "stub_radio.h"
#include "usual_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
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

enum { PATIENCE_MS = 30000, PAUSE_MS = 20 };

static struct {
	pid_t listener;
	int err; /* its stderr, a file */
	int in; /* writes to its stdin */
	int out; /* reads its stdout */
} test;

static struct serve
a_listener(char **program)
{
	struct serve serve = {
		.session = session_defaults,
		.advertise = -1,
		.listener = radio.ends[0],
		.max = 1,
	};
	serve.session.program = program;
	return serve;
}

static int
set_up(void **state)
{
	char name[] = "/tmp/serve.XXXXXX";
	(void)state;
	memset(&test, 0, sizeof test);
	test.err = mkstemp(name);
	return test.err < 0 || unlink(name) < 0 || radio_open() < 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (test.listener > 0) {
		kill(test.listener, SIGKILL);
		waitpid(test.listener, NULL, 0);
	}
	close(test.err);
	close(radio.ends[1]);
	return 0;
}

/* Runs it in a process of its own, which ends with this one, and after a minute and a half. */
static void
start(struct serve *serve)
{
	int in[2];
	int out[2];
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		abort();
	test.listener = fork();
	if (test.listener == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		alarm(90);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(test.err, STDERR_FILENO);
		close(in[1]);
		close(out[0]);
		close(radio.ends[1]);
		msg_init("test");
		msg_verbose(true);
		serve->session.signals = signals_open();
		serve->session.out = nowait_open(STDOUT_FILENO);
		int status = serve_run(serve);
		if (radio.accept_error)
			msg_say("accepts: %s", radio.accepts < 10 ? "few" : "many");
		_exit(status);
	}
	close(radio.ends[0]);
	close(in[0]);
	close(out[1]);
	test.in = in[1];
	test.out = out[0];
}

/* How often the listener has printed this. */
static int
said(const char *text)
{
	char all[16384];
	int count = 0;
	ssize_t n = pread(test.err, all, sizeof all - 1, 0);
	all[n > 0 ? n : 0] = '\0';
	for (const char *p = all; (p = strstr(p, text)); p++)
		count++;
	return count;
}

/* Waits until it has printed it this number of times. */
static void
wait_for(const char *text, int times)
{
	for (int waited = 0; said(text) < times; waited += PAUSE_MS) {
		if (waited >= PATIENCE_MS)
			fail_msg("not said: %s", text);
		poll(NULL, 0, PAUSE_MS);
	}
}

/* The first byte of a link: '+' let in, '\0' refused. */
static char
answer(int link)
{
	char byte;
	struct pollfd fd = {.fd = link, .events = POLLIN};
	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	if (read(link, &byte, 1) != 1)
		byte = '\0';
	return byte;
}

/* Calls until a place is free, and is let in. */
static int
call_until_let_in(int number)
{
	for (int waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
		int link = radio_call(number, false);
		if (answer(link) == '+')
			return link;
		close(link);
		poll(NULL, 0, PAUSE_MS);
	}
	fail_msg("never let in");
	return -1;
}

static int
status_of_listener(void)
{
	int status;
	assert_int_equal(waitpid(test.listener, &status, 0), test.listener);
	test.listener = 0;
	return status;
}

#define PROGRAM(script) \
	(char *[]) \
	{ \
		(char[]){"sh"}, (char[]){"-c"}, (char[]){script}, NULL \
	}

static void
one_peer_is_served_and_the_next_refused(void **state)
{
	(void)state;
	struct serve serve = a_listener(NULL);
	char text[16];
	start(&serve);
	int first = radio_call(1, false);
	assert_int_equal(answer(first), '+');
	assert_int_equal(write(first, "hello", 5), 5);
	assert_int_equal(read(test.out, text, sizeof text), 5);
	assert_int_equal(write(test.in, "hi", 2), 2);
	assert_int_equal(read(first, text, sizeof text), 2);
	assert_int_equal(radio_call(2, false), -1); /* it has stopped listening */
	close(first);
	assert_int_equal(status_of_listener(), 0);
	assert_int_equal(said("peer closed: sent 2 bytes, received 5"), 1);
}

static void
a_place_is_free_as_soon_as_its_link_has_ended(void **state)
{
	(void)state;
	struct serve serve = a_listener(PROGRAM("exec sleep 60"));
	serve.keep = true;
	start(&serve);
	for (int number = 1; number <= 9; number++)
		close(call_until_let_in(number));
	assert_int_equal(kill(test.listener, SIGTERM), 0);
	assert_int_equal(WTERMSIG(status_of_listener()), SIGTERM);
}

static void
a_full_listener_says_so_once_until_a_place_is_free(void **state)
{
	(void)state;
	struct serve serve = a_listener(PROGRAM("exec cat"));
	serve.keep = true;
	start(&serve);
	for (int round = 1; round <= 2; round++) {
		int served = call_until_let_in(1);
		int before = said("channel 0: full");
		for (int i = 0; i < 3; i++) {
			int refused = radio_call(2, false);
			assert_int_equal(answer(refused), '\0');
			close(refused);
		}
		wait_for("channel 0: full", round);
		assert_true(said("channel 0: full") <= before + 1);
		close(served);
		wait_for("peer closed", round);
	}
}

static void
a_grace_ends_a_program_that_lingers(void **state)
{
	(void)state;
	struct serve serve = a_listener(PROGRAM("echo; exec sleep 60"));
	serve.session.grace_ms = 10;
	start(&serve);
	int link = radio_call(1, false);
	assert_int_equal(answer(link), '+');
	assert_int_equal(answer(link), '\n');
	close(link);
	assert_int_equal(WEXITSTATUS(status_of_listener()), 128 + SIGTERM);
}

static void
a_peer_that_never_finishes_pairing_holds_up_nobody(void **state)
{
	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		struct serve serve = a_listener(PROGRAM("exec cat"));
		serve.keep = keep;
		if (keep)
			assert_int_equal(set_up(NULL), 0);
		serve.listener = radio.ends[0];
		start(&serve);
		int pairing = radio_call(1, true);
		int link = radio_call(2, false);
		assert_int_equal(answer(link), '+');
		assert_int_equal(answer(pairing), '\0'); /* the only place is taken */
		close(link);
		close(pairing);
		if (!keep)
			assert_int_equal(status_of_listener(), 0);
	}
}

static void
one_that_leaves_while_it_pairs_is_dropped(void **state)
{
	(void)state;
	struct serve serve = a_listener(NULL);
	start(&serve);
	close(radio_call(1, true));
	wait_for("a peer left before it was connected", 1);
	int link = radio_call(2, false);
	assert_int_equal(answer(link), '+');
	close(link);
	assert_int_equal(status_of_listener(), 0);
}

static void
one_that_is_not_admitted_is_refused(void **state)
{
	(void)state;
	struct serve serve = a_listener(NULL);
	bdaddr_t known = {{2}};
	serve.allow = (struct allow){&known, 1};
	start(&serve);
	int link = radio_call(1, false);
	assert_int_equal(answer(link), '\0');
	wait_for("(not admitted by -a)", 1);
	link = radio_call(2, false);
	assert_int_equal(answer(link), '+');
}

/* As where no descriptor is left. */
static void
a_peer_that_cannot_be_accepted_is_no_busy_loop(void **state)
{
	(void)state;
	struct serve serve = a_listener(NULL);
	serve.session.wait_ms = 300;
	radio.accept_error = EMFILE;
	start(&serve);
	radio_call(1, false);
	assert_int_equal(WEXITSTATUS(status_of_listener()), MSG_FAIL);
	assert_int_equal(said("cannot accept a peer: Too many open files"), 1);
	assert_int_equal(said("accepts: few"), 1);
}

static void
a_second_signal_kills_a_program_that_ignores_the_first(void **state)
{
	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		struct serve serve = a_listener(PROGRAM(
			"trap '' TERM INT; echo; for i in $(seq 6000); do sleep .01; done"));
		serve.keep = keep;
		if (keep)
			assert_int_equal(set_up(NULL), 0);
		serve.listener = radio.ends[0];
		start(&serve);
		int link = radio_call(1, false);
		assert_int_equal(answer(link), '+');
		assert_int_equal(answer(link), '\n');
		int status;
		int waited = 0;
		while (waitpid(test.listener, &status, WNOHANG) == 0 && waited < PATIENCE_MS) {
			kill(test.listener, SIGINT);
			poll(NULL, 0, 50);
			waited += 50;
		}
		assert_true(waited < PATIENCE_MS);
		test.listener = 0;
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	}
}

static void
without_a_reader_it_ends_with_its_session(void **state)
{
	(void)state;
	struct serve serve = a_listener(NULL);
	serve.keep = true;
	start(&serve);
	int link = radio_call(1, false);
	assert_int_equal(answer(link), '+');
	close(test.out);
	assert_int_equal(write(link, "x", 1), 1);
	assert_int_equal(WTERMSIG(status_of_listener()), SIGPIPE);
}

/* How many seccomp filters hold a process; -1 where the kernel does not say. */
static int
filters(const char *process)
{
	char name[64];
	char line[256];
	int count = -1;
	snprintf(name, sizeof name, "/proc/%s/status", process);
	FILE *status = fopen(name, "r");
	while (status && fgets(line, sizeof line, status))
		sscanf(line, "Seccomp_filters: %d", &count);
	if (status)
		fclose(status);
	return count;
}

static void
the_listener_is_restricted_and_its_programs_are_not(void **state)
{
	(void)state;
	struct serve serve = a_listener(PROGRAM(
		"printf $(grep Seccomp_filters /proc/self/status | tr -cd 0-9); exec sleep 60"));
	char listener[16];
	serve.keep = true;
	start(&serve);
	snprintf(listener, sizeof listener, "%d", test.listener);
	int link = radio_call(1, false);
	assert_int_equal(answer(link), '+');
	assert_int_equal(answer(link), '0' + filters("self"));
#ifndef INSTRUMENTED
	/* Whether the kernel takes any (seccomp(2)): QEMU's emulation of a process does not. */
	bool taken = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
	assert_true(!taken || filters(listener) > filters("self"));
#endif
}

static void
a_listener_that_cannot_start_programs_ends(void **state)
{
	(void)state;
	struct serve serve = a_listener(PROGRAM("exec cat"));
	char name[64];
	int starter = 0;
	serve.keep = true;
	start(&serve);
	int link = radio_call(1, false);
	assert_int_equal(answer(link), '+');
	snprintf(name, sizeof name, "/proc/%d/task/%d/children", test.listener, test.listener);
	FILE *children = fopen(name, "r");
	assert_non_null(children);
	assert_int_equal(fscanf(children, "%d", &starter), 1);
	fclose(children);
	assert_int_equal(kill(starter, SIGKILL), 0);
	assert_int_equal(answer(link), '\0'); /* its sessions have ended */
	assert_int_equal(WEXITSTATUS(status_of_listener()), MSG_FAIL);
	assert_int_equal(said("the process that starts programs has been killed"), 1);
}

int
main(void)
{
	usual_signals();
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			one_peer_is_served_and_the_next_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_place_is_free_as_soon_as_its_link_has_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_full_listener_says_so_once_until_a_place_is_free, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_grace_ends_a_program_that_lingers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_peer_that_never_finishes_pairing_holds_up_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_leaves_while_it_pairs_is_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_is_not_admitted_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_peer_that_cannot_be_accepted_is_no_busy_loop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_second_signal_kills_a_program_that_ignores_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			without_a_reader_it_ends_with_its_session, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_listener_is_restricted_and_its_programs_are_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_listener_that_cannot_start_programs_ends, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
