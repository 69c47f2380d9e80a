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

/* How far the end of a program has come. */
struct ending {
	bool asked; /* it has had a SIGTERM */
	int64_t since; /* when it last got a signal */
	int64_t until; /* when it gets the next one by itself; INT64_MAX: never */
};

/* Whether it is a file that may be run; otherwise errno. */
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

/* Waits for the exec, which closes the pipe, or for what made it fail. */
static int
exec_error(int report)
{
	int error = 0;
	while (read(report, &error, sizeof error) < 0 && errno == EINTR)
		;
	return error;
}

static void
close_pair(const int *pair)
{
	close(pair[0]);
	close(pair[1]);
}

static int
start(struct spawn *spawn, char *const *argv, const struct spawn_var *vars, const int *to,
	const int *from)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	spawn->pid = fork();
	if (spawn->pid == 0)
		become(argv, vars, to[0], from[1], report[1]);
	close(report[1]);
	int error = spawn->pid < 0 ? errno : exec_error(report[0]);
	close(report[0]);
	if (spawn->pid > 0 && !error) {
		spawn->done = (int)syscall(SYS_pidfd_open, spawn->pid, 0);
		error = spawn->done < 0 ? errno : 0;
	}
	if (error && spawn->pid > 0) {
		/* It may be running, and wait for what we hold. */
		kill(spawn->pid, SIGKILL);
		waitpid(spawn->pid, NULL, 0);
	}
	errno = error;
	return error ? -1 : 0;
}

int
spawn_start(struct spawn *spawn, char *const *argv, const struct spawn_var *vars)
{
	int to[2];
	int from[2];
	if (pipe2(to, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(from, O_CLOEXEC) < 0) {
		close_pair(to);
		return -1;
	}
	if (start(spawn, argv, vars, to, from) < 0) {
		int error = errno;
		close_pair(to);
		close_pair(from);
		errno = error;
		return -1;
	}
	close(to[0]);
	close(from[1]);
	spawn->signal = 0;
	spawn->grace_ms = -1;
	spawn->in = from[0];
	spawn->out = to[1];
	return 0;
}

/* A signal to end the program: SIGTERM, and SIGKILL where it has had that. */
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

int
spawn_wait(struct spawn *spawn, int signals)
{
	close(spawn->out);
	close(spawn->in);
	struct ending e = {.until = spawn->grace_ms < 0 ? INT64_MAX : clock_ms() + spawn->grace_ms};
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
