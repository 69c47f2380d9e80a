/* Two ends of a sealed session, each in a thread of its own, with the test in between: it carries
 * what they say to one another, and may change it. */
#ifndef BETWEEN_H
#define BETWEEN_H

#include "base/clock.h"
#include "base/meet.h"
#include "base/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define CODE "482913"

enum { ALICE, BOB, ENDS };

struct end {
	struct keyring ring;
	struct meet meet;
	struct tunnel tunnel;
	enum meet_result met;
	enum tunnel_end ended; /* where they met */
	pthread_t thread;
	int say; /* its in, from the test's side; */
	int hear; /* its out, */
	int to, from; /* and its link */
	char heard[1024];
	size_t heard_len;
	size_t passed; /* bytes of what it sent on the link that the other end got */
};

struct ends {
	char dir[64];
	struct end end[ENDS];
	int quiet[2]; /* its first end never becomes readable */
	/* What happens to what an end sends: a bit of it is flipped, it is cut off; -1: not. */
	long flip[ENDS], cut[ENDS];
};

static inline int
remember(void *context)
{
	struct end *end = context;
	return keyring_confirm(&end->ring, end->meet.name, &end->meet.pair);
}

static inline void *
run_end(void *context)
{
	struct end *e = context;
	struct tunnel *t = &e->tunnel;
	e->met = meet_run(&e->meet);
	if (e->met == MEET_DONE) {
		t->role = e->meet.role;
		t->first = e->meet.kind == HANDSHAKE_FIRST;
		t->sending = e->meet.sending;
		t->receiving = e->meet.receiving;
		t->remembered = remember;
		t->context = e;
		e->ended = tunnel_run(t);
	}
	/* It hangs up. */
	nowait_close(&t->link_out);
	close(t->link_out.fd);
	close(t->link_in);
	nowait_close(&t->out);
	if (t->out.fd >= 0)
		close(t->out.fd);
	close(t->in);
	return NULL;
}

static inline void
open_pipe(int *reader, int *writer)
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*reader = fds[0];
	*writer = fds[1];
}

/* In memory where that can be: every meeting waits for the disk. */
static inline void
make_ends(struct ends *ends)
{
	memset(ends, 0, sizeof *ends);
	strcpy(ends->dir, "/dev/shm/rfseal.XXXXXX");
	if (!mkdtemp(ends->dir)) {
		strcpy(ends->dir, "/tmp/rfseal.XXXXXX");
		assert_non_null(mkdtemp(ends->dir));
	}
	assert_int_equal(pipe2(ends->quiet, O_CLOEXEC), 0);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < ENDS; i++) {
		char dir[80];
		snprintf(dir, sizeof dir, "%s/%d", ends->dir, i);
		assert_int_equal(keyring_open(&ends->end[i].ring, dir), 0);
	}
}

/* Connects them anew. Each knows the other by the other's name. */
static inline void
connect_ends(struct ends *ends)
{
	static const char *const names[] = {"bob", "alice"};
	for (int i = 0; i < ENDS; i++) {
		struct end *e = &ends->end[i];
		struct keyring ring = e->ring;
		memset(e, 0, sizeof *e);
		e->ring = ring;
		int out;
		int link_out;
		open_pipe(&e->tunnel.in, &e->say);
		open_pipe(&e->hear, &out);
		open_pipe(&e->tunnel.link_in, &e->to);
		open_pipe(&e->from, &link_out);
		e->tunnel.out = nowait_open(out);
		e->tunnel.link_out = nowait_open(link_out);
		e->tunnel.done = -1;
		e->tunnel.signals = e->meet.signals = ends->quiet[0];
		e->meet.ring = &e->ring;
		strcpy(e->meet.name, names[i]);
		e->meet.terminal = -1;
		e->meet.link_in = e->tunnel.link_in;
		e->meet.link_out = &e->tunnel.link_out;
		ends->flip[i] = ends->cut[i] = -1;
	}
}

static inline void
use_code(struct ends *ends, const char *alice, const char *bob)
{
	strcpy(ends->end[ALICE].meet.code.text, alice);
	strcpy(ends->end[BOB].meet.code.text, bob);
}

static inline void
hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Carries a piece of what end i has sent. False once its side of the link is over. */
static inline bool
carry(struct ends *ends, int i)
{
	struct end *e = &ends->end[i];
	char data[4096];
	ssize_t n = read(e->from, data, sizeof data);
	bool over = n <= 0;
	if (n > 0 && ends->cut[i] >= 0 && e->passed + (size_t)n >= (size_t)ends->cut[i]) {
		n = ends->cut[i] - (long)e->passed;
		over = true;
	}
	long byte = ends->flip[i] < 0 ? -1 : ends->flip[i] / 8 - (long)e->passed;
	if (byte >= 0 && byte < n)
		data[byte] = (char)(data[byte] ^ 1 << ends->flip[i] % 8);
	for (ssize_t done = 0; done < n;) {
		ssize_t written = write(ends->end[!i].to, data + done, (size_t)(n - done));
		if (written <= 0)
			return false;
		done += written;
	}
	e->passed += n > 0 ? (size_t)n : 0;
	return !over;
}

static inline void
hear(struct end *e)
{
	ssize_t n = read(e->hear, e->heard + e->heard_len, sizeof e->heard - e->heard_len);
	if (n > 0)
		e->heard_len += (size_t)n;
	else
		hang_up(&e->hear);
}

/* Carries what both say until both have left; a link on which nothing moves for quiet_ms ends,
 * too. */
static inline void
carry_all(struct ends *ends, int quiet_ms)
{
	struct end *a = &ends->end[ALICE];
	struct end *b = &ends->end[BOB];
	while (a->from >= 0 || b->from >= 0 || a->hear >= 0 || b->hear >= 0) {
		struct pollfd fds[] = {
			{.fd = a->from, .events = POLLIN},
			{.fd = b->from, .events = POLLIN},
			{.fd = a->hear, .events = POLLIN},
			{.fd = b->hear, .events = POLLIN},
		};
		bool quiet = poll(fds, 4, quiet_ms) == 0;
		for (int i = 0; i < ENDS; i++) {
			struct end *e = &ends->end[i];
			if (fds[2 + i].revents)
				hear(e);
			/* A link ends in both directions. */
			if (quiet || (fds[i].revents && !carry(ends, i))) {
				hang_up(&a->to);
				hang_up(&b->to);
				hang_up(&a->from);
				hang_up(&b->from);
				break;
			}
		}
	}
}

static inline void
start_ends(struct ends *ends)
{
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(
			pthread_create(&ends->end[i].thread, NULL, run_end, &ends->end[i]), 0);
}

static inline void
join_ends(struct ends *ends)
{
	for (int i = 0; i < ENDS; i++) {
		struct end *e = &ends->end[i];
		pthread_join(e->thread, NULL);
		hang_up(&e->say);
		hang_up(&e->hear);
		hang_up(&e->to);
		hang_up(&e->from);
	}
}

/* A whole session in which each says a text. */
static inline void
talk(struct ends *ends, const char *alice, const char *bob, int quiet_ms)
{
	const char *texts[] = {alice, bob};
	start_ends(ends);
	for (int i = 0; i < ENDS; i++) {
		size_t len = strlen(texts[i]);
		assert_int_equal(write(ends->end[i].say, texts[i], len), len);
		hang_up(&ends->end[i].say);
	}
	carry_all(ends, quiet_ms);
	join_ends(ends);
}

/* Whether e heard the text, or, where it need not be whole, the start of it. */
static inline bool
heard(const struct end *e, const char *text, bool whole)
{
	size_t len = strlen(text);
	return (whole ? e->heard_len == len : e->heard_len <= len) &&
	       memcmp(e->heard, text, e->heard_len) == 0;
}

static inline void
forget(struct ends *ends, int i, const char *file)
{
	assert_int_equal(unlinkat(ends->end[i].ring.dir, file, 0), 0);
}

static inline void
know(struct ends *ends, int i, const char *name, const struct handshake_pair *pair)
{
	assert_int_equal(keyring_store(&ends->end[i].ring, name, pair), 0);
	assert_int_equal(keyring_confirm(&ends->end[i].ring, name, pair), 0);
}

static inline bool
has(struct ends *ends, int i, const char *file)
{
	return faccessat(ends->end[i].ring.dir, file, F_OK, 0) == 0;
}

static inline void
remove_ends(struct ends *ends)
{
	char command[160];
	for (int i = 0; i < ENDS; i++)
		close(ends->end[i].ring.dir);
	close(ends->quiet[0]);
	close(ends->quiet[1]);
	snprintf(command, sizeof command, "rm -r '%s'", ends->dir);
	assert_int_equal(system(command), 0);
}

/* For the tests of a file: one pair of ends, made anew for each. */
static struct ends ends;
static struct end *const alice = &ends.end[ALICE];
static struct end *const bob = &ends.end[BOB];

static inline int
setup(void **state)
{
	(void)state;
	make_ends(&ends);
	connect_ends(&ends);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	remove_ends(&ends);
	return 0;
}

/* They know one another from here on. */
static inline void
first_meeting(void)
{
	connect_ends(&ends);
	use_code(&ends, CODE, CODE);
	talk(&ends, "a", "b", -1);
	assert_int_equal(alice->met, MEET_DONE);
	assert_int_equal(bob->met, MEET_DONE);
}

static inline bool
done(void)
{
	return alice->met == MEET_DONE && bob->met == MEET_DONE && alice->ended == TUNNEL_DONE &&
	       bob->ended == TUNNEL_DONE;
}

#endif
