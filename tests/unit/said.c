#include "window/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct said said;

static void
a_line_has_time_nick_and_text(void **state)
{
	(void)state;
	assert_true(
		said_parse(&said, "2026-11-23T14:52:01.123+01:00 <bob> hi <alice> there", "alice"));
	assert_int_equal(said.time, 1795445521 - 3600);
	assert_string_equal(said.nick, "bob");
	assert_string_equal(said.text, "hi <alice> there");
	assert_false(said.own);
	assert_false(said.action);
}

static void
one_s_own_line_is_known_by_the_nick(void **state)
{
	(void)state;
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <alice> hi", "alice"));
	assert_true(said.own);
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <alice2> hi", "alice"));
	assert_false(said.own);
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <alic> hi", "alice"));
	assert_false(said.own);
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <a> b> hi", "a> b"));
	assert_true(said.own);
	assert_string_equal(said.nick, "a> b");
	assert_string_equal(said.text, "hi");
}

static void
me_is_an_action(void **state)
{
	(void)state;
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <bob> * waves", "alice"));
	assert_true(said.action);
	assert_string_equal(said.text, "waves");
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <bob> *waves*", "alice"));
	assert_false(said.action);
}

static void
stamps_are_read_in_each_form_that_chatline_prints(void **state)
{
	(void)state;
	int64_t time;
	assert_string_equal(said_stamp("1970-01-01T00:00:10Z rest", &time), " rest");
	assert_int_equal(time, 10);
	assert_string_equal(said_stamp("1970-01-01T05:30:10.5+05:30 rest", &time), " rest");
	assert_int_equal(time, 10);
	assert_string_equal(said_stamp("1969-12-31T16:00:10.123456-08:00", &time), "");
	assert_int_equal(time, 10);
}

static void
anything_else_is_no_line_of_the_conversation(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"",
		"14:52:01 <bob> hi",
		"2026-11-23 14:52:01Z <bob> hi",
		"2026-11-23T14:52:01 <bob> hi",
		"2026-11-23T14:52:01+0100 <bob> hi",
		"2026-11-23T14:52:01+01",
		"2026-11-23T14:52:01+01:",
		"2026-11-23T14:52",
		"2026-11-23T14:52:01Z",
		"2026-11-23T14:52:01Z ",
		"2026-11-23T14:52:01Z bob has left",
		"2026-11-23T14:52:01Z <bob>",
		"2026-11-23T14:52:01Z  <bob> hi",
		"waiting; on the other machine: rfchat 00:AA:01:00:00:00",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(said_parse(&said, wrong[i], "alice"));
}

static void
an_empty_line_can_be_said(void **state)
{
	(void)state;
	assert_true(said_parse(&said, "2026-11-23T14:52:01Z <bob> ", "alice"));
	assert_string_equal(said.text, "");
}

static void
what_is_too_long_is_cut(void **state)
{
	(void)state;
	static char line[3 * SAID_TEXT] = "2026-11-23T14:52:01Z <";
	memset(line + strlen(line), 'n', 2 * (size_t)SAID_NICK);
	memcpy(line + strlen(line), "> ", 2);
	memset(line + strlen(line), 't', SAID_TEXT + 10);
	assert_true(said_parse(&said, line, "alice"));
	assert_int_equal(strlen(said.nick), SAID_NICK - 1);
	assert_int_equal(strlen(said.text), SAID_TEXT - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_nick_and_text),
		cmocka_unit_test(one_s_own_line_is_known_by_the_nick),
		cmocka_unit_test(me_is_an_action),
		cmocka_unit_test(stamps_are_read_in_each_form_that_chatline_prints),
		cmocka_unit_test(anything_else_is_no_line_of_the_conversation),
		cmocka_unit_test(an_empty_line_can_be_said),
		cmocka_unit_test(what_is_too_long_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
