/* usage: rooms folder [rooms [lines]]
 *
 * Makes rooms (1000), files in the folder, each linked to four others at random by socket pairs, so
 * that all hang together; lines (10000) are posted to rooms at random, and all the time a fifth of
 * the links is cut, with what is on its way, and made again. Then no link is cut any more, until
 * nothing is left to say. Prints one line:
 *
 * 	seconds links cuts lines unequal-rooms repeated bytes-a-link bytes-a-link-and-line
 *
 * Exit status 1 when a room is not equal, or a line is in it twice. */
#include "chat/sync.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CYCLES = 2, LINES_A_ROUND = 20, DOWN_ROUNDS = 25, QUIET_ROUNDS = 3 };

/* One end, like a process of chatsync. */
struct end {
	struct roomset rs;
	struct sync sync;
	char name[16];
	int socket;
};

struct link {
	unsigned room[2];
	struct end *end[2]; /* NULL: the link is cut */
	unsigned down_until; /* this round */
	uint64_t bytes;
};

struct world {
	unsigned rooms, lines, links;
	struct link *link;
	unsigned round, posted, cuts;
	bool busy; /* something went over a link in this round */
};

static unsigned
draw(unsigned below)
{
	static uint64_t seed = 1;
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)((seed >> 33) % below);
}

static const char *
name_of(unsigned room)
{
	static char name[16];
	snprintf(name, sizeof name, "room.%u", room);
	return name;
}

static struct end *
open_end(const char *name, int socket, uint64_t nonce)
{
	struct end *end = calloc(1, sizeof *end);
	if (!end)
		err(1, "%s", name);
	snprintf(end->name, sizeof end->name, "%s", name);
	if (roomset_open(&end->rs, end->name, 0) < 0)
		err(1, "%s", name);
	int more;
	while ((more = roomset_load(&end->rs)) > 0)
		;
	if (more < 0 || sync_begin(&end->sync, &end->rs, nonce) < 0)
		err(1, "%s", name);
	end->socket = socket;
	return end;
}

static void
close_end(struct end *end)
{
	if (end->socket >= 0)
		close(end->socket);
	roomset_close(&end->rs);
	free(end);
}

static void
make_link(struct link *l)
{
	int sockets[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets) < 0)
		err(1, "socketpair");
	for (unsigned i = 0; i < 2; i++)
		l->end[i] = open_end(name_of(l->room[i]), sockets[i], 2 * draw(1U << 30) + i);
}

static void
cut_link(struct world *w, struct link *l)
{
	for (unsigned i = 0; i < 2; i++) {
		close_end(l->end[i]);
		l->end[i] = NULL;
	}
	l->down_until = w->round + DOWN_ROUNDS;
	w->cuts++;
}

/* Two rings through all rooms, each in an order of its own. */
static void
make_links(struct world *w)
{
	unsigned *order = calloc(w->rooms, sizeof *order);
	w->links = CYCLES * w->rooms;
	w->link = calloc(w->links, sizeof *w->link);
	if (!order || !w->link)
		err(1, "links");
	for (unsigned n = 0; n < w->links; n++) {
		unsigned at = n % w->rooms;
		for (unsigned i = 0; at == 0 && i < w->rooms; i++) {
			unsigned j = draw(i + 1);
			order[i] = order[j];
			order[j] = i;
		}
		w->link[n].room[0] = order[at];
	}
	for (unsigned n = 0; n < w->links; n++) {
		unsigned first = n / w->rooms * w->rooms;
		w->link[n].room[1] = w->link[first + (n + 1 - first) % w->rooms].room[0];
		make_link(&w->link[n]);
	}
	free(order);
}

static void
post(struct world *w)
{
	for (unsigned i = 0; i < LINES_A_ROUND && w->posted < w->lines; i++) {
		char line[96];
		const char *name = name_of(draw(w->rooms));
		int fd = open(name, O_WRONLY | O_APPEND);
		int len = snprintf(line, sizeof line,
			"2026-11-23T%02u:%02u:%02u.000+00:00 <%s> this is line %u of them\n",
			w->posted / 3600 % 24, w->posted / 60 % 60, w->posted % 60, name,
			w->posted);
		w->posted++;
		if (fd < 0 || write(fd, line, (size_t)len) != len)
			err(1, "%s", name);
		close(fd);
	}
}

/* Reads, acts, and sends. */
static void
turn(struct world *w, struct link *l, unsigned i)
{
	struct end *end = l->end[i];
	size_t space;
	uint8_t *in = sync_space(&end->sync, &space);
	ssize_t n = read(end->socket, in, space);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		err(1, "socket");
	if (roomset_catch_up(&end->rs) < 0)
		err(1, "room");
	enum sync_result result = sync_advance(&end->sync, n > 0 ? (size_t)n : 0);
	if (result != SYNC_GOES_ON)
		err(1, "%s", end->sync.fault);
	size_t pending = end->sync.out_end - end->sync.out_start;
	ssize_t sent =
		pending == 0 ? 0 : write(end->socket, end->sync.out + end->sync.out_start, pending);
	if (sent > 0) {
		sync_sent(&end->sync, (size_t)sent);
		l->bytes += (uint64_t)sent;
	}
	w->busy |= n > 0 || pending > 0;
}

static void
run_round(struct world *w, bool cutting)
{
	w->round++;
	w->busy = false;
	unsigned cuts = w->links / 5 / DOWN_ROUNDS;
	for (unsigned i = 0; cutting && i < cuts; i++) {
		struct link *l = &w->link[draw(w->links)];
		if (l->end[0])
			cut_link(w, l);
	}
	for (unsigned n = 0; n < w->links; n++) {
		struct link *l = &w->link[n];
		if (!l->end[0] && (!cutting || w->round >= l->down_until))
			make_link(l);
		for (unsigned i = 0; l->end[0] && i < 2; i++)
			turn(w, l, i);
	}
}

static size_t
count_lines(const char *name)
{
	FILE *room = fopen(name, "r");
	size_t lines = 0;
	if (!room)
		err(1, "%s", name);
	for (int c; (c = getc_unlocked(room)) != EOF;)
		lines += c == '\n';
	fclose(room);
	return lines;
}

/* Looks at each room anew. */
static void
judge(const struct world *w, unsigned *unequal, size_t *repeated)
{
	uint8_t first[FINGERPRINT_LEN];
	*unequal = 0;
	*repeated = 0;
	for (unsigned room = 0; room < w->rooms; room++) {
		struct end *end = open_end(name_of(room), -1, 0);
		if (room == 0)
			memcpy(first, end->sync.greeting.fingerprint, sizeof first);
		*unequal += end->sync.greeting.count != w->lines ||
			    memcmp(first, end->sync.greeting.fingerprint, sizeof first) != 0;
		*repeated += count_lines(name_of(room)) - end->sync.greeting.count;
		close_end(end);
	}
}

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned
number(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);
	if (n < 3 || n > 1000000)
		errx(2, "%s: not a number from 3 to 1000000", text);
	return (unsigned)n;
}

int
main(int argc, char **argv)
{
	struct world w = {.rooms = argc > 2 ? number(argv[2]) : 1000,
		.lines = argc > 3 ? number(argv[3]) : 10000};
	struct rlimit files;
	if (argc < 2 || chdir(argv[1]) < 0)
		err(2, "usage: rooms folder [rooms [lines]]");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	double start = now();
	make_links(&w);
	while (w.posted < w.lines) {
		post(&w);
		run_round(&w, true);
	}
	for (int quiet = 0; quiet < QUIET_ROUNDS; quiet = w.busy ? 0 : quiet + 1)
		run_round(&w, false);
	double seconds = now() - start;
	uint64_t bytes = 0;
	for (unsigned n = 0; n < w.links; n++) {
		bytes += w.link[n].bytes;
		close_end(w.link[n].end[0]);
		close_end(w.link[n].end[1]);
	}
	unsigned unequal;
	size_t repeated;
	judge(&w, &unequal, &repeated);
	printf("%.1f %u %u %u %u %zu %.0f %.1f\n", seconds, w.links, w.cuts, w.posted, unequal,
		repeated, (double)bytes / w.links, (double)bytes / w.links / w.posted);
	free(w.link);
	return unequal > 0 || repeated > 0;
}
