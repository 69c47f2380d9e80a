#include "window/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct state s;

static void
what_is_meant_for_people_is_no_state(void **state)
{
	(void)state;
	state_parse(&s, "rfchat: the link to bob is lost; trying again");
	assert_int_equal(s.kind, STATE_NONE);
	state_parse(&s, " rfchat: state waiting");
	assert_int_equal(s.kind, STATE_NONE);
	state_parse(&s, "");
	assert_int_equal(s.kind, STATE_NONE);
}

static void
connected_has_address_seal_kind_and_name(void **state)
{
	(void)state;
	state_parse(
		&s, "rfchat: state connected 00:AA:01:01:00:01 sealed rfchat Bob's old  laptop");
	assert_int_equal(s.kind, STATE_CONNECTED);
	assert_string_equal(s.address, "00:AA:01:01:00:01");
	assert_int_equal(s.seal, STATE_SEALED);
	assert_true(s.in_step);
	assert_string_equal(s.text, "Bob's old  laptop");
	state_parse(&s, "rfchat: state connected 00:AA:01:01:00:01 encrypted plain bob");
	assert_int_equal(s.seal, STATE_ENCRYPTED);
	assert_false(s.in_step);
	state_parse(&s, "rfchat: state connected 00:AA:01:01:00:01 open plain");
	assert_int_equal(s.kind, STATE_CONNECTED);
	assert_int_equal(s.seal, STATE_OPEN);
	assert_string_equal(s.text, "");
}

static void
a_seal_that_is_not_known_is_none(void **state)
{
	(void)state;
	state_parse(&s, "rfchat: state connected 00:AA:01:01:00:01 sealedish rfchat bob");
	assert_int_equal(s.kind, STATE_CONNECTED);
	assert_int_equal(s.seal, STATE_OPEN);
}

static void
away_has_since_when(void **state)
{
	(void)state;
	state_parse(&s, "rfchat: state away 00:AA:01:01:00:01 14:02:11 bob the builder");
	assert_int_equal(s.kind, STATE_AWAY);
	assert_string_equal(s.since, "14:02:11");
	assert_string_equal(s.text, "bob the builder");
}

static void
undelivered_is_a_number(void **state)
{
	(void)state;
	state_parse(&s, "rfchat: state undelivered 12");
	assert_int_equal(s.kind, STATE_UNDELIVERED);
	assert_int_equal(s.undelivered, 12);
	static const char *const wrong[] = {
		"rfchat: state undelivered",
		"rfchat: state undelivered -1",
		"rfchat: state undelivered 1x",
		"rfchat: state undelivered 99999999999999999999999",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		state_parse(&s, wrong[i]);
		assert_int_equal(s.kind, STATE_OTHER);
	}
}

static void
codes_and_questions(void **state)
{
	(void)state;
	state_parse(&s, "rfchat: state waiting");
	assert_int_equal(s.kind, STATE_WAITING);
	state_parse(&s, "rfchat: state code 482-913");
	assert_int_equal(s.kind, STATE_CODE);
	assert_string_equal(s.text, "482-913");
	state_parse(&s, "rfchat: state ask-code");
	assert_int_equal(s.kind, STATE_ASK_CODE);
	state_parse(&s, "rfchat: state question Save it, <b>now</b>?");
	assert_int_equal(s.kind, STATE_QUESTION);
	assert_string_equal(s.text, "Save it, <b>now</b>?");
}

static void
what_is_cut_short_or_new_is_not_for_us(void **state)
{
	(void)state;
	static const char *const other[] = {
		"rfchat: state ",
		"rfchat: state dancing",
		"rfchat: state waitings",
		"rfchat: state waiting for Godot",
		"rfchat: state connected",
		"rfchat: state connected 00:AA:01:01:00:01 sealed",
		"rfchat: state connected 00:AA:01:01:00:01:02 sealed rfchat bob",
		"rfchat: state connected 00:AA:01:01:00:01  rfchat bob",
		"rfchat: state away 00:AA:01:01:00:01",
		"rfchat: state away 00:AA:01:01:00:01 yesterday.. bob",
		"rfchat: state code",
	};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		state_parse(&s, other[i]);
		assert_int_equal(s.kind, STATE_OTHER);
	}
}

static void
a_long_name_is_cut(void **state)
{
	(void)state;
	char line[3 * STATE_TEXT] = "rfchat: state question ";
	memset(line + strlen(line), 'x', 2 * STATE_TEXT);
	state_parse(&s, line);
	assert_int_equal(s.kind, STATE_QUESTION);
	assert_int_equal(strlen(s.text), STATE_TEXT - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_meant_for_people_is_no_state),
		cmocka_unit_test(connected_has_address_seal_kind_and_name),
		cmocka_unit_test(a_seal_that_is_not_known_is_none),
		cmocka_unit_test(away_has_since_when),
		cmocka_unit_test(undelivered_is_a_number),
		cmocka_unit_test(codes_and_questions),
		cmocka_unit_test(what_is_cut_short_or_new_is_not_for_us),
		cmocka_unit_test(a_long_name_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
