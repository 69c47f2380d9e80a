/* usage: trial command [arg ...]
 *        trial -l lines command [arg ...]
 *
 * Runs the command, and prints on standard error the seconds that it took, its resident memory and
 * its private memory at the end in KiB, and the seconds of processor time, its children's included.
 * With -l it gets lines one by one, each when the one before has come out again; prints the median,
 * the 99th percentile and the mean of the microseconds between, without the first. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
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
	if (pid > 0) {
		ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT);
		return;
	}
	if (in && (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0))
		err(1, "dup2");
	for (int i = 0; in && i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	execvp(command[0], command);
	err(1, "%s", command[0]);
}

static long
private_kib(pid_t pid)
{
	char line[256];
	char path[40];
	long kib;
	long sum = 0;
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Private_Clean: %ld", &kib) == 1 ||
			sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			sum += kib;
	if (file)
		fclose(file);
	return sum;
}

struct cost {
	bool failed;
	long resident_kib, private_kib;
	double cpu; /* seconds */
};

/* Waits for the command's end. It is traced for one event: the last moment at which it has its
 * memory. That does not slow it down. */
static struct cost
finish(void)
{
	struct cost cost = {0};
	struct rusage usage;
	int status;
	pid_t pid;
	while ((pid = wait4(-1, &status, 0, &usage)) > 0 && WIFSTOPPED(status)) {
		bool ending = status >> 16 == PTRACE_EVENT_EXIT;
		if (ending)
			cost.private_kib = private_kib(pid);
		ptrace(PTRACE_CONT, pid, NULL, status >> 16 ? 0L : (long)WSTOPSIG(status));
	}
	if (pid < 0)
		err(1, "wait");
	cost.failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	cost.resident_kib = usage.ru_maxrss;
	cost.cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	return cost;
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
	static const char line[] = "lines of thirty-two bytes or so\n";
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
	double sum = 0;
	double *delays = calloc(lines, sizeof *delays);
	if (!delays || pipe(in) < 0 || pipe(out) < 0)
		err(1, "pipe");
	start(command, in, out);
	close(in[0]);
	close(out[1]);
	send_one(in[1], out[0]); /* it has yet to start */
	for (size_t i = 0; i < lines; i++)
		sum += delays[i] = send_one(in[1], out[0]);
	close(in[1]);
	finish();
	qsort(delays, lines, sizeof *delays, compare);
	fprintf(stderr, "%.2f %.2f %.2f\n", delays[lines / 2] * 1e6, delays[lines * 99 / 100] * 1e6,
		sum / (double)lines * 1e6);
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
	struct cost cost = finish();
	fprintf(stderr, "%.6f %ld %ld %.6f\n", now() - start_time, cost.resident_kib,
		cost.private_kib, cost.cpu);
	return cost.failed;
}
