#include "window/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

static int
in_delhi(void **state)
{
	(void)state;
	return setenv("TZ", "IST-5:30", 1) || (tzset(), 0);
}

static void
a_day_begins_at_local_midnight(void **state)
{
	(void)state;
	/* 2026-11-23 18:29:59 and 18:30:00 UTC */
	assert_int_equal(day_of(1795458600), day_of(1795458599) + 1);
	assert_int_equal(day_of(1795458599), 20780);
	assert_int_equal(day_of(-86400), -1);
}

static void
the_clock_is_local(void **state)
{
	(void)state;
	char text[DAY_CLOCK];
	day_clock(text, 1795458600);
	assert_string_equal(text, "00:00");
	day_clock(text, 1795458599);
	assert_string_equal(text, "23:59");
}

static void
days_have_names(void **state)
{
	(void)state;
	char text[DAY_TEXT];
	day_text(text, 20780, 20780);
	assert_string_equal(text, "Today");
	day_text(text, 20780, 20781);
	assert_string_equal(text, "Yesterday");
	day_text(text, 20780, 20782);
	assert_string_equal(text, "Monday 23 November");
	day_text(text, 20780, 20779); /* somebody's clock is fast */
	assert_string_equal(text, "Monday 23 November");
	day_text(text, 20780 - 365, 20780);
	assert_string_equal(text, "Sunday 23 November 2025");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_begins_at_local_midnight),
		cmocka_unit_test(the_clock_is_local),
		cmocka_unit_test(days_have_names),
	};
	return cmocka_run_group_tests(tests, in_delhi, NULL);
}
