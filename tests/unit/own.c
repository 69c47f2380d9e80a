#include "chat/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
nothing_is_ours_at_first(void **state)
{
	(void)state;
	static struct own own;
	assert_int_equal(own_skip(&own, 5), 5);
	assert_int_equal(own_until(&own, 9), 9);
	assert_int_equal(own_end(&own), 0);
}

static void
a_span_is_skipped(void **state)
{
	(void)state;
	static struct own own;
	own_add(&own, 10, 20);
	own_add(&own, 30, 40);
	assert_int_equal(own_skip(&own, 0), 0);
	assert_int_equal(own_until(&own, 40), 10);
	assert_int_equal(own_until(&own, 7), 7);
	assert_int_equal(own_skip(&own, 10), 20);
	assert_int_equal(own_until(&own, 40), 30);
	assert_int_equal(own_skip(&own, 30), 40);
	assert_int_equal(own_until(&own, 99), 99);
}

static void
a_span_at_the_start_of_the_file_is_skipped(void **state)
{
	(void)state;
	static struct own own;
	own_add(&own, 0, 3);
	assert_int_equal(own_skip(&own, 0), 3);
}

static void
spans_that_touch_are_one(void **state)
{
	(void)state;
	static struct own own;
	for (off_t i = 0; i < 3 * OWN_MAX; i++)
		own_add(&own, i, i + 1);
	assert_false(own_full(&own));
	assert_int_equal(own_end(&own), 3 * OWN_MAX);
	assert_int_equal(own_skip(&own, 0), 3 * OWN_MAX);
}

static void
it_can_be_full_again_and_again(void **state)
{
	(void)state;
	static struct own own;
	off_t pos = 0;
	for (int round = 0; round < 3; round++) {
		off_t start = pos;
		for (; !own_full(&own); pos += 2)
			own_add(&own, pos + 1, pos + 2);
		assert_int_equal(own_end(&own), pos);
		for (off_t at = start; at < pos; at += 2) {
			assert_int_equal(own_skip(&own, at), at);
			assert_int_equal(own_until(&own, pos), at + 1);
			assert_int_equal(own_skip(&own, at + 1), at + 2);
		}
		assert_int_equal(own_until(&own, pos), pos);
	}
}

static void
after_clear_nothing_is_ours(void **state)
{
	(void)state;
	static struct own own;
	own_add(&own, 10, 20);
	own_clear(&own);
	assert_int_equal(own_skip(&own, 10), 10);
	assert_int_equal(own_end(&own), 0);
	own_add(&own, 0, 5);
	assert_int_equal(own_skip(&own, 0), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_ours_at_first),
		cmocka_unit_test(a_span_is_skipped),
		cmocka_unit_test(a_span_at_the_start_of_the_file_is_skipped),
		cmocka_unit_test(spans_that_touch_are_one),
		cmocka_unit_test(it_can_be_full_again_and_again),
		cmocka_unit_test(after_clear_nothing_is_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
