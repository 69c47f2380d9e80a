#include "base/spawn.h"

#include "base/clock.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Signals within this time are one: ^C at a terminal reaches a listener and its sessions, and the
 * listener passes it on to them. */
enum { ONE_SIGNAL_MS = 500 };

/* Its stdin and stdout; the gate that releases it; its report of why it could not run. */
enum { TO, FROM, GATE, REPORT, PIPES };

/* How far the end of a program has come. */
struct ending {
	bool asked; /* it has had a SIGTERM */
	int64_t since; /* when it last got a signal */
	int64_t until; /* when it gets the next one by itself; INT64_MAX: never */
};

/* Whether it is a file that may be run; if not, with errno. */
static bool
runnable(const char *file)
{
	struct stat found;
	if (stat(file, &found) < 0)
		return false;
	if (!S_ISREG(found.st_mode)) {
		errno = S_ISDIR(found.st_mode) ? EISDIR : EACCES;
		return false;
	}
	return access(file, X_OK) == 0;
}

/* The same for a file in the first folder of path; an empty element is the current one. */
static bool
runnable_in(const char *path, const char *name)
{
	char file[PATH_MAX];
	int length = (int)strcspn(path, ":");
	int n = snprintf(file, sizeof file, "%.*s%s%s", length, path, length ? "/" : "./", name);
	errno = ENAMETOOLONG;
	return n > 0 && (size_t)n < sizeof file && runnable(file);
}

bool
spawn_check(char *const *argv)
{
	const char *path = getenv("PATH");
	int error = ENOENT;
	if (strchr(argv[0], '/'))
		return runnable(argv[0]);
	path = path ? path : "/bin:/usr/bin";
	for (;;) {
		if (runnable_in(path, argv[0]))
			return true;
		if (errno == EACCES)
			error = EACCES; /* as execvp(3) has it */
		path += strcspn(path, ":");
		if (!*path++)
			break;
	}
	errno = error;
	return false;
}

/* In the child: becomes the program, or writes errno to report. */
static _Noreturn void
become(char *const *argv, const struct spawn_var *vars, int in, int out, int report)
{
	for (; vars->name; vars++)
		if ((vars->value ? setenv(vars->name, vars->value, 1) : unsetenv(vars->name)) < 0)
			goto fail;
	/* dup2() leaves close-on-exec off, which everything else has on. */
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		goto fail;
	signals_restore();
	execvp(argv[0], argv);
fail:;
	int error = errno;
	if (write(report, &error, sizeof error) < 0)
		_exit(126); /* the parent has gone */
	_exit(127);
}

/* In the child: waits for its release, and becomes the program with the value that comes along. */
static _Noreturn void
wait_and_become(
	char *const *argv, const struct spawn_var *vars, const char *variable, int (*pipes)[2])
{
	char value[PIPE_BUF + 1];
	size_t len = 0;
	close(pipes[GATE][1]);
	for (ssize_t n; (n = read(pipes[GATE][0], value + len, PIPE_BUF - len)) != 0;)
		len += n > 0 ? (size_t)n : 0;
	if (len == 0)
		_exit(0); /* the parent has gone, or dropped it */
	value[len] = '\0';
	if (variable && setenv(variable, value + 1, 1) < 0)
		_exit(126);
	become(argv, vars, pipes[TO][0], pipes[FROM][1], pipes[REPORT][1]);
}

/* Waits for the exec, which closes the pipe, or for the errno of its failure. */
static int
exec_error(int report)
{
	int error = 0;
	while (read(report, &error, sizeof error) < 0 && errno == EINTR)
		;
	return error;
}

static void
close_pipes(int (*pipes)[2], int count)
{
	int error = errno;
	for (int i = 0; i < count; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	errno = error;
}

static void
end_child(struct spawn *spawn)
{
	int error = errno;
	kill(spawn->pid, SIGKILL);
	waitpid(spawn->pid, NULL, 0);
	errno = error;
}

int
spawn_hold(
	struct spawn *spawn, char *const *argv, const struct spawn_var *vars, const char *variable)
{
	int pipes[PIPES][2];
	for (int i = 0; i < PIPES; i++)
		if (pipe2(pipes[i], O_CLOEXEC) < 0) {
			close_pipes(pipes, i);
			return -1;
		}
	spawn->pid = fork();
	if (spawn->pid == 0)
		wait_and_become(argv, vars, variable, pipes);
	spawn->done = spawn->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, spawn->pid, 0);
	if (spawn->done < 0) {
		if (spawn->pid > 0)
			end_child(spawn);
		close_pipes(pipes, PIPES);
		return -1;
	}
	close(pipes[TO][0]);
	close(pipes[FROM][1]);
	close(pipes[GATE][0]);
	close(pipes[REPORT][1]);
	spawn->out = pipes[TO][1];
	spawn->in = pipes[FROM][0];
	spawn->gate = pipes[GATE][1];
	spawn->report = pipes[REPORT][0];
	spawn->signal = 0;
	spawn->grace_ms = -1;
	return 0;
}

int
spawn_release(struct spawn *spawn, const char *value)
{
	/* The first byte releases it; the value follows. */
	int error = dprintf(spawn->gate, "!%s", value) < 0 ? errno : 0;
	close(spawn->gate);
	spawn->gate = -1;
	if (!error)
		error = exec_error(spawn->report);
	errno = error;
	if (error)
		spawn_drop(spawn);
	else
		close(spawn->report);
	return error ? -1 : 0;
}

void
spawn_drop(struct spawn *spawn)
{
	end_child(spawn);
	int error = errno;
	const int fds[] = {spawn->in, spawn->out, spawn->done, spawn->gate, spawn->report};
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	errno = error;
}

int
spawn_start(struct spawn *spawn, char *const *argv, const struct spawn_var *vars)
{
	return spawn_hold(spawn, argv, vars, NULL) < 0 ? -1 : spawn_release(spawn, "");
}

/* Sends a signal to end the program: SIGTERM first, then SIGKILL. */
static void
end_program(struct ending *e, pid_t pid, int64_t now)
{
	kill(pid, e->asked ? SIGKILL : SIGTERM);
	e->asked = true;
	e->since = now;
	if (e->until != INT64_MAX)
		e->until = now + SPAWN_KILL_MS;
}

static long
patience(int64_t until)
{
	int64_t left = until - clock_ms();
	return until == INT64_MAX ? -1 : left > 0 ? (long)left : 0;
}

/* See spawn_wait(). */
static int
await_end(struct spawn *spawn, int signals, long grace_ms)
{
	struct ending e = {.until = grace_ms < 0 ? INT64_MAX : clock_ms() + grace_ms};
	int events;
	do {
		events = signals_await(signals, spawn->done, POLLIN, patience(e.until));
		int64_t now = clock_ms();
		int signal = events < 0 ? signals_caught(signals) : 0;
		if (signal && !spawn->signal)
			spawn->signal = signal;
		if (events == 0 || (signal && (!e.asked || now - e.since >= ONE_SIGNAL_MS)))
			end_program(&e, spawn->pid, now);
	} while (events <= 0);
	close(spawn->done);
	int status = 0;
	while (waitpid(spawn->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
close_both(struct spawn *spawn)
{
	if (spawn->out >= 0)
		close(spawn->out);
	close(spawn->in);
}

int
spawn_wait(struct spawn *spawn, int signals)
{
	close_both(spawn);
	return await_end(spawn, signals, spawn->grace_ms);
}

int
spawn_stop(struct spawn *spawn, int signals)
{
	int status = await_end(spawn, signals, 0);
	close_both(spawn);
	return status;
}
