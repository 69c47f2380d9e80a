/* usage: crowd [-t] [-s server] members lines command [arg ...]
 *        crowd [-t] -s server -p port members lines
 *
 * Starts the members of a conversation, each a process with pipes as its standard input and output,
 * lets all of them send their share of the lines, of 100 bytes each, and reads and checks the
 * output of each. Prints one line:
 *
 * 	seconds lines-delivered lost repeated damaged CPU-seconds private-KiB p50-us p99-us
 *
 * -s starts a server first, by sh. -p: the members are connections to its TCP port on the loopback.
 * -t: lines are sent one at a time, at the rate of a chat, and the time until each of the others
 * has them is taken. CPU time is that of all processes but this one; private memory, that of the
 * largest one. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 100, BUFFER = 1 << 16, PATIENCE_MS = 10000, CHAT_GAP_US = 5000 };

struct member {
	pid_t pid; /* 0: it has no process of its own */
	int in, out; /* ours: to send, and to receive */
	long to_send, sent;
	size_t sent_of_line; /* bytes of the next line that are on their way */
	uint32_t *seen; /* the last number from each sender */
	size_t held;
	char line[LINE]; /* the start of a line, the rest of which has not come */
};

struct crowd {
	int count, epoll;
	struct member *members;
	int port; /* 0: members are processes */
	pid_t server;
	bool chat;
	double last; /* when a line was last delivered */
	long expected, delivered, repeated, damaged, private_kib;
	double *delays;
	char buffer[BUFFER];
};

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t
start(char **command, int in, int out)
{
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return pid;
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		err(1, "dup2");
	execvp(command[0], command);
	err(1, "%s", command[0]);
}

static void
start_server(struct crowd *c, const char *server)
{
	char shell[] = "sh", option[] = "-c", command[1024];
	snprintf(command, sizeof command, "exec %s", server);
	char *arguments[] = {shell, option, command, NULL};
	c->server = start(arguments, STDIN_FILENO, STDERR_FILENO);
	usleep(500000); /* it listens by then */
}

static int
dial(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (double end = now() + 10; now() < end; usleep(1000)) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			err(1, "socket");
		if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
			return fd;
		close(fd);
	}
	errx(1, "port %d: nobody listens", port);
}

static void
join(struct crowd *c, struct member *m, char **command)
{
	if (c->port) {
		m->in = m->out = dial(c->port);
		return;
	}
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		err(1, "pipe");
	m->pid = start(command, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	m->in = in[1];
	m->out = out[0];
}

static void
watch(struct crowd *c, int i)
{
	struct member *m = &c->members[i];
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
	fcntl(m->in, F_SETFL, O_NONBLOCK);
	fcntl(m->out, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, m->out, &event) < 0)
		err(1, "epoll_ctl");
}

/* "SENDER NUMBER TIME ....": a line of 100 bytes. */
enum { SENDER = 5, NUMBER = 8, TIME = 17, FIELDS = SENDER + 1 + NUMBER + 1 + TIME + 1 };

static char dots[LINE];

static void
compose(char *line, int sender, long number)
{
	char fields[4 * LINE];
	snprintf(fields, sizeof fields, "%0*d %0*ld %0*lld ", SENDER, sender, NUMBER, number, TIME,
		(long long)(now() * 1e6));
	memcpy(line, dots, LINE);
	memcpy(line, fields, FIELDS);
	line[LINE - 1] = '\n';
}

/* -1: that is no number. */
static long
digits(const char *text, int count)
{
	long number = 0;
	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = 10 * number + (text[i] - '0');
	}
	return text[count] == ' ' ? number : -1;
}

/* Sends a few lines, each by itself, as people do. Returns false when all are sent. */
static bool
send_some(struct crowd *c, int i)
{
	struct member *m = &c->members[i];
	for (int few = 0; few < 16 && m->sent < m->to_send; few++) {
		char line[LINE];
		compose(line, i, m->sent + 1);
		ssize_t n = write(m->in, line + m->sent_of_line, LINE - m->sent_of_line);
		if (n < 0)
			return errno == EAGAIN;
		m->sent_of_line = (m->sent_of_line + (size_t)n) % LINE;
		if (m->sent_of_line == 0)
			m->sent++;
	}
	return m->sent < m->to_send;
}

static void
check(struct crowd *c, struct member *m, const char *line, size_t len)
{
	bool whole = len == LINE - 1 && memcmp(line + FIELDS, dots, LINE - 1 - FIELDS) == 0;
	long sender = whole ? digits(line, SENDER) : -1;
	long number = whole ? digits(line + SENDER + 1, NUMBER) : -1;
	if (sender < 0 || sender >= c->count || number < 0) {
		c->damaged++;
	} else if (&c->members[sender] == m || number <= m->seen[sender]) {
		c->repeated++;
	} else {
		m->seen[sender] = (uint32_t)number;
		if (c->chat)
			c->delays[c->delivered] =
				now() - strtod(line + SENDER + NUMBER + 2, NULL) / 1e6;
		c->delivered++;
	}
}

static bool
receive(struct crowd *c, struct member *m)
{
	memcpy(c->buffer, m->line, m->held);
	ssize_t n = read(m->out, c->buffer + m->held, sizeof c->buffer - m->held);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	const char *at = c->buffer, *end = c->buffer + m->held + n;
	for (const char *lf; (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1)
		check(c, m, at, (size_t)(lf - at));
	m->held = (size_t)(end - at);
	if (m->held > LINE) {
		c->damaged++;
		m->held = 0;
	}
	memcpy(m->line, at, m->held);
	return true;
}

static bool
serve(struct crowd *c, int wait_ms)
{
	struct epoll_event events[256];
	int n = epoll_wait(c->epoll, events, 256, wait_ms);
	for (int i = 0; i < n; i++) {
		struct member *m = &c->members[events[i].data.u32];
		if (!receive(c, m))
			epoll_ctl(c->epoll, EPOLL_CTL_DEL, m->out, NULL);
	}
	return n > 0;
}

/* All at once, as fast as they are taken. */
static void
flood(struct crowd *c)
{
	bool sending = true;
	while (c->delivered < c->expected && now() < c->last + PATIENCE_MS / 1e3) {
		if (sending) {
			sending = false;
			for (int i = 0; i < c->count; i++)
				sending |= send_some(c, i);
		}
		long before = c->delivered;
		serve(c, sending ? 0 : PATIENCE_MS);
		if (c->delivered > before)
			c->last = now();
	}
}

/* In turn, a line every few milliseconds. */
static void
chat(struct crowd *c, long lines)
{
	double next = now();
	for (long n = 0; n < lines; n++) {
		int i = (int)(n % c->count);
		c->members[i].to_send++;
		send_some(c, i);
		next += CHAT_GAP_US / 1e6;
		for (double left; (left = next - now()) > 0;)
			serve(c, (int)(left * 1e3) + 1);
	}
	while (c->delivered < c->expected && serve(c, PATIENCE_MS))
		continue;
	c->last = now();
}

static long
private_kib(pid_t pid)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	FILE *file = fopen(path, "r");
	long total = 0, kib;
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Private_Clean: %ld", &kib) == 1 ||
			sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			total += kib;
	if (file)
		fclose(file);
	return total;
}

static void
measure_memory(struct crowd *c)
{
	for (int i = -1; i < c->count; i++) {
		pid_t pid = i < 0 ? c->server : c->members[i].pid;
		long kib = pid > 0 ? private_kib(pid) : 0;
		if (kib > c->private_kib)
			c->private_kib = kib;
	}
}

/* Ends all processes, and returns the CPU time they took. */
static double
finish(struct crowd *c)
{
	for (int i = 0; i < c->count; i++) {
		close(c->members[i].in);
		if (c->members[i].pid)
			kill(c->members[i].pid, SIGTERM);
	}
	if (c->server)
		kill(c->server, SIGTERM);
	while (wait(NULL) > 0)
		continue;
	struct rusage usage;
	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double
percentile_us(struct crowd *c, long percent)
{
	if (!c->chat || c->delivered == 0)
		return 0;
	qsort(c->delays, (size_t)c->delivered, sizeof *c->delays, by_size);
	return c->delays[(c->delivered - 1) * percent / 100] * 1e6;
}

static void *
room_for(size_t count, size_t size)
{
	void *p = calloc(count, size);
	if (!p)
		err(1, "calloc");
	return p;
}

int
main(int argc, char **argv)
{
	static struct crowd c;
	const char *server = NULL;
	for (int option; (option = getopt(argc, argv, "+s:p:t")) != -1;) {
		if (option == 's')
			server = optarg;
		else if (option == 'p')
			c.port = atoi(optarg);
		else if (option == 't')
			c.chat = true;
		else
			return 2;
	}
	if (argc - optind < (c.port ? 2 : 3))
		errx(2, "usage: crowd [-t] [-s server] [-p port] members lines [command ...]");
	c.count = atoi(argv[optind]);
	long lines = atol(argv[optind + 1]) / c.count * c.count;

	struct rlimit files = {4L * c.count + 64, 4L * c.count + 64};
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	memset(dots, '.', sizeof dots);
	c.epoll = epoll_create1(EPOLL_CLOEXEC);
	c.expected = lines * (c.count - 1);
	c.members = room_for((size_t)c.count, sizeof *c.members);
	if (c.chat)
		c.delays = room_for((size_t)c.expected, sizeof *c.delays);
	if (server)
		start_server(&c, server);
	for (int i = 0; i < c.count; i++) {
		c.members[i].seen = room_for((size_t)c.count, sizeof *c.members[i].seen);
		c.members[i].to_send = c.chat ? 0 : lines / c.count;
		join(&c, &c.members[i], argv + optind + 2);
		watch(&c, i);
	}
	usleep(500000 + 2000 * (useconds_t)c.count); /* all have started: that is not measured */

	double begin = c.last = now();
	if (c.chat)
		chat(&c, lines);
	else
		flood(&c);
	double seconds = c.last - begin;
	measure_memory(&c);
	double cpu = finish(&c);
	printf("%.3f %ld %ld %ld %ld %.2f %ld %.0f %.0f\n", seconds, c.delivered,
		c.expected - c.delivered, c.repeated, c.damaged, cpu, c.private_kib,
		percentile_us(&c, 50), percentile_us(&c, 99));
	return 0;
}
