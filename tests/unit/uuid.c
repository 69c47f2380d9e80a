#include "bt/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
assert_form(const char *text, const char *expected)
{
	struct uuid uuid;
	char form[UUID_TEXT];
	assert_true(uuid_parse(text, &uuid));
	uuid_format(&uuid, form);
	assert_string_equal(form, expected);
}

static void
short_ones_are_read_with_and_without_0x(void **state)
{
	(void)state;
	assert_form("1101", "0x1101");
	assert_form("0x1101", "0x1101");
	assert_form("0X11AF", "0x11af");
	assert_form("00001101", "0x1101");
	assert_form("0xdeadbeef", "0xdeadbeef");
	assert_form("00010000", "0x00010000");
}

static void
a_long_one_on_the_base_is_a_short_one(void **state)
{
	(void)state;
	assert_form("00001101-0000-1000-8000-00805F9B34FB", "0x1101");
	assert_form("12345678-0000-1000-8000-00805f9b34fb", "0x12345678");
	assert_form("00001101-0000-1000-8000-00805f9b34fc", "00001101-0000-1000-8000-00805f9b34fc");
}

static void
a_long_one_keeps_its_bytes(void **state)
{
	(void)state;
	static const uint8_t bytes[16] = {0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
		0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	struct uuid uuid;
	assert_true(uuid_parse("00112233-4455-6677-8899-AaBbCcDdEeFf", &uuid));
	assert_memory_equal(uuid.byte, bytes, sizeof bytes);
}

static void
the_names_that_are_told_are_read(void **state)
{
	(void)state;
	char text[] = UUID_EXPECTED;
	struct uuid uuid;
	int count = 0;
	for (char *name = strtok(strstr(text, "one of ") + 7, " )"); name;
		name = strtok(NULL, " )"))
		count += uuid_parse(name, &uuid);
	assert_int_equal(count, 18);
}

static void
names_are_read(void **state)
{
	(void)state;
	assert_form("spp", "0x1101");
	assert_form("SPP", "0x1101");
	assert_form("dun", "0x1103");
	assert_form("opp", "0x1105");
	assert_form("nap", "0x1116");
}

static void
anything_else_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "0x", "11", "0x11", "110", "11011", "1101 ",
		" 1101", "110g", "0x0x1101", "+101", "sp", "sppp", "000011010", "-0001101",
		"00001101-0000-1000-8000-00805F9B34F", "00001101-0000-1000-8000-00805F9B34FB0",
		"00001101-0000-1000-8000_00805F9B34FB", "0000110100001000800000805F9B34FB0000",
		"0x001101-0000-1000-8000-00805F9B34FB", "00001101-0000-1000-8000-00805F9B34FG"};
	struct uuid uuid;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(uuid_parse(wrong[i], &uuid));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ones_are_read_with_and_without_0x),
		cmocka_unit_test(a_long_one_on_the_base_is_a_short_one),
		cmocka_unit_test(a_long_one_keeps_its_bytes),
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(the_names_that_are_told_are_read),
		cmocka_unit_test(anything_else_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
