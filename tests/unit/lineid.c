#include "chat/lineid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void
assert_second(const char *line, uint64_t second)
{
	assert_true(lineid_second(line, strlen(line)) == second);
}

static void
a_stamp_gives_its_second(void **state)
{
	(void)state;
	assert_second("2026-11-23T14:52:01.123+01:00 <them> hi", 1795441921);
	assert_second("2026-11-23T13:52:01Z", 1795441921);
	assert_second("2026-11-23t13:52:01z hi", 1795441921);
	assert_second("2026-11-23 13:52:01.999999999Z", 1795441921);
	assert_second("2026-11-23T10:22:01-03:30", 1795441921);
	assert_second("1970-01-01T00:00:01Z", 1);
	assert_second("1969-12-31T23:00:01-01:00", 1);
	assert_second("2016-12-31T23:59:60Z", 1483228800);
	assert_second("9999-12-31T23:59:59-23:59", 253402387139);
	assert_true(253402387139 < LINE_TIME_MAX);
}

static void
other_lines_have_none(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "hi", "2026-11-23", "2026-11-23T13:52:01",
		"2026-11-23T13:52:01 Z", "2026-11-23T13:52:01.Z", "2026-13-23T13:52:01Z",
		"2026-00-23T13:52:01Z", "2026-11-00T13:52:01Z", "2026-11-32T13:52:01Z",
		"2026-11-23T24:52:01Z", "2026-11-23T13:60:01Z", "2026-11-23T13:52:61Z",
		"0000-11-23T13:52:01Z", "2026-11-23T13:52:01+24:00", "2026-11-23T13:52:01+01:60",
		"2026-11-23T13:52:01+0100", "2026-11-23T13:52:01+01:0", "1970-01-01T00:00:00Z",
		"1969-12-31T23:59:59Z", " 2026-11-23T13:52:01Z", "2026-11-23_13:52:01Z",
		"2026:11-23T13:52:01Z", "00:00:01.000 <them> hi"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_second(lines[i], 0);
}

static void
nothing_is_read_behind_the_line(void **state)
{
	(void)state;
	static const char stamp[] = "2026-11-23T13:52:01.5+00:00";
	for (size_t len = 0; len < sizeof stamp - 1; len++)
		assert_true(lineid_second(stamp, len) == 0);
}

/* Every day of 800 years, as the C library says. */
static void
each_day_has_its_number(void **state)
{
	(void)state;
	for (time_t day = 0; day < 292194; day++) {
		char line[32];
		time_t second = 86400 * day + 43200;
		struct tm tm;
		strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&second, &tm));
		assert_second(line, (uint64_t)second);
	}
}

/* By sha256sum(1). */
static void
the_hash_is_of_the_line(void **state)
{
	(void)state;
	static const uint8_t hello[] = {0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e};
	static const uint8_t nothing[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14};
	struct line_key key;
	lineid_key(&key, "hello", 5);
	assert_memory_equal(key.hash, hello, sizeof hello);
	assert_true(line_second(&key) == 0);
	lineid_key(&key, "", 0);
	assert_memory_equal(key.hash, nothing, sizeof nothing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_gives_its_second),
		cmocka_unit_test(other_lines_have_none),
		cmocka_unit_test(nothing_is_read_behind_the_line),
		cmocka_unit_test(each_day_has_its_number),
		cmocka_unit_test(the_hash_is_of_the_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
