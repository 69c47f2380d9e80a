/* Codes, as people write and make them. */
#include "base/code.h"

#include <ctype.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static bool
reads_as(const char *line, const char *text)
{
	struct code code;
	return code_parse(&code, line, strlen(line)) && strcmp(code.text, text) == 0;
}

static bool
is_none(const char *line)
{
	struct code code;
	return !code_parse(&code, line, strlen(line));
}

static void
spaces_and_dashes_do_not_count(void **state)
{
	(void)state;
	assert_true(reads_as("482913", "482913"));
	assert_true(reads_as("482-913", "482913"));
	assert_true(reads_as(" 482 913\r", "482913"));
	assert_true(reads_as("4-8-2\t9-1-3", "482913"));
	assert_true(reads_as("correct horse battery", "correcthorsebattery"));
}

static void
what_is_too_short_too_long_or_not_printable_is_none(void **state)
{
	char line[CODE_MAX + 2];
	(void)state;
	assert_true(is_none(""));
	assert_true(is_none("48291"));
	assert_true(is_none("- - - - - - -"));
	assert_true(is_none("48291\x1b"));
	assert_true(is_none("48291\xc3\xa9"));
	assert_true(is_none("48291\x7f"));
	memset(line, 'x', sizeof line);
	line[CODE_MAX] = '\0';
	assert_true(reads_as(line, line));
	line[CODE_MAX] = 'x';
	line[CODE_MAX + 1] = '\0';
	assert_true(is_none(line));
	struct code code;
	assert_false(code_parse(&code, "123\0456", 7));
}

/* Each digit at each place: 1000 codes miss one by chance once in 10^44. */
static void
codes_are_six_digits_of_any_kind(void **state)
{
	bool seen[CODE_DIGITS][10] = {{false}};
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct code code;
		code_make(&code);
		assert_int_equal(strlen(code.text), CODE_DIGITS);
		for (int d = 0; d < CODE_DIGITS; d++) {
			assert_true(isdigit((unsigned char)code.text[d]));
			seen[d][code.text[d] - '0'] = true;
		}
	}
	for (int d = 0; d < CODE_DIGITS; d++)
		for (int digit = 0; digit < 10; digit++)
			assert_true(seen[d][digit]);
}

static void
codes_are_shown_as_people_say_them(void **state)
{
	char shown[CODE_DIGITS + 2];
	const struct code code = {"048291", 0};
	(void)state;
	code_show(shown, &code);
	assert_string_equal(shown, "048-291");
	assert_true(reads_as(shown, "048291"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spaces_and_dashes_do_not_count),
		cmocka_unit_test(what_is_too_short_too_long_or_not_printable_is_none),
		cmocka_unit_test(codes_are_six_digits_of_any_kind),
		cmocka_unit_test(codes_are_shown_as_people_say_them),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
