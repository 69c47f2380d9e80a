/* stamp: formats, fractions, zones and elapsed times. */
#include "chat/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { SECOND = 1000000000 };

/* 2026-11-23 14:52:01.123456789 UTC */
static const int64_t noon = INT64_C(1795445521123456789);

static const char *
text_at(struct stamp *s, int64_t now)
{
	static char text[STAMP_MAX + 1];
	stamp_at(s, now);
	memcpy(text, s->text, s->len);
	text[s->len] = '\0';
	return text;
}

static void
assert_stamp(struct stamp_options options, int64_t now, const char *want)
{
	static struct stamp s;
	stamp_init(&s, &options);
	assert_string_equal(text_at(&s, now), want);
}

static void
set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
}

static void
the_format_is_strftime_and_fractions(void **state)
{
	(void)state;
	static const struct {
		const char *format, *want;
	} cases[] = {
		{"%FT%.3TZ", "2026-11-23T14:52:01.123Z "},
		{"%FT%.3T%:z", "2026-11-23T14:52:01.123+00:00 "},
		{"%.S", "01.123456 "},
		{"%.s", "1795445521.123456 "},
		{"%.T", "14:52:01.123456 "},
		{"%.9S|%.1S", "01.123456789|01.1 "},
		{"%s", "1795445521 "},
		{"[%H:%M] 100%%", "[14:52] 100% "},
		{"%-d %_m %5S %^a", "23 11 00001 MON "},
		{"%z %Z", "+0000 UTC "},
		{"%N", "123456789 "},
		{"%3N|%1N|%06N", "123|1|123456 "},
		{"%12N.%s%3N", "123456789000.1795445521123 "},
		{"%::z|%:::z", "+00:00:00|+00 "},
		{"plain", "plain "},
		{"%.S%.S%.S%.S%.S%.S%.S%.S", "01.12345601.12345601.12345601.12345601.12345601."
					     "12345601.12345601.123456 "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stamp_options o = {.utc = true, .format = cases[i].format};
		assert_stamp(o, noon, cases[i].want);
	}
}

static void
a_strange_format_does_no_harm(void **state)
{
	(void)state;
	static const char *const formats[] = {"%", "%.", "%.3", "%.x", "%:", "%:z%:", "%E",
		"%9999d", "%00000000000000000000000000000d", "%999N", "%254N",
		"%99999999999999999999N", "%3", "%3EN", "%::::z", "%:3z", "%.0S", "%O", "%_", "a%"};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		static struct stamp s;
		stamp_init(&s, &(struct stamp_options){.format = formats[i], .utc = true});
		stamp_at(&s, noon);
		assert_true(s.len >= 1 && s.len <= STAMP_TIME_MAX + 1);
	}
	static char longest[3 * STAMP_TIME_MAX];
	for (size_t i = 0; i + 1 < sizeof longest; i++)
		longest[i] = i % 2 ? 'F' : '%';
	static struct stamp s;
	stamp_init(&s, &(struct stamp_options){.format = longest, .utc = true});
	stamp_at(&s, noon);
	assert_int_equal(s.len, 250 + 1);
}

static void
a_name_stands_in_angle_brackets(void **state)
{
	(void)state;
	assert_stamp((struct stamp_options){.format = "", .name = "them"}, noon, "<them> ");
	assert_stamp((struct stamp_options){.format = ""}, noon, "");
	assert_stamp((struct stamp_options){.format = "%S", .utc = true, .name = "a\x1b\tb\n"},
		noon, "01 <a^[^Ib^J> ");
	static char name[1000];
	memset(name, '\xff', sizeof name - 1);
	static struct stamp s;
	stamp_init(&s, &(struct stamp_options){.format = "", .name = name});
	stamp_at(&s, noon);
	assert_int_equal(s.len, 4 * STAMP_NAME_MAX + strlen("<> "));
}

static void
the_text_follows_the_time(void **state)
{
	(void)state;
	static struct stamp s;
	stamp_init(&s, &(struct stamp_options){.format = "%.3T", .utc = true, .name = "n"});
	assert_string_equal(text_at(&s, noon), "14:52:01.123 <n> ");
	assert_string_equal(text_at(&s, noon), "14:52:01.123 <n> ");
	assert_string_equal(text_at(&s, noon + SECOND / 2), "14:52:01.623 <n> ");
	assert_string_equal(text_at(&s, noon + SECOND), "14:52:02.123 <n> ");
	assert_string_equal(text_at(&s, noon - SECOND), "14:52:00.123 <n> ");
	assert_string_equal(text_at(&s, -1), "23:59:59.999 <n> ");
}

static void
local_time_knows_half_hours_and_summer(void **state)
{
	(void)state;
	struct stamp_options o = {.format = "%FT%T%:z %Z"};
	set_zone("IST-5:30");
	assert_stamp(o, noon, "2026-11-23T20:22:01+05:30 IST ");
	set_zone("NST3:30NDT,M3.2.0,M11.1.0");
	assert_stamp(o, noon, "2026-11-23T11:22:01-03:30 NST ");
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	static struct stamp s;
	stamp_init(&s, &o);
	int64_t change = INT64_C(1792890000) * SECOND; /* 2026-10-25 01:00 UTC */
	assert_string_equal(text_at(&s, change - 1), "2026-10-25T02:59:59+02:00 CEST ");
	assert_string_equal(text_at(&s, change), "2026-10-25T02:00:00+01:00 CET ");
}

static void
a_new_zone_shows_with_the_next_second(void **state)
{
	(void)state;
	static struct stamp s;
	set_zone("UTC0");
	stamp_init(&s, &(struct stamp_options){.format = "%T%:z"});
	assert_string_equal(text_at(&s, noon), "14:52:01+00:00 ");
	set_zone("XYZ-2");
	assert_string_equal(text_at(&s, noon + SECOND), "16:52:02+02:00 ");
}

static void
elapsed_hours_go_on_past_a_day(void **state)
{
	(void)state;
	set_zone("IST-5:30");
	struct stamp_options o = {.kind = STAMP_START, .format = "%.3T", .start = noon};
	assert_stamp(o, noon, "00:00:00.000 ");
	assert_stamp(o, noon + INT64_C(1500) * 1000000, "00:00:01.500 ");
	assert_stamp(o, noon + INT64_C(360000) * SECOND, "100:00:00.000 ");
	o.format = "%s %H";
	assert_stamp(o, noon + INT64_C(7200) * SECOND, "7200 02 ");
}

static void
elapsed_since_the_record_before(void **state)
{
	(void)state;
	static struct stamp s;
	stamp_init(
		&s, &(struct stamp_options){.kind = STAMP_RECORD, .format = "%.3S", .start = noon});
	assert_string_equal(text_at(&s, noon + SECOND), "01.000 ");
	assert_string_equal(text_at(&s, noon + SECOND), "00.000 ");
	assert_string_equal(text_at(&s, noon + SECOND), "00.000 ");
	assert_string_equal(text_at(&s, noon + SECOND + SECOND / 4), "00.250 ");
	assert_string_equal(text_at(&s, noon + SECOND + SECOND / 2), "00.250 ");
	assert_string_equal(text_at(&s, noon + SECOND + SECOND / 2), "00.000 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_format_is_strftime_and_fractions),
		cmocka_unit_test(a_strange_format_does_no_harm),
		cmocka_unit_test(a_name_stands_in_angle_brackets),
		cmocka_unit_test(the_text_follows_the_time),
		cmocka_unit_test(local_time_knows_half_hours_and_summer),
		cmocka_unit_test(a_new_zone_shows_with_the_next_second),
		cmocka_unit_test(elapsed_hours_go_on_past_a_day),
		cmocka_unit_test(elapsed_since_the_record_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
