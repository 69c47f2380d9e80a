#include "chat/lineset.h"
#include "chat/linesort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct lineset *
empty(void)
{
	static struct lineset set;
	lineset_clear(&set);
	return &set;
}

/* The key number n: scattered, the same in each run; a thousand of them in a second. */
static struct line_key
key_of(uint64_t n)
{
	struct line_key key;
	uint64_t word = (n + 1) * 0x9e3779b97f4a7c15U;
	line_set_second(&key, n / 1000);
	for (size_t i = 0; i < sizeof key.hash; i++, word = word * 6364136223846793005U + 1)
		key.hash[i] = (uint8_t)(word >> 56);
	return key;
}

static void
append(struct lineset *set, uint64_t n, uint64_t offset)
{
	struct line_key key = key_of(n);
	assert_int_equal(lineset_append(set, &key, (struct line_place){offset, 0}), 0);
}

static void
add(struct lineset *set, uint64_t n, enum line_state state)
{
	struct line_key key = key_of(n);
	assert_null(lineset_find(set, &key));
	assert_int_equal(lineset_add(set, &key, (struct line_place){n, 1}, state), 0);
}

static struct line_item *
find(struct lineset *set, uint64_t n)
{
	struct line_key key = key_of(n);
	return lineset_find(set, &key);
}

static void
assert_ordered(const struct lineset *set)
{
	for (size_t i = 1; i < set->count; i++)
		assert_true(memcmp(&set->items[i - 1].key, &set->items[i].key,
				    sizeof set->items->key) < 0);
}

static void
a_line_takes_42_bytes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct line_item), 42);
}

static void
what_is_appended_is_in_order_once_sorted(void **state)
{
	(void)state;
	struct lineset *set = empty();
	for (uint64_t i = 0; i < 30000; i++)
		append(set, i * 7919 % 20000, 30000 - i);
	lineset_sort(set);
	assert_int_equal(lineset_count(set), 20000);
	assert_ordered(set);
	for (uint64_t n = 0; n < 20000; n++)
		assert_non_null(find(set, n));
	assert_null(find(set, 20000));
}

static void
of_a_line_that_is_there_twice_the_first_place_stays(void **state)
{
	(void)state;
	struct lineset *set = empty();
	append(set, 5, 300);
	append(set, 5, 100);
	append(set, 5, 200);
	lineset_sort(set);
	assert_int_equal(lineset_count(set), 1);
	assert_int_equal(line_place(find(set, 5)).offset, 100);
}

static void
keys_that_start_alike_are_sorted_too(void **state)
{
	(void)state;
	enum { COUNT = 5000 };
	struct line_item *items = calloc(COUNT, sizeof *items);
	assert_non_null(items);
	for (size_t i = 0; i < COUNT; i++) {
		items[i].key.hash[LINE_HASH - 1] = (uint8_t)(i * 17);
		items[i].key.hash[LINE_HASH - 20] = (uint8_t)(i * 31 / 256);
	}
	linesort(items, COUNT);
	for (size_t i = 1; i < COUNT; i++)
		assert_true(memcmp(&items[i - 1].key, &items[i].key, sizeof items->key) <= 0);
	free(items);
}

static void
added_lines_are_found_whatever_their_number(void **state)
{
	(void)state;
	struct lineset *set = empty();
	for (uint64_t i = 0; i < 3 * LINESET_RECENT + 5; i++)
		add(set, i * 7919 % 100003, LINE_KEPT);
	assert_int_equal(lineset_count(set), 3 * LINESET_RECENT + 5);
	assert_int_equal(lineset_settle(set), 0);
	assert_int_equal(set->count, 3 * LINESET_RECENT + 5);
	assert_ordered(set);
	for (uint64_t i = 0; i < 3 * LINESET_RECENT + 5; i++)
		assert_non_null(find(set, i * 7919 % 100003));
	assert_null(find(set, 100003));
}

static void
places_and_states_come_back(void **state)
{
	(void)state;
	struct lineset *set = empty();
	struct line_key key = key_of(1);
	struct line_place place = {LINE_OFFSET_MAX, 1};
	assert_int_equal(lineset_add(set, &key, place, LINE_LACKED), 0);
	for (int settled = 0; settled < 2; settled++) {
		struct line_item *item = find(set, 1);
		assert_true(line_place(item).offset == LINE_OFFSET_MAX);
		assert_int_equal(line_place(item).file, 1);
		assert_int_equal(line_state(item), LINE_LACKED);
		assert_int_equal(lineset_lacked(set), 1);
		assert_int_equal(lineset_settle(set), 0);
	}
	lineset_move(find(set, 1), (struct line_place){7, 0});
	lineset_mark(set, find(set, 1), LINE_GIVEN);
	assert_int_equal(line_place(find(set, 1)).offset, 7);
	assert_int_equal(line_place(find(set, 1)).file, 0);
	assert_int_equal(line_state(find(set, 1)), LINE_GIVEN);
	assert_int_equal(lineset_lacked(set), 0);
}

/* Lacked lines come in the order of the room, a few at a time. */
static void
what_is_lacked_comes_in_the_order_of_the_room(void **state)
{
	(void)state;
	struct lineset *set = empty();
	for (uint64_t i = 0; i < 10000; i++)
		append(set, i * 7919 % 10007, i * 10);
	lineset_sort(set);
	for (size_t i = 0; i < set->count; i++)
		lineset_mark(set, &set->items[i], LINE_LACKED);
	for (uint64_t i = 0; i < 100; i++)
		add(set, 20000 + i, LINE_LACKED); /* in the newer file */
	uint64_t expected = 0;
	while (lineset_lacked(set) > 0) {
		struct line_place next[999];
		size_t count = lineset_next(set, next, 999, 1);
		assert_true(count >= 1 && count <= 999);
		for (size_t i = 0; i < count; i++, expected++) {
			bool newer = expected >= 10000;
			assert_int_equal(next[i].file, newer);
			assert_true(next[i].offset == (newer ? expected + 10000 : expected * 10));
			lineset_mark(set,
				find(set, newer ? next[i].offset : expected * 7919 % 10007),
				LINE_GIVEN);
		}
	}
	assert_int_equal(expected, 10100);
}

static bool
is_odd(const struct line_item *item, void *arg)
{
	(void)arg;
	return line_place(item).offset & 1;
}

static void
what_is_dropped_is_not_found(void **state)
{
	(void)state;
	struct lineset *set = empty();
	for (uint64_t i = 0; i < 100; i++)
		append(set, i, i);
	lineset_sort(set);
	for (uint64_t i = 100; i < 200; i++)
		add(set, i, LINE_LACKED);
	lineset_drop(set, is_odd, NULL);
	assert_int_equal(lineset_count(set), 100);
	assert_int_equal(lineset_lacked(set), 50);
	for (uint64_t i = 0; i < 200; i++)
		assert_int_equal(find(set, i) == NULL, i & 1);
}

static void
lower_is_the_first_that_is_not_below(void **state)
{
	(void)state;
	struct lineset *set = empty();
	for (uint64_t i = 0; i < 5000; i++)
		append(set, i, i);
	lineset_sort(set);
	for (size_t i = 0; i < set->count; i++)
		assert_int_equal(lineset_lower(set, &set->items[i].key), i);
	struct line_key key = {{0}, {0}};
	line_set_second(&key, 3);
	assert_int_equal(lineset_lower(set, &key), 3000);
	memset(&key, 0xff, sizeof key);
	assert_int_equal(lineset_lower(set, &key), 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_takes_42_bytes),
		cmocka_unit_test(what_is_appended_is_in_order_once_sorted),
		cmocka_unit_test(of_a_line_that_is_there_twice_the_first_place_stays),
		cmocka_unit_test(keys_that_start_alike_are_sorted_too),
		cmocka_unit_test(added_lines_are_found_whatever_their_number),
		cmocka_unit_test(places_and_states_come_back),
		cmocka_unit_test(what_is_lacked_comes_in_the_order_of_the_room),
		cmocka_unit_test(what_is_dropped_is_not_found),
		cmocka_unit_test(lower_is_the_first_that_is_not_below),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
