#include "ends.h"

#include <errno.h>
#include <sys/wait.h>

enum { CUTS = 150 };

/* How many lines two ends hear at the same time; the first argument, where there is one. */
static unsigned many = 100000;

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

static void
what_the_other_end_sends_is_not_sent_back(void **state)
{
	(void)state;
	meet("a", "b", 100000);
	write_lines("a", "both", 0, 1, 1);
	write_lines("b", "both", 0, 1, 1);
	carry(&ends[1], &ends[0], 0);
	carry(&ends[0], &ends[1], 100000);
	talk(&ends[0], &ends[1], 100000);
	assert_true(sync_in_step(&ends[0].sync) && sync_in_step(&ends[1].sync));
	assert_int_equal(ends[0].sync.sent + ends[1].sync.sent, 1);
	part();
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

static int
run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_rooms_hold_the_union, fresh),
		cmocka_unit_test_setup(equal_rooms_are_in_step_after_a_greeting, fresh),
		cmocka_unit_test_setup(an_empty_room_gets_all_in_order, fresh),
		cmocka_unit_test_setup(it_goes_on_live_both_ways, fresh),
		cmocka_unit_test_setup(what_the_other_end_sends_is_not_sent_back, fresh),
		cmocka_unit_test_setup(a_cut_at_any_byte_costs_nothing, fresh),
		cmocka_unit_test_setup(a_ring_does_not_loop, fresh),
		cmocka_unit_test_setup(two_that_hear_the_same_lines_add_each_once, fresh),
		cmocka_unit_test_setup(what_the_other_end_has_not_confirmed_is_known, fresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		many = (unsigned)strtoul(argv[1], NULL, 10);
	return run_in_folder(run);
}
