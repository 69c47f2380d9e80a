#include "chat/spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
nothing_is_ours_at_first(void **state)
{
	(void)state;
	static struct spans own;
	assert_int_equal(spans_skip(&own, 5), 5);
	assert_int_equal(spans_until(&own, 9), 9);
	assert_int_equal(spans_end(&own), 0);
}

static void
a_span_is_skipped(void **state)
{
	(void)state;
	static struct spans own;
	spans_add(&own, 10, 20);
	spans_add(&own, 30, 40);
	assert_int_equal(spans_skip(&own, 0), 0);
	assert_int_equal(spans_until(&own, 40), 10);
	assert_int_equal(spans_until(&own, 7), 7);
	assert_int_equal(spans_skip(&own, 10), 20);
	assert_int_equal(spans_until(&own, 40), 30);
	assert_int_equal(spans_skip(&own, 30), 40);
	assert_int_equal(spans_until(&own, 99), 99);
}

static void
a_span_at_the_start_of_the_file_is_skipped(void **state)
{
	(void)state;
	static struct spans own;
	spans_add(&own, 0, 3);
	assert_int_equal(spans_skip(&own, 0), 3);
}

static void
spans_that_touch_are_one(void **state)
{
	(void)state;
	static struct spans own;
	for (off_t i = 0; i < 3 * SPANS_MAX; i++)
		spans_add(&own, i, i + 1);
	assert_false(spans_full(&own));
	assert_int_equal(spans_end(&own), 3 * SPANS_MAX);
	assert_int_equal(spans_skip(&own, 0), 3 * SPANS_MAX);
}

static void
it_can_be_full_again_and_again(void **state)
{
	(void)state;
	static struct spans own;
	off_t pos = 0;
	for (int round = 0; round < 3; round++) {
		off_t start = pos;
		for (; !spans_full(&own); pos += 2)
			spans_add(&own, pos + 1, pos + 2);
		assert_int_equal(spans_end(&own), pos);
		for (off_t at = start; at < pos; at += 2) {
			assert_int_equal(spans_skip(&own, at), at);
			assert_int_equal(spans_until(&own, pos), at + 1);
			assert_int_equal(spans_skip(&own, at + 1), at + 2);
		}
		assert_int_equal(spans_until(&own, pos), pos);
	}
}

static void
after_clear_nothing_is_ours(void **state)
{
	(void)state;
	static struct spans own;
	spans_add(&own, 10, 20);
	spans_clear(&own);
	assert_int_equal(spans_skip(&own, 10), 10);
	assert_int_equal(spans_end(&own), 0);
	spans_add(&own, 0, 5);
	assert_int_equal(spans_skip(&own, 0), 5);
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
