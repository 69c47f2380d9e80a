/* Shared by the tests of sync: two ends in one process, which exchange a given number of bytes at a
 * time; rooms are files in a folder of the test's own. */
#ifndef ENDS_H
#define ENDS_H

#include "chat/sync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct end {
	struct roomset rs;
	struct sync sync;
	uint64_t bytes; /* that it has sent */
};

static struct end ends[4];

static inline unsigned
draw(unsigned below)
{
	static uint64_t seed = 1;
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % below;
}

static inline FILE *
open_room(const char *name, const char *mode)
{
	FILE *room = fopen(name, mode);
	assert_non_null(room);
	return room;
}

/* Appends the lines "TEXT N", first <= N < last; step apart. */
static inline void
write_lines(const char *name, const char *text, unsigned first, unsigned last, unsigned step)
{
	FILE *room = open_room(name, "a");
	for (unsigned n = first; n < last; n += step)
		fprintf(room, "2026-11-23T14:%02u:%02uZ <%s> %u\n", n / 600 % 60, n / 10 % 60, text,
			n);
	assert_int_equal(fclose(room), 0);
}

static inline size_t
count_lines(const char *name)
{
	FILE *room = open_room(name, "r");
	size_t lines = 0;
	for (int c; (c = fgetc(room)) != EOF;)
		lines += c == '\n';
	fclose(room);
	return lines;
}

/* The lines of a room as a set; fails where a line is in it twice. */
static inline void
load_once(struct roomset *rs, const char *name)
{
	memset(rs, 0, sizeof *rs);
	assert_int_equal(roomset_open(rs, name, 0), 0);
	int more;
	while ((more = roomset_load(rs)) > 0)
		;
	assert_int_equal(more, 0);
	assert_int_equal(lineset_count(&rs->set), count_lines(name));
}

static inline void
assert_equal_rooms(const char *one, const char *other)
{
	static struct roomset sets[2];
	load_once(&sets[0], one);
	load_once(&sets[1], other);
	assert_int_equal(sets[0].set.count, sets[1].set.count);
	for (size_t i = 0; i < sets[0].set.count; i++)
		assert_memory_equal(&sets[0].set.items[i].key, &sets[1].set.items[i].key,
			sizeof(struct line_key));
	roomset_close(&sets[0]);
	roomset_close(&sets[1]);
}

static inline void
begin(struct end *end, const char *name, uint64_t nonce, uint64_t since)
{
	memset(end, 0, sizeof *end);
	assert_int_equal(roomset_open(&end->rs, name, since), 0);
	int more;
	while ((more = roomset_load(&end->rs)) > 0)
		;
	assert_int_equal(more, 0);
	assert_int_equal(sync_begin(&end->sync, &end->rs, nonce), 0);
}

/* Gives at most max bytes of what one end sends to the other. Returns how many. */
static inline size_t
carry(struct end *from, struct end *to, size_t max)
{
	size_t space, len = from->sync.out_end - from->sync.out_start;
	uint8_t *in = sync_space(&to->sync, &space);
	len = len < space ? len : space;
	len = len < max ? len : max;
	memcpy(in, from->sync.out + from->sync.out_start, len);
	sync_sent(&from->sync, len);
	from->bytes += len;
	assert_int_equal(roomset_catch_up(&to->rs), 0);
	assert_int_equal(sync_advance(&to->sync, len), SYNC_GOES_ON);
	assert_int_equal(sync_advance(&from->sync, 0), SYNC_GOES_ON);
	return len;
}

/* Carries bytes until neither end sends any more. */
static inline void
talk(struct end *one, struct end *other, size_t max)
{
	carry(one, other, 0);
	carry(other, one, 0);
	while (carry(one, other, max) + carry(other, one, max) > 0)
		;
}

static inline void
meet(const char *one, const char *other, size_t max)
{
	begin(&ends[0], one, draw(1000) * 2, 0);
	begin(&ends[1], other, draw(1000) * 2 + 1, 0);
	talk(&ends[0], &ends[1], max);
	assert_true(sync_in_step(&ends[0].sync));
	assert_true(sync_in_step(&ends[1].sync));
}

static inline void
part(void)
{
	roomset_close(&ends[0].rs);
	roomset_close(&ends[1].rs);
}

static inline int
fresh(void **state)
{
	(void)state;
	unlink("a");
	unlink("b");
	unlink("c");
	return 0;
}

/* Runs the tests in a folder of their own. */
static inline int
run_in_folder(int (*run)(void))
{
	char folder[] = "/tmp/sync.XXXXXX";
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	int failed = run();
	fresh(NULL);
	return rmdir(folder) < 0 || failed;
}

#endif
