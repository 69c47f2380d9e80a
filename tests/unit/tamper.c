/* Whole sessions with somebody in between who changes a bit, or cuts the link. */
#include "base/meet.h"

#include "between.h"

/* Whatever they have stored. */
static void
forget_all(void)
{
	static const char *const files[] = {
		"bob", ".bob.new", ".bob.code", "alice", ".alice.new", ".alice.code"};
	for (int i = 0; i < ENDS; i++)
		for (size_t f = 0; f < sizeof files / sizeof *files; f++)
			unlinkat(ends.end[i].ring.dir, files[f], 0);
}

/* Counts what each end sends in a session like this one. */
static void
measure(size_t sent[ENDS], const char *a, const char *b)
{
	connect_ends(&ends);
	talk(&ends, a, b, -1);
	assert_true(done());
	sent[ALICE] = alice->passed;
	sent[BOB] = bob->passed;
}

/* The end that gets something else than was said must not believe it, whatever the other does. */
static void
try(int i, const char *a, const char *b)
{
	talk(&ends, a, b, 20);
	const struct end *e = &ends.end[!i];
	assert_false(e->met == MEET_DONE && e->ended == TUNNEL_DONE);
	assert_true(heard(bob, a, false) && heard(alice, b, false));
}

static void
every_bit_of_a_session_counts(void **state)
{
	size_t sent[ENDS];
	(void)state;
	first_meeting();
	measure(sent, "attack at dawn\n", "yes\n");
	for (int i = 0; i < ENDS; i++)
		for (size_t bit = 0; bit < 8 * sent[i]; bit++) {
			connect_ends(&ends);
			ends.flip[i] = (long)bit;
			try(i, "attack at dawn\n", "yes\n");
		}
}

static void
a_session_that_is_cut_at_any_byte_is_not_over(void **state)
{
	size_t sent[ENDS];
	(void)state;
	first_meeting();
	measure(sent, "attack at dawn\n", "yes\n");
	for (int i = 0; i < ENDS; i++)
		for (size_t byte = 0; byte < sent[i]; byte++) {
			connect_ends(&ends);
			ends.cut[i] = (long)byte;
			try(i, "attack at dawn\n", "yes\n");
		}
}

static void
every_bit_of_a_first_meeting_counts(void **state)
{
	enum {
		BITS = 8 * (HANDSHAKE_HELLO + HANDSHAKE_SHARE + HANDSHAKE_PROOF + SEAL_HEADER +
				   SEAL_OVERHEAD + 1)
	};
	(void)state;
	for (int i = 0; i < ENDS; i++)
		for (long bit = 0; bit < BITS; bit++) {
			connect_ends(&ends);
			use_code(&ends, CODE, CODE);
			ends.flip[i] = bit;
			try(i, "x", "y");
			forget_all();
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_bit_of_a_session_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_session_that_is_cut_at_any_byte_is_not_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
			every_bit_of_a_first_meeting_counts, setup, teardown),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
