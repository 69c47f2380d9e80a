/* Meetings: one that is in another's way, or is waited for in vain. */
#include "base/meet.h"

#include "between.h"

/* Alice's keyring, as another process of hers has it. */
static void
open_other(struct keyring *other)
{
	char dir[80];
	snprintf(dir, sizeof dir, "%s/%d", ends.dir, ALICE);
	assert_int_equal(keyring_open(other, dir), 0);
}

static void
one_first_meeting_at_a_time(void **state)
{
	struct keyring other;
	(void)state;
	open_other(&other);
	assert_int_equal(keyring_lock(&other), 0);
	use_code(&ends, CODE, CODE);
	talk(&ends, "", "", -1);
	assert_int_equal(alice->met, MEET_KEYRING);
	assert_int_equal(alice->meet.error, EWOULDBLOCK);
	assert_int_equal(bob->met, MEET_ENDED);
	/* A session that goes on is in nobody's way. */
	close(other.dir);
	first_meeting();
	open_other(&other);
	assert_int_equal(keyring_lock(&other), 0);
	close(other.dir);
}

/* Carries a message of this length from each end to the other. */
static void
exchange(size_t len)
{
	char message[ENDS][HANDSHAKE_HELLO];
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(read(ends.end[i].from, message[i], len), len);
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(write(ends.end[!i].to, message[i], len), len);
}

/* She says nothing for now, and has not left. */
static bool
alice_waits(void)
{
	return poll(&(struct pollfd){.fd = alice->from, .events = POLLIN}, 1, 200) == 0;
}

static void
say_nothing(void)
{
	hang_up(&alice->say);
	hang_up(&bob->say);
	carry_all(&ends, -1);
	join_ends(&ends);
}

static void
a_first_meeting_waits_for_another_that_takes_no_person(void **state)
{
	struct keyring other;
	(void)state;
	open_other(&other);
	assert_int_equal(keyring_lock(&other), 0);
	use_code(&ends, CODE, CODE);
	start_ends(&ends);
	exchange(HANDSHAKE_HELLO);
	assert_true(alice_waits());
	keyring_unlock(&other);
	say_nothing();
	assert_true(done());
	close(other.dir);
}

/* Bob takes his time to type the code that Alice made; she meets somebody else meanwhile. */
static void
who_waits_for_a_person_keeps_nobody_out(void **state)
{
	struct keyring other;
	char share[HANDSHAKE_SHARE];
	(void)state;
	open_other(&other);
	use_code(&ends, CODE, CODE);
	alice->meet.made = true;
	assert_int_equal(keyring_store_code(&alice->ring, "bob", &alice->meet.code), 0);
	start_ends(&ends);
	exchange(HANDSHAKE_HELLO);
	assert_int_equal(read(bob->from, share, sizeof share), sizeof share);
	assert_true(alice_waits());
	assert_int_equal(keyring_lock(&other), 0);
	assert_int_equal(write(alice->to, share, sizeof share), sizeof share);
	assert_true(alice_waits());
	keyring_unlock(&other);
	say_nothing();
	assert_true(done());
	close(other.dir);
}

/* A transport that closes its stdin, and whose stdout stays open, and silent. */
static void
a_link_that_takes_nothing_more_is_not_waited_for(void **state)
{
	(void)state;
	use_code(&ends, CODE, CODE);
	alice->meet.waits = true;
	hang_up(&alice->from);
	hang_up(&bob->to);
	start_ends(&ends);
	pthread_join(alice->thread, NULL);
	assert_int_equal(alice->met, MEET_ENDED);
	assert_int_equal(alice->meet.stage, MEET_HELLO);
	/* The same, once the hello is through. */
	pthread_join(bob->thread, NULL);
	connect_ends(&ends);
	alice->meet.waits = true;
	assert_int_equal(pthread_create(&alice->thread, NULL, run_end, alice), 0);
	char hello[HANDSHAKE_HELLO];
	assert_int_equal(read(alice->from, hello, sizeof hello), sizeof hello);
	hang_up(&alice->from);
	pthread_join(alice->thread, NULL);
	assert_int_equal(alice->met, MEET_ENDED);
}

/* Both have said hello, with the right code, and neither has heard the other's; meanwhile Alice meets
 * Bob over another link (or just uses up the code that she made). */
static void
be_overtaken(bool met)
{
	struct handshake_pair pair = {HANDSHAKE_A, {1, 2, 3}};
	char hello[ENDS][HANDSHAKE_HELLO];
	connect_ends(&ends);
	use_code(&ends, CODE, CODE);
	alice->meet.made = true;
	assert_int_equal(keyring_store_code(&alice->ring, "bob", &alice->meet.code), 0);
	start_ends(&ends);
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(
			read(ends.end[i].from, hello[i], HANDSHAKE_HELLO), HANDSHAKE_HELLO);
	if (met)
		assert_int_equal(keyring_store(&alice->ring, "bob", &pair), 0);
	else
		assert_int_equal(keyring_drop_code(&alice->ring, "bob"), 0);
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(
			write(ends.end[!i].to, hello[i], HANDSHAKE_HELLO), HANDSHAKE_HELLO);
	say_nothing();
	assert_int_equal(alice->met, MEET_OVERTAKEN);
	assert_int_equal(bob->met, MEET_ENDED);
}

static void
a_code_that_has_served_does_not_serve_a_slow_peer(void **state)
{
	(void)state;
	be_overtaken(false);
	assert_false(has(&ends, ALICE, "bob") || has(&ends, ALICE, ".bob.new"));
	be_overtaken(true);
	assert_false(has(&ends, BOB, "alice") || has(&ends, BOB, ".alice.new"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_first_meeting_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_first_meeting_waits_for_another_that_takes_no_person, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_waits_for_a_person_keeps_nobody_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_link_that_takes_nothing_more_is_not_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_code_that_has_served_does_not_serve_a_slow_peer, setup, teardown),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
