/* Unusual rooms, and unusual other ends. */
#include "ends.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

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
	assert_int_equal(lineset_count(&ends[1].rs.set), 120);
	assert_int_equal(count_lines("a"), 120);
	assert_int_equal(count_lines("b"), 20);
	assert_int_equal(count_lines("c"), 100);
	/* The file before the last is forgotten. */
	assert_int_equal(rename("b", "c"), 0);
	write_lines("b", "bob", 10, 11, 1);
	room_wake(&ends[1].rs.room);
	talk(&ends[0], &ends[1], 100000);
	assert_int_equal(lineset_count(&ends[1].rs.set), 21);
	part();
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

/* A stopped process holds the lock. */
static void
what_can_t_be_appended_yet_is_not_confirmed(void **state)
{
	(void)state;
	meet("a", "b", 100000);
	int fd = open("b", O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	write_lines("a", "alice", 0, 5, 1);
	assert_int_equal(roomset_catch_up(&ends[0].rs), 0);
	assert_int_equal(sync_advance(&ends[0].sync, 0), SYNC_GOES_ON);
	size_t space, len = ends[0].sync.out_end - ends[0].sync.out_start;
	memcpy(sync_space(&ends[1].sync, &space), ends[0].sync.out + ends[0].sync.out_start, len);
	sync_sent(&ends[0].sync, len);
	assert_int_equal(sync_advance(&ends[1].sync, len), SYNC_HELD);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(ends[1].sync.out_start, ends[1].sync.out_end);
	assert_int_equal(count_lines("b"), 0);
	close(fd);
	talk(&ends[0], &ends[1], 100000);
	assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
	part();
	assert_int_equal(count_lines("b"), 5);
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
	for (unsigned i = 0; i < 2 * ROOMSET_LINE + 5000; i++)
		fputc('x', room);
	fputs("\nafter\n", room);
	fclose(room);
	meet("a", "b", 100000);
	part();
	assert_int_equal(count_lines("b"), 2);
}

/* The fault that an end reports for this, after a greeting. */
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
	assert_wrong("C\1\1", 3, "it confirms lines that it was not sent");
	assert_wrong("N\0", 2, "it ends a comparison that it did not begin");
	assert_wrong("N\1\x62", 3, "its lines can't be compared");
	assert_wrong("N\1\x61N\1\x61", 6, "it compares again");
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

static int
run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_older_is_neither_offered_nor_taken, fresh),
		cmocka_unit_test_setup(a_rotated_room_stays_in_step, fresh),
		cmocka_unit_test_setup(what_somebody_has_removed_is_not_sent, fresh),
		cmocka_unit_test_setup(what_can_t_be_appended_yet_is_not_confirmed, fresh),
		cmocka_unit_test_setup(lines_of_any_bytes_and_length_go, fresh),
		cmocka_unit_test_setup(
			a_line_that_is_longer_than_a_room_takes_stays_where_it_is, fresh),
		cmocka_unit_test_setup(rubbish_ends_it, fresh),
		cmocka_unit_test_setup(an_echo_is_recognised, fresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	return run_in_folder(run);
}
