/* Option values: numbers and seconds with their ranges. */
#include "base/opt.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
whole_numbers_are_decimal_and_in_range(void **state)
{
	(void)state;
	long n = 0;
	assert_true(opt_parse_long("1", 1, 30, &n) && n == 1);
	assert_true(opt_parse_long("30", 1, 30, &n) && n == 30);
	assert_true(opt_parse_long("-1", -1, 30, &n) && n == -1);
	assert_true(opt_parse_long("007", 1, 30, &n) && n == 7);
	static const char *const bad[] = {"", "0", "31", "3x", "x3", " 3", "3 ", "+3", "-", "--1",
		"0x3", "3.0", "1e1", "99999999999999999999", "-99999999999999999999"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		n = 5;
		assert_false(opt_parse_long(bad[i], 1, 30, &n));
		assert_int_equal(n, 5);
	}
}

static void
seconds_have_up_to_three_decimals(void **state)
{
	(void)state;
	long ms = 0;
	assert_true(opt_parse_ms("2", 0, LONG_MAX, &ms) && ms == 2000);
	assert_true(opt_parse_ms("10.24", 0, LONG_MAX, &ms) && ms == 10240);
	assert_true(opt_parse_ms("0.001", 0, LONG_MAX, &ms) && ms == 1);
	assert_true(opt_parse_ms("0", 0, LONG_MAX, &ms) && ms == 0);
	assert_true(opt_parse_ms("-1", -1, 5000, &ms) && ms == -1);
	static const char *const bad[] = {"", ".", ".5", "5.", "1.2345", "-1", "-2", "1,5", "1 ",
		"1.-1", "1.2.3", "1e3", "6", "5.001", "9999999999999", "inf", "nan"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(opt_parse_ms(bad[i], 0, 5000, &ms));
	assert_false(opt_parse_ms("-2", -1, 5000, &ms));
	assert_false(opt_parse_ms("0", 1, 5000, &ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_are_decimal_and_in_range),
		cmocka_unit_test(seconds_have_up_to_three_decimals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
