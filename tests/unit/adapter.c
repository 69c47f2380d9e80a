/* Addresses as people write them. */
#include "bt/adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
every_usual_spelling_is_taken(void **state)
{
	(void)state;
	static const char *const good[] = {"00:1A:7D:DA:71:13", "00:1a:7d:da:71:13",
		"00-1A-7D-DA-71-13", "00-1a-7d-DA-71-13", "001A7DDA7113", "001a7dda7113"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		bdaddr_t addr = {{0}};
		char text[18];
		assert_true(adapter_parse_addr(good[i], &addr));
		ba2str(&addr, text);
		assert_string_equal(text, "00:1A:7D:DA:71:13");
	}
}

static void
nothing_else_is(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "0", "hci0", "00:1A:7D:DA:71", "00:1A:7D:DA:71:1",
		"00:1A:7D:DA:71:13:", "00:1A:7D:DA:71:133", "00:1A-7D:DA:71:13", "001A:7DDA7113",
		"00 1A 7D DA 71 13", "001A7DDA711", "001A7DDA71133", "00:1A:7D:DA:71:1G",
		"0x1A7DDA7113", "+01A7DDA7113", "001A7DDA7113 ", "00:1A:7D:DA:71-13",
		" 0:1A:7D:DA:71:13"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		bdaddr_t addr;
		assert_false(adapter_parse_addr(bad[i], &addr));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_usual_spelling_is_taken),
		cmocka_unit_test(nothing_else_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
