/* Two ends in one process, which exchange as many bytes at a time as the test says; rooms are files
 * in a folder of the test's own. */
#include "chat/sync.h"

#include "chat/lineid.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CUTS = 150 };

/* How many lines two ends hear at the same time; the first argument, where there is one. */
static unsigned many = 100000;

struct end {
	struct roomset rs;
	struct sync sync;
	uint64_t bytes; /* that it has sent */
};

static struct end ends[4];

static unsigned
draw(unsigned below)
{
	static uint64_t seed = 1;
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % below;
}

static FILE *
open_room(const char *name, const char *mode)
{
	FILE *room = fopen(name, mode);
	assert_non_null(room);
	return room;
}

/* Appends the lines "TEXT N", first <= N < last; step apart. */
static void
write_lines(const char *name, const char *text, unsigned first, unsigned last, unsigned step)
{
	FILE *room = open_room(name, "a");
	for (unsigned n = first; n < last; n += step)
		fprintf(room, "2026-11-23T14:%02u:%02uZ <%s> %u\n", n / 600 % 60, n / 10 % 60, text,
			n);
	assert_int_equal(fclose(room), 0);
}

static size_t
count_lines(const char *name)
{
	FILE *room = open_room(name, "r");
	size_t lines = 0;
	for (int c; (c = fgetc(room)) != EOF;)
		lines += c == '\n';
	fclose(room);
	return lines;
}

/* The lines of a room as a set; fails where one is there twice. */
static void
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

static void
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

static void
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
static size_t
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

/* Until nothing is left to say. */
static void
talk(struct end *one, struct end *other, size_t max)
{
	carry(one, other, 0);
	carry(other, one, 0);
	while (carry(one, other, max) + carry(other, one, max) > 0)
		;
}

static void
meet(const char *one, const char *other, size_t max)
{
	begin(&ends[0], one, draw(1000) * 2, 0);
	begin(&ends[1], other, draw(1000) * 2 + 1, 0);
	talk(&ends[0], &ends[1], max);
	assert_true(sync_in_step(&ends[0].sync));
	assert_true(sync_in_step(&ends[1].sync));
}

static void
part(void)
{
	roomset_close(&ends[0].rs);
	roomset_close(&ends[1].rs);
}

static int
fresh(void **state)
{
	(void)state;
	unlink("a");
	unlink("b");
	unlink("c");
	return 0;
}

static void
both_rooms_hold_the_union(void **state)
{
	(void)state;
	write_lines("a", "both", 0, 3000, 1);
	write_lines("b", "both", 0, 3000, 1);
	write_lines("a", "alice", 0, 3000, 31);
	write_lines("b", "bob", 0, 3000, 7);
	meet("a", "b", 100000);
	assert_int_equal(ends[0].rs.came, 429);
	assert_int_equal(ends[1].rs.came, 97);
	assert_int_equal(ends[0].sync.confirmed, 97);
	assert_int_equal(ends[1].sync.confirmed, 429);
	part();
	assert_int_equal(count_lines("a"), 3526);
	assert_equal_rooms("a", "b");
}

static void
equal_rooms_are_in_step_after_a_greeting(void **state)
{
	(void)state;
	write_lines("a", "both", 0, 10000, 1);
	write_lines("b", "both", 0, 10000, 1);
	meet("a", "b", 100000);
	assert_true(ends[0].bytes < 300 && ends[1].bytes < 300);
	part();
	assert_int_equal(count_lines("a"), 10000);
}

static void
an_empty_room_gets_all_in_order(void **state)
{
	(void)state;
	write_lines("a", "alice", 0, 20000, 1);
	write_lines("b", "bob", 0, 0, 1);
	meet("a", "b", 100000);
	part();
	assert_int_equal(system("cmp -s a b"), 0);
	meet("b", "c", 100000);
	part();
	assert_int_equal(system("cmp -s a c"), 0);
}

static void
it_goes_on_live_both_ways(void **state)
{
	(void)state;
	meet("a", "b", 100000);
	for (unsigned n = 0; n < 300; n++) {
		write_lines("a", "alice", n, n + 1, 1);
		write_lines("b", "bob", n, n + 1, 1);
		talk(&ends[0], &ends[1], 1 + draw(100));
	}
	assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
	part();
	assert_int_equal(count_lines("a"), 600);
	assert_equal_rooms("a", "b");
}

/* At each moment lines are written; the link breaks behind any byte of either direction. */
static void
a_cut_at_any_byte_costs_nothing(void **state)
{
	(void)state;
	for (unsigned cut = 0; cut < CUTS; cut++) {
		write_lines("a", "alice", 4 * cut, 4 * cut + 4, 1);
		write_lines("b", "bob", 4 * cut, 4 * cut + 4, 1);
		begin(&ends[0], "a", draw(2), 0);
		begin(&ends[1], "b", 2 * draw(2), 0);
		if (ends[0].sync.greeting.nonce != ends[1].sync.greeting.nonce) {
			for (unsigned left = draw(1500), n; left > 0; left -= n) {
				n = 1 + draw(left < 40 ? left : 40);
				if (draw(2))
					carry(&ends[0], &ends[1], n);
				else
					carry(&ends[1], &ends[0], n);
			}
		}
		part();
	}
	meet("a", "b", 100000);
	part();
	assert_int_equal(count_lines("a"), 8 * CUTS);
	assert_equal_rooms("a", "b");
}

/* a - b - c - a: each line comes to each room on two ways. */
static void
a_ring_does_not_loop(void **state)
{
	(void)state;
	static const char *const rooms[] = {"a", "b", "c"};
	static struct end ring[6];
	write_lines("a", "alice", 0, 500, 1);
	for (unsigned i = 0; i < 6; i++)
		begin(&ring[i], rooms[(i + 1) / 2 % 3], i + 1, 0);
	for (unsigned n = 500; n < 800; n++) {
		write_lines(rooms[n % 3], "live", n, n + 1, 1);
		for (unsigned i = 0; i < 6; i += 2)
			talk(&ring[i], &ring[i + 1], 1 + draw(2000));
	}
	for (int round = 0; round < 3; round++)
		for (unsigned i = 0; i < 6; i += 2)
			talk(&ring[i], &ring[i + 1], 100000);
	for (unsigned i = 0; i < 6; i++) {
		assert_true(sync_in_step(&ring[i].sync));
		roomset_close(&ring[i].rs);
	}
	assert_int_equal(count_lines("a"), 800);
	assert_equal_rooms("a", "b");
	assert_equal_rooms("a", "c");
}

/* Sends all of a room to another. */
static _Noreturn void
send_all(const char *from, const char *to)
{
	begin(&ends[0], from, 1, 0);
	begin(&ends[1], to, 2, 0);
	while (!sync_in_step(&ends[0].sync) || !sync_in_step(&ends[1].sync)) {
		size_t space, len = ends[0].sync.out_end - ends[0].sync.out_start;
		uint8_t *in = sync_space(&ends[1].sync, &space);
		len = len < space ? len : space;
		memcpy(in, ends[0].sync.out + ends[0].sync.out_start, len);
		sync_sent(&ends[0].sync, len);
		if (sync_advance(&ends[1].sync, len) == SYNC_HELD && errno != EAGAIN)
			_exit(1);
		if (ends[1].sync.out_end > ends[1].sync.out_start)
			carry(&ends[1], &ends[0], SYNC_OUT);
		if (sync_advance(&ends[0].sync, 0) != SYNC_GOES_ON)
			_exit(1);
	}
	_exit(0);
}

static void
two_that_hear_the_same_lines_add_each_once(void **state)
{
	(void)state;
	enum { BOTH = 2 };
	pid_t pids[BOTH];
	write_lines("a", "alice", 0, many, 1);
	for (unsigned i = 0; i < BOTH; i++)
		if ((pids[i] = fork()) == 0)
			send_all("a", "b");
	for (unsigned i = 0; i < BOTH; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_lines("b"), many);
	assert_equal_rooms("a", "b");
}

static void
what_is_older_is_neither_offered_nor_taken(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		FILE *room = open_room("a", "w");
		fputs("2025-01-01T00:00:00Z old\n2026-01-01T00:00:00Z new\nunstamped\n", room);
		fclose(room);
		room = open_room("b", "w");
		fputs("2025-01-02T00:00:00Z old\n2026-01-02T00:00:00Z new\n", room);
		fclose(room);
		/* One end is enough. */
		begin(&ends[0], "a", 1, swapped ? 0 : 1760000000);
		begin(&ends[1], "b", 2, swapped ? 1760000000 : 0);
		talk(&ends[0], &ends[1], 100000);
		assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
		write_lines("a", "live", 0, 1, 1);
		room = open_room("a", "a");
		fputs("2025-03-03T00:00:00Z old, but said now\n", room);
		fclose(room);
		talk(&ends[0], &ends[1], 100000);
		assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
		part();
		assert_int_equal(count_lines("a"), 6);
		assert_int_equal(count_lines("b"), 5);
	}
}

static void
a_rotated_room_stays_in_step(void **state)
{
	(void)state;
	write_lines("a", "alice", 0, 100, 1);
	meet("a", "b", 100000);
	assert_int_equal(rename("b", "c"), 0);
	write_lines("b", "bob", 0, 10, 1);
	room_wake(&ends[1].rs.room);
	talk(&ends[0], &ends[1], 100000);
	write_lines("a", "alice", 100, 110, 1);
	talk(&ends[0], &ends[1], 100000);
	assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
	part();
	assert_int_equal(count_lines("a"), 120);
	assert_int_equal(count_lines("b"), 20);
	assert_int_equal(count_lines("c"), 100);
}

static void
what_somebody_has_removed_is_not_sent(void **state)
{
	(void)state;
	write_lines("a", "alice", 0, 100, 1);
	begin(&ends[0], "a", 1, 0);
	begin(&ends[1], "b", 2, 0);
	assert_int_equal(truncate("a", 0), 0);
	write_lines("a", "bob", 0, 100, 1);
	talk(&ends[0], &ends[1], 100000);
	assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
	part();
	assert_int_equal(count_lines("b"), 100);
	assert_equal_rooms("a", "b");
}

/* In pieces, so that the text of a line can be of any bytes and any length. */
static void
lines_of_any_bytes_and_length_go(void **state)
{
	(void)state;
	FILE *room = open_room("a", "w");
	for (unsigned len = 0; len <= ROOMSET_LINE; len = 3 * len + 1) {
		for (unsigned i = 0; i < len; i++)
			fputc(i % 256 == '\n' ? 0 : (int)(i % 256), room);
		fputc('\n', room);
	}
	for (unsigned i = 0; i < ROOMSET_LINE; i++)
		fputc('x', room);
	fputc('\n', room);
	fclose(room);
	meet("a", "b", 50000);
	part();
	assert_int_equal(system("cmp -s a b"), 0);
}

static void
a_line_that_is_longer_than_a_room_takes_stays_where_it_is(void **state)
{
	(void)state;
	FILE *room = open_room("a", "w");
	fputs("before\n", room);
	for (unsigned i = 0; i < 3 * ROOMSET_LINE; i++)
		fputc('x', room);
	fputs("\nafter\n", room);
	fclose(room);
	meet("a", "b", 100000);
	part();
	assert_int_equal(count_lines("b"), 2);
}

/* What an end says to this, after a greeting. */
static void
assert_wrong(const char *text, size_t len, const char *why)
{
	char greeting[GREETING_MAX];
	struct greeting theirs = {.nonce = 1, .count = 1};
	begin(&ends[0], "a", 2, 0);
	size_t size, head = greeting_put(greeting, &theirs);
	uint8_t *in = sync_space(&ends[0].sync, &size);
	memcpy(in, greeting, head);
	memcpy(in + head, text, len);
	assert_int_equal(sync_advance(&ends[0].sync, head + len), SYNC_WRONG);
	assert_string_equal(ends[0].sync.fault, why);
	roomset_close(&ends[0].rs);
}

static void
rubbish_ends_it(void **state)
{
	(void)state;
	write_lines("a", "alice", 0, 100, 1);
	assert_wrong("x", 1, "it sends rubbish");
	assert_wrong("L\3a\nb", 5, "it sends rubbish");
	assert_wrong("L\x84\x80\x00", 4, "it sends rubbish");
	assert_wrong("C\1\1", 3, "it confirms what it was not sent");
	assert_wrong("N\0", 2, "it ends what it did not begin");
	assert_wrong("N\1\x62", 3, "what it has can't be compared");
	assert_wrong("N\1\x61N\1\x61", 6, "it compares what is compared");
	assert_int_equal(count_lines("a"), 100);
}

static void
an_echo_is_recognised(void **state)
{
	(void)state;
	begin(&ends[0], "a", 2, 0);
	size_t size;
	uint8_t *in = sync_space(&ends[0].sync, &size);
	size_t len = ends[0].sync.out_end;
	memcpy(in, ends[0].sync.out, len);
	assert_int_equal(sync_advance(&ends[0].sync, len), SYNC_WRONG);
	roomset_close(&ends[0].rs);
}

static void
what_the_other_end_has_not_confirmed_is_known(void **state)
{
	(void)state;
	meet("a", "b", 100000);
	write_lines("a", "alice", 0, 5, 1);
	assert_int_equal(roomset_catch_up(&ends[0].rs), 0);
	assert_int_equal(sync_unconfirmed(&ends[0].sync), 5);
	assert_int_equal(sync_advance(&ends[0].sync, 0), SYNC_GOES_ON);
	assert_int_equal(sync_unconfirmed(&ends[0].sync), 5);
	assert_false(sync_in_step(&ends[0].sync));
	carry(&ends[0], &ends[1], 100000);
	assert_int_equal(sync_unconfirmed(&ends[0].sync), 5);
	carry(&ends[1], &ends[0], 100000);
	assert_int_equal(sync_unconfirmed(&ends[0].sync), 0);
	part();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_rooms_hold_the_union, fresh),
		cmocka_unit_test_setup(equal_rooms_are_in_step_after_a_greeting, fresh),
		cmocka_unit_test_setup(an_empty_room_gets_all_in_order, fresh),
		cmocka_unit_test_setup(it_goes_on_live_both_ways, fresh),
		cmocka_unit_test_setup(a_cut_at_any_byte_costs_nothing, fresh),
		cmocka_unit_test_setup(a_ring_does_not_loop, fresh),
		cmocka_unit_test_setup(two_that_hear_the_same_lines_add_each_once, fresh),
		cmocka_unit_test_setup(what_is_older_is_neither_offered_nor_taken, fresh),
		cmocka_unit_test_setup(a_rotated_room_stays_in_step, fresh),
		cmocka_unit_test_setup(what_somebody_has_removed_is_not_sent, fresh),
		cmocka_unit_test_setup(lines_of_any_bytes_and_length_go, fresh),
		cmocka_unit_test_setup(
			a_line_that_is_longer_than_a_room_takes_stays_where_it_is, fresh),
		cmocka_unit_test_setup(rubbish_ends_it, fresh),
		cmocka_unit_test_setup(an_echo_is_recognised, fresh),
		cmocka_unit_test_setup(what_the_other_end_has_not_confirmed_is_known, fresh),
	};
	if (argc > 1)
		many = (unsigned)strtoul(argv[1], NULL, 10);
	char folder[] = "/tmp/sync.XXXXXX";
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fresh(NULL);
	return rmdir(folder) < 0 || failed;
}
