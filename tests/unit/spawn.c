/* A program: found as the shell finds it, with its streams, environment and signals, and its
 * end. */
#include "base/signals.h"
#include "base/spawn.h"
#include "usual_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int signals;

static int
open_signals(void **state)
{
	(void)state;
	alarm(120); /* instead of hanging */
	for (int fd = 3; fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC); /* descriptors from the tests' own parent */
	signal(SIGUSR1, SIG_IGN);
	signals = signals_open();
	return signals < 0;
}

/* Enters a folder with a program, another file and a folder, all of this name. */
static int
enter_folder(void **state)
{
	static char name[] = "/tmp/spawn.XXXXXX";
	*state = mkdtemp(name);
	return !*state || chdir(name) < 0 || mkdir("folder", 0777) < 0 || mkdir("bin", 0777) < 0 ||
	       mkdir("bin/folder", 0777) < 0 || symlink("/bin/true", "program") < 0 ||
	       close(open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0666)) < 0;
}

static int
leave_folder(void **state)
{
	char command[64];
	snprintf(command, sizeof command, "rm -r %s", (char *)*state);
	setenv("PATH", "/bin:/usr/bin", 1);
	return chdir("/") < 0 || system(command) != 0;
}

/* Whether the name is found along this PATH (NULL: none). */
static bool
found(const char *path, const char *name)
{
	char copy[16];
	char *argv[] = {copy, NULL};
	snprintf(copy, sizeof copy, "%s", name);
	assert_int_equal(path ? setenv("PATH", path, 1) : unsetenv("PATH"), 0);
	return spawn_check(argv);
}

static void
an_empty_element_of_path_is_the_current_folder(void **state)
{
	(void)state;
	static const char *const with[] = {
		"", ":/bin", "/bin:", "/bin::/usr/bin", ":", ".", "/bin:."};
	for (size_t i = 0; i < sizeof with / sizeof *with; i++)
		assert_true(found(with[i], "program"));
	assert_false(found("/bin:/usr/bin", "program"));
	assert_int_equal(errno, ENOENT);
	assert_true(found("/nowhere:/bin", "sh"));
	assert_true(found(NULL, "sh"));
}

static void
a_folder_is_no_program(void **state)
{
	(void)state;
	assert_false(found("bin:", "folder"));
	assert_int_equal(errno, ENOENT);
	assert_false(found("bin", "./folder"));
	assert_int_equal(errno, EISDIR);
	assert_false(found("bin:", ""));
	assert_int_equal(errno, ENOENT);
	assert_true(found("bin", "./program"));
}

static void
a_file_that_may_not_be_run_is_said_to_be_one(void **state)
{
	(void)state;
	assert_false(found("bin:.:/bin", "plain"));
	assert_int_equal(errno, EACCES);
	assert_false(found("bin", "./plain"));
	assert_int_equal(errno, EACCES);
	assert_false(found("bin", "./none"));
	assert_int_equal(errno, ENOENT);
}

static const struct spawn_var no_vars[] = {{NULL, NULL}};

/* Starts a shell with this script. */
static struct spawn
start(const char *script, const struct spawn_var *vars)
{
	char text[512];
	char sh[] = "sh";
	char c[] = "-c";
	char *argv[] = {sh, c, text, NULL};
	struct spawn spawn;
	snprintf(text, sizeof text, "%s", script);
	assert_int_equal(spawn_start(&spawn, argv, vars), 0);
	return spawn;
}

/* The program's output up to its end, or up to a line. */
static const char *
said_by(const struct spawn *spawn)
{
	static char said[4096];
	size_t used = 0;
	ssize_t n;
	while (used < sizeof said - 1 && !memchr(said, '\n', used) &&
		(n = read(spawn->in, said + used, sizeof said - 1 - used)) > 0)
		used += (size_t)n;
	said[used] = '\0';
	return said;
}

static void
its_streams_are_ours(void **state)
{
	(void)state;
	struct spawn spawn = start("read line; echo \"re: $line\"; exit 3", no_vars);
	assert_int_equal(write(spawn.out, "hello\n", 6), 6);
	assert_string_equal(said_by(&spawn), "re: hello\n");
	assert_int_equal(spawn_wait(&spawn, signals), 3);
	assert_int_equal(spawn.signal, 0);
	spawn = start("while read line; do :; done; exit 4", no_vars);
	assert_int_equal(spawn_wait(&spawn, signals), 4);
}

static void
its_environment_is_set_and_unset(void **state)
{
	(void)state;
	const struct spawn_var vars[] = {{"ONE", "1"}, {"TWO", NULL}, {NULL, NULL}};
	setenv("ONE", "old", 1);
	setenv("TWO", "old", 1);
	struct spawn spawn = start("echo $ONE ${TWO-unset} $THREE", vars);
	assert_string_equal(said_by(&spawn), "1 unset\n");
	assert_int_equal(spawn_wait(&spawn, signals), 0);
}

static void
it_has_no_descriptor_or_signal_of_ours(void **state)
{
	(void)state;
	struct spawn spawn =
		start("ls /proc/self/fd | tr '\\n' ' '; sed -n "
		      "'s/^SigBlk:.*\\(.\\{4\\}\\)$/\\1 /p; s/^SigIgn:.*\\(.\\{4\\}\\)$/\\1/p' "
		      "/proc/self/status | tr -d '\\n'; echo",
			no_vars);
	/* 3 is the folder that ls reads; SIGUSR1, which the user ignores, is bit 9. */
	assert_string_equal(said_by(&spawn), "0 1 2 3 0000 0200\n");
	assert_int_equal(spawn_wait(&spawn, signals), 0);
}

static void
a_program_that_cannot_be_run_says_why(void **state)
{
	(void)state;
	char name[] = "/nowhere/program";
	char *argv[] = {name, NULL};
	struct spawn spawn;
	assert_int_equal(spawn_start(&spawn, argv, no_vars), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left of it */
}

static void
a_signal_ends_it(void **state)
{
	(void)state;
	struct spawn spawn = start(
		"trap 'exit 5' TERM; echo; for i in $(seq 6000); do sleep 0.01; done", no_vars);
	said_by(&spawn);
	raise(SIGHUP);
	assert_int_equal(spawn_wait(&spawn, signals), 5);
	assert_int_equal(spawn.signal, SIGHUP);
	assert_int_equal(signals_caught(signals), 0);
}

/* Not for ever, even if this test fails. */
static const char deaf[] = "trap '' TERM; echo; for i in $(seq 6000); do sleep 0.01; done";

/* Signals to this process again and again, until it is ended, or a minute has passed. */
static pid_t
insist(void)
{
	pid_t target = getpid();
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	for (int i = 0; i < 1200 && getppid() == target; i++) {
		kill(target, SIGTERM);
		poll(NULL, 0, 50);
	}
	_exit(0);
}

static void
a_second_signal_kills_one_that_ignores_the_first(void **state)
{
	(void)state;
	struct spawn spawn = start(deaf, no_vars);
	said_by(&spawn);
	pid_t insistent = insist();
	assert_int_equal(spawn_wait(&spawn, signals), 128 + SIGKILL);
	assert_int_equal(spawn.signal, SIGTERM);
	kill(insistent, SIGKILL);
	waitpid(insistent, NULL, 0);
	while (signals_caught(signals))
		continue;
}

static void
a_grace_ends_one_that_lingers(void **state)
{
	(void)state;
	struct spawn spawn = start("echo; exec sleep 60", no_vars);
	said_by(&spawn);
	spawn.grace_ms = 0;
	assert_int_equal(spawn_wait(&spawn, signals), 128 + SIGTERM);
	spawn = start(deaf, no_vars);
	said_by(&spawn);
	spawn.grace_ms = 1;
	assert_int_equal(spawn_wait(&spawn, signals), 128 + SIGKILL);
	assert_int_equal(spawn.signal, 0);
	spawn = start("exit 6", no_vars);
	spawn.grace_ms = 60000;
	assert_int_equal(spawn_wait(&spawn, signals), 6);
}

int
main(void)
{
	usual_signals();
	const struct CMUnitTest files[] = {
		cmocka_unit_test(an_empty_element_of_path_is_the_current_folder),
		cmocka_unit_test(a_folder_is_no_program),
		cmocka_unit_test(a_file_that_may_not_be_run_is_said_to_be_one),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_streams_are_ours),
		cmocka_unit_test(its_environment_is_set_and_unset),
		cmocka_unit_test(it_has_no_descriptor_or_signal_of_ours),
		cmocka_unit_test(a_program_that_cannot_be_run_says_why),
		cmocka_unit_test(a_signal_ends_it),
		cmocka_unit_test(a_second_signal_kills_one_that_ignores_the_first),
		cmocka_unit_test(a_grace_ends_one_that_lingers),
	};
	int failed = cmocka_run_group_tests(files, enter_folder, leave_folder);
	return failed + cmocka_run_group_tests(tests, open_signals, NULL);
}
