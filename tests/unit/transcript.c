#include "window/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct transcript t;

static int
begin(void **state)
{
	(void)state;
	t = (struct transcript){0};
	return setenv("TZ", "UTC", 1);
}

/* A line of nick, time seconds after the start of a day; alice is on this side. */
static struct transcript_place
say(const char *nick, int64_t time)
{
	struct said said = {.time = 1795392000 + time};
	snprintf(said.nick, sizeof said.nick, "%s", nick);
	said.own = strcmp(nick, "alice") == 0;
	return transcript_add(&t, &said);
}

static void
each_day_begins_anew(void **state)
{
	(void)state;
	assert_true(say("bob", 0).new_day);
	assert_false(say("bob", 100).new_day);
	assert_true(say("bob", 24 * 60 * 60).new_day);
	assert_true(say("bob", 100).new_day); /* a line that came late, of the day before */
}

static void
who_goes_on_needs_no_name(void **state)
{
	(void)state;
	assert_false(say("bob", 0).continues);
	assert_true(say("bob", 10).continues);
	assert_false(say("carol", 11).continues);
	assert_false(say("bob", 12).continues);
	assert_true(say("bob", 11 + TRANSCRIPT_PAUSE).continues);
	assert_false(say("bob", 12 + 2 * TRANSCRIPT_PAUSE).continues);
	assert_false(say("bob", 12).continues);
	assert_true(say("bob", 13).continues);
	transcript_break(&t);
	assert_false(say("bob", 14).continues);
}

static void
somebody_of_my_name_is_not_me(void **state)
{
	(void)state;
	struct said other = {.time = 1795392001, .nick = "alice"};
	say("alice", 0);
	assert_false(transcript_add(&t, &other).continues);
}

static void
own_lines_are_counted(void **state)
{
	(void)state;
	assert_int_equal(say("bob", 0).own, 0);
	assert_int_equal(say("alice", 1).own, 1);
	assert_int_equal(say("bob", 2).own, 0);
	assert_int_equal(say("alice", 3).own, 2);
}

static void
the_last_own_lines_wait(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 4; i++)
		say("alice", i);
	assert_false(transcript_waits(&t, 4));
	t.undelivered = 2;
	assert_false(transcript_waits(&t, 2));
	assert_true(transcript_waits(&t, 3));
	assert_true(transcript_waits(&t, 4));
	assert_false(transcript_waits(&t, 0)); /* somebody else's */
	say("alice", 5);
	assert_false(transcript_waits(&t, 3));
	assert_true(transcript_waits(&t, 5));
}

static void
more_may_wait_than_are_shown(void **state)
{
	(void)state;
	say("alice", 0);
	t.undelivered = 7;
	assert_true(transcript_waits(&t, 1));
	assert_false(transcript_waits(&t, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_day_begins_anew, begin),
		cmocka_unit_test_setup(who_goes_on_needs_no_name, begin),
		cmocka_unit_test_setup(somebody_of_my_name_is_not_me, begin),
		cmocka_unit_test_setup(own_lines_are_counted, begin),
		cmocka_unit_test_setup(the_last_own_lines_wait, begin),
		cmocka_unit_test_setup(more_may_wait_than_are_shown, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
