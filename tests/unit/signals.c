/* Signals as events, also after a parent that has left some blocked or ignored. Each test runs in a
 * process of its own, since a blocked signal would stay so. */
#include "base/signals.h"
#include "usual_signals.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The wait status of a process that does this and exits. An alarm ends one that hangs. */
static int
outcome_of(void (*deed)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		alarm(20);
		deed();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
require(bool ok)
{
	if (!ok)
		_exit(1);
}

static void
block(int signal)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal);
	require(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static bool
is_blocked(int signal)
{
	sigset_t set;
	require(sigprocmask(SIG_BLOCK, NULL, &set) == 0);
	return sigismember(&set, signal) == 1;
}

static void (*disposition(int signal_))(int)
{
	struct sigaction action;
	require(sigaction(signal_, NULL, &action) == 0);
	return action.sa_handler;
}

static void
catch_two(void)
{
	int fd = signals_open();
	require(fd >= 0 && signals_caught(fd) == 0);
	raise(SIGTERM);
	raise(SIGHUP);
	require(signals_await(fd, -1, 0, 10000) == -1 && errno == EINTR);
	int first = signals_caught(fd);
	int second = signals_caught(fd);
	require(first + second == SIGTERM + SIGHUP && first != second);
	require(signals_caught(fd) == 0 && signals_sleep(fd, 1));
	signals_die(SIGTERM);
}

static void
ignore_one(void)
{
	signal(SIGHUP, SIG_IGN);
	int fd = signals_open();
	raise(SIGHUP);
	require(signals_caught(fd) == 0 && disposition(SIGHUP) == SIG_IGN);
}

static void
write_without_reader(void)
{
	int pair[2];
	require(signals_open() >= 0 && pipe(pair) == 0);
	close(pair[0]);
	require(write(pair[1], "x", 1) == -1 && errno == EPIPE);
	signals_die(SIGPIPE);
}

/* A parent's leavings: two blocked signals, and an ignored SIGCHLD, which loses a child's
 * status. */
static void
inherit(void)
{
	block(SIGALRM);
	block(SIGCHLD);
	signal(SIGCHLD, SIG_IGN);
}

static void
start_from_leavings(void)
{
	inherit();
	require(signals_open() >= 0);
	require(!is_blocked(SIGALRM) && !is_blocked(SIGCHLD) && is_blocked(SIGTERM));
	pid_t pid = fork();
	if (pid == 0)
		_exit(3);
	int status = 0;
	require(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
}

static void
hand_leavings_on(void)
{
	inherit();
	require(signals_open() >= 0);
	signals_restore();
	require(is_blocked(SIGALRM) && is_blocked(SIGCHLD) && !is_blocked(SIGTERM));
	require(disposition(SIGCHLD) == SIG_IGN && disposition(SIGPIPE) == SIG_DFL);
}

static void
open_in_vain(void)
{
	struct rlimit none = {.rlim_cur = 3, .rlim_max = 3};
	inherit();
	require(setrlimit(RLIMIT_NOFILE, &none) == 0);
	require(signals_open() == -1 && errno == EMFILE);
	require(!is_blocked(SIGTERM) && !is_blocked(SIGINT) && is_blocked(SIGALRM));
	require(disposition(SIGPIPE) == SIG_DFL && disposition(SIGCHLD) == SIG_IGN);
}

static void
a_signal_is_an_event_and_then_an_end(void **state)
{
	(void)state;
	int status = outcome_of(catch_two);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void
one_that_was_ignored_stays_ignored(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(ignore_one), 0);
}

static void
a_closed_reader_is_an_error_first(void **state)
{
	(void)state;
	int status = outcome_of(write_without_reader);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

static void
what_a_parent_has_left_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(start_from_leavings), 0);
}

static void
a_program_gets_what_the_parent_has_left(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(hand_leavings_on), 0);
}

static void
where_it_fails_nothing_has_changed(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(open_in_vain), 0);
}

int
main(void)
{
	usual_signals();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_is_an_event_and_then_an_end),
		cmocka_unit_test(one_that_was_ignored_stays_ignored),
		cmocka_unit_test(a_closed_reader_is_an_error_first),
		cmocka_unit_test(what_a_parent_has_left_changes_nothing),
		cmocka_unit_test(a_program_gets_what_the_parent_has_left),
		cmocka_unit_test(where_it_fails_nothing_has_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
