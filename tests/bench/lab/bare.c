/* usage: bare send|talk address channel size
 *        bare receive|echo channel size
 *
 * The kernel's own speed: blocking reads, and blocking writes of at most size bytes, on one RFCOMM
 * connection, with nothing else about them. send: standard input goes to the peer, and prints the
 * seconds from the connection to the acknowledged hang-up; receive: the other way, and prints the
 * bytes, and the seconds from the first byte to the last; talk: both ways, by two processes;
 * echo: what comes goes back. */
#include <bluetooth/bluetooth.h>
#include <bluetooth/rfcomm.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A connected socket, whose shutdown() waits for the peer; without an address, the peer
 * connects. */
static int
open_link(const char *address, int channel)
{
	struct sockaddr_rc name = {.rc_family = AF_BLUETOOTH, .rc_channel = (uint8_t)channel};
	struct linger linger = {.l_onoff = 1, .l_linger = 60};
	int fd = socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM);
	if (fd < 0)
		err(1, "RFCOMM");
	if (address)
		str2ba(address, &name.rc_bdaddr);
	else if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0 || listen(fd, 1) < 0)
		err(1, "channel %d", channel);
	if (!address)
		fd = accept(fd, NULL, NULL);
	if (fd < 0)
		err(1, "channel %d", channel);
	if (address && connect(fd, (struct sockaddr *)&name, sizeof name) < 0)
		err(1, "%s channel %d", address, channel);
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) < 0)
		err(1, "SO_LINGER");
	return fd;
}

struct copied {
	size_t bytes;
	double first, last;
};

/* Copies up to the end, which on a link is an error. */
static struct copied
copy(int from, int to, size_t size)
{
	struct copied copied = {0};
	char *buffer = malloc(size);
	ssize_t n;
	while (buffer && (n = read(from, buffer, size)) > 0) {
		if (!copied.bytes)
			copied.first = now();
		for (ssize_t done = 0, w; done < n; done += w)
			if ((w = write(to, buffer + done, (size_t)(n - done))) < 0)
				err(1, "write");
		copied.bytes += (size_t)n;
		copied.last = now();
	}
	free(buffer);
	return copied;
}

static void
talk(int link, size_t size)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		copy(link, STDOUT_FILENO, size);
		_exit(0);
	}
	copy(STDIN_FILENO, link, size);
}

int
main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: bare send|talk|receive|echo [address] channel size");
	const char *what = argv[1];
	size_t size = strtoul(argv[argc - 1], NULL, 10);
	int link = open_link(argc > 4 ? argv[2] : NULL, atoi(argv[argc - 2]));
	double start = now();
	struct copied copied;
	if (strcmp(what, "send") == 0) {
		copy(STDIN_FILENO, link, size);
		shutdown(link, SHUT_RDWR);
		fprintf(stderr, "%.3f\n", now() - start);
	} else if (strcmp(what, "receive") == 0) {
		copied = copy(link, STDOUT_FILENO, size);
		fprintf(stderr, "%zu %.3f\n", copied.bytes, copied.last - copied.first);
	} else if (strcmp(what, "talk") == 0) {
		talk(link, size);
		shutdown(link, SHUT_RDWR);
	} else {
		copy(link, link, size);
	}
	return 0;
}
