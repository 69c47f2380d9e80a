/* Which failed attempts to connect are made again, with a stub for the radio. */
#include "bt/dial.h"

#include "base/signals.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	int error; /* of the first attempts */
	int failures; /* how many of these attempts there are */
	int attempts;
	bool ended; /* as the last attempt was given it */
	long slow_ms; /* how long an attempt takes */
} radio;

int
rfcomm_connect(const struct rfcomm_end *end, long ms, int signals, bool ended)
{
	(void)end;
	(void)ms;
	radio.ended = ended;
	if (radio.slow_ms)
		signals_sleep(signals, radio.slow_ms);
	if (radio.attempts++ >= radio.failures)
		return STDIN_FILENO;
	errno = radio.error;
	return -1;
}

/* Dials with the first attempts failing. Returns the result of dial(). */
static int
dial_with(int error, int failures, long slow_ms)
{
	static const struct rfcomm_end end = {.channel = 1};
	int never[2];
	assert_int_equal(pipe(never), 0);
	radio.error = error;
	radio.failures = failures;
	radio.attempts = 0;
	radio.slow_ms = slow_ms;
	int fd = dial(&end, -1, never[0]);
	int last = errno;
	close(never[0]);
	close(never[1]);
	errno = last;
	return fd;
}

static void
busy_is_tried_again_for_a_second(void **state)
{
	(void)state;
	assert_int_equal(dial_with(EBUSY, 3, 0), STDIN_FILENO);
	assert_int_equal(radio.attempts, 4);
	assert_int_equal(dial_with(EBUSY, 100, 0), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(radio.attempts, 21);
}

static void
a_reset_is_tried_again_once_and_then_is_an_end(void **state)
{
	(void)state;
	assert_int_equal(dial_with(ECONNRESET, 1, 0), STDIN_FILENO);
	assert_true(radio.ended);
	assert_int_equal(dial_with(ECONNRESET, 2, 0), -1);
	assert_int_equal(radio.attempts, 2);
	/* An abandoned pairing. */
	assert_int_equal(dial_with(ECONNRESET, 1, 1100), -1);
	assert_int_equal(radio.attempts, 1);
}

static void
a_refusal_is_tried_again_once_if_it_came_at_once(void **state)
{
	(void)state;
	assert_int_equal(dial_with(ECONNREFUSED, 1, 0), STDIN_FILENO);
	assert_int_equal(dial_with(ECONNREFUSED, 2, 0), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(radio.attempts, 2);
	/* A pairing that a person has refused. */
	assert_int_equal(dial_with(ECONNREFUSED, 1, 2100), -1);
	assert_int_equal(radio.attempts, 1);
}

static void
other_failures_are_final(void **state)
{
	(void)state;
	static const int errors[] = {EACCES, EHOSTDOWN, ETIMEDOUT, EHOSTUNREACH, EAFNOSUPPORT};
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		assert_int_equal(dial_with(errors[i], 1, 0), -1);
		assert_int_equal(errno, errors[i]);
		assert_int_equal(radio.attempts, 1);
	}
}

static void
patience_helps_against_what_passes(void **state)
{
	(void)state;
	assert_true(dial_passes(ECONNREFUSED) && dial_passes(EHOSTDOWN) && dial_passes(ETIMEDOUT));
	assert_true(dial_passes(EHOSTUNREACH)); /* the adapter may come up */
	assert_false(dial_passes(EACCES) || dial_passes(EAFNOSUPPORT) || dial_passes(ENOTUNIQ));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_is_tried_again_for_a_second),
		cmocka_unit_test(a_reset_is_tried_again_once_and_then_is_an_end),
		cmocka_unit_test(a_refusal_is_tried_again_once_if_it_came_at_once),
		cmocka_unit_test(other_failures_are_final),
		cmocka_unit_test(patience_helps_against_what_passes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
