/* usage: trial command [arg ...]
 *        trial -l lines command [arg ...]
 *
 * Runs the command, and prints on standard error the seconds that it took and its resident memory
 * in KiB. With -l it gets so many lines, each when the one before has come out again; prints the
 * median and the 99th percentile of the microseconds between. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* in and out: what the command has as standard input and output, and the ends that we keep. */
static void
start(char **command, const int in[2], const int out[2])
{
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return;
	if (in && (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0))
		err(1, "dup2");
	for (int i = 0; in && i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	execvp(command[0], command);
	err(1, "%s", command[0]);
}

static struct rusage
finish(void)
{
	struct rusage usage;
	int status;
	if (wait4(-1, &status, 0, &usage) < 0)
		err(1, "wait");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "the command failed");
	return usage;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

static double
send_one(int to, int from)
{
	static const char line[] = "a line of thirty bytes or so..\n";
	char back[4096];
	double start_time = now();
	if (write(to, line, sizeof line - 1) < 0)
		err(1, "write");
	for (ssize_t n = 1; n > 0;) {
		n = read(from, back, sizeof back);
		if (n > 0 && back[n - 1] == '\n')
			return now() - start_time;
	}
	errx(1, "the command sends no line");
}

static void
measure_delay(char **command, size_t lines)
{
	int in[2];
	int out[2];
	double *delays = calloc(lines, sizeof *delays);
	if (!delays || pipe(in) < 0 || pipe(out) < 0)
		err(1, "pipe");
	start(command, in, out);
	close(in[0]);
	close(out[1]);
	for (size_t i = 0; i < lines; i++)
		delays[i] = send_one(in[1], out[0]);
	close(in[1]);
	finish();
	qsort(delays, lines, sizeof *delays, compare);
	fprintf(stderr, "%.2f %.2f\n", delays[lines / 2] * 1e6, delays[lines * 99 / 100] * 1e6);
	free(delays);
}

int
main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "-l") == 0) {
		measure_delay(argv + 3, strtoul(argv[2], NULL, 10));
		return 0;
	}
	if (argc < 2)
		errx(2, "usage: trial [-l lines] command [arg ...]");
	double start_time = now();
	start(argv + 1, NULL, NULL);
	long memory = finish().ru_maxrss;
	fprintf(stderr, "%.6f %ld\n", now() - start_time, memory);
	return 0;
}
