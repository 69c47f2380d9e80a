#include "base/spawn.h"

#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool
spawn_check(char *const *argv)
{
	const char *path = getenv("PATH");
	if (strchr(argv[0], '/'))
		return access(argv[0], X_OK) == 0;
	for (path = path ? path : "/bin:/usr/bin"; *path;) {
		char file[4096];
		size_t length = strcspn(path, ":");
		int n = snprintf(
			file, sizeof file, "%.*s/%s", (int)length, length ? path : ".", argv[0]);
		if (n > 0 && (size_t)n < sizeof file && access(file, X_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	errno = ENOENT;
	return false;
}

/* In the child: becomes the program, or tells errno through report. */
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
	spawn->in = from[0];
	spawn->out = to[1];
	return 0;
}

int
spawn_wait(struct spawn *spawn, int signals)
{
	close(spawn->out);
	close(spawn->in);
	struct pollfd fds[] = {
		{.fd = spawn->done, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
	};
	while (!(fds[0].revents & POLLIN)) {
		if (poll(fds, 2, -1) > 0 && fds[1].revents) {
			kill(spawn->pid, SIGTERM);
			fds[1].fd = -1;
			fds[1].revents = 0;
		}
	}
	close(spawn->done);
	int status = 0;
	while (waitpid(spawn->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
