/* usage: live room lines command [arg ...]
 *
 * Appends lines to the room, one after another, at the rate of a chat, and waits for each to come
 * out of the command, such as chatroom -d. Prints the median and the 99th percentile of the
 * microseconds between. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GAP_US = 5000 };

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t
start(char **command, int *out)
{
	int ends[2];
	if (pipe(ends) < 0)
		err(1, "pipe");
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execvp(command[0], command);
		err(1, "%s", command[0]);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

static double
send_one(int room, int from, long number)
{
	char line[80], back[4096];
	int len = snprintf(line, sizeof line, "2026-11-23T14:52:01.123+01:00 <live> %d.%ld\n",
		(int)getpid(), number);
	double began = now();
	if (write(room, line, (size_t)len) != len)
		err(1, "write");
	for (ssize_t n; (n = read(from, back, sizeof back)) > 0;)
		if (back[n - 1] == '\n')
			return now() - began;
	errx(1, "the command has ended");
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: live room lines command [arg ...]");
	long lines = strtol(argv[2], NULL, 10);
	double *delays = lines > 0 ? calloc((size_t)lines, sizeof *delays) : NULL;
	int from, room = open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (!delays || room < 0)
		err(1, "%s", argv[1]);
	pid_t pid = start(argv + 3, &from);
	usleep(500000); /* until it looks */
	for (long i = -1; i < lines; i++) {
		double delay = send_one(room, from, i);
		if (i >= 0)
			delays[i] = delay;
		usleep(GAP_US);
	}
	qsort(delays, (size_t)lines, sizeof *delays, compare);
	printf("%.0f %.0f\n", delays[lines / 2] * 1e6, delays[lines * 99 / 100] * 1e6);
	free(delays);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return 0;
}
