/* Meetings: who meets whom, and what is left of one that fails. */
#include "base/meet.h"

#include "between.h"

static void
a_first_meeting_takes_a_code_and_a_later_one_none(void **state)
{
	(void)state;
	use_code(&ends, CODE, CODE);
	talk(&ends, "hello\n", "hi\n", -1);
	assert_true(done());
	assert_true(heard(bob, "hello\n", true) && heard(alice, "hi\n", true));
	assert_int_equal(alice->meet.kind, HANDSHAKE_FIRST);
	assert_true(has(&ends, ALICE, "bob") && has(&ends, BOB, "alice"));
	assert_false(has(&ends, ALICE, ".bob.new") || has(&ends, BOB, ".alice.new"));

	connect_ends(&ends);
	talk(&ends, "again\n", "", -1);
	assert_true(done());
	assert_true(heard(bob, "again\n", true) && heard(alice, "", true));
	assert_int_equal(alice->meet.kind, HANDSHAKE_LATER);
}

static void
a_wrong_code_is_one_guess_and_both_ends_see_it(void **state)
{
	(void)state;
	for (int i = 1; i <= CODE_GUESSES; i++) {
		connect_ends(&ends);
		use_code(&ends, CODE, "482914");
		talk(&ends, "secret", "secret", -1);
		assert_int_equal(alice->met, MEET_WRONG_CODE);
		assert_int_equal(bob->met, MEET_WRONG_CODE);
		assert_true(heard(alice, "", true) && heard(bob, "", true));
		assert_int_equal(alice->meet.code.wrong, i);
	}
	/* Even the right one does not help any more. */
	connect_ends(&ends);
	use_code(&ends, CODE, CODE);
	talk(&ends, "secret", "secret", -1);
	assert_int_equal(alice->met, MEET_VOID);
	assert_int_equal(bob->met, MEET_ENDED);
	assert_false(has(&ends, ALICE, "bob") || has(&ends, BOB, "alice"));
	/* Another code starts from nothing. */
	connect_ends(&ends);
	use_code(&ends, "111111", "111111");
	talk(&ends, "", "", -1);
	assert_true(done());
	assert_false(has(&ends, ALICE, ".bob.code"));
}

/* Somebody who has our proof, and so knows whether the guess was right, leaves without a word. */
static void
a_guess_counts_whatever_follows(void **state)
{
	(void)state;
	use_code(&ends, CODE, "482914");
	ends.cut[BOB] = HANDSHAKE_HELLO + HANDSHAKE_SHARE;
	talk(&ends, "", "", -1);
	assert_int_equal(alice->met, MEET_ENDED);
	assert_int_equal(alice->meet.code.wrong, 1);
	struct code code;
	assert_int_equal(keyring_load_code(&alice->ring, "bob", &code), 0);
	assert_int_equal(code.wrong, 1);
}

static void
any_finds_out_who_it_is(void **state)
{
	struct handshake_pair pair = {HANDSHAKE_A, {1, 2, 3}};
	(void)state;
	first_meeting();
	/* Others are known, too. */
	assert_int_equal(keyring_store(&bob->ring, "aaron", &pair), 0);
	know(&ends, BOB, "zoe", &pair);
	connect_ends(&ends);
	bob->meet.any = true;
	*bob->meet.name = '\0';
	talk(&ends, "it is me\n", "", -1);
	assert_true(done());
	assert_string_equal(bob->meet.name, "alice");
	assert_true(heard(bob, "it is me\n", true));
}

static void
a_stranger_is_nobody(void **state)
{
	struct handshake_pair pair = {HANDSHAKE_A, {1, 2, 3}};
	(void)state;
	first_meeting();
	forget(&ends, ALICE, "bob");
	connect_ends(&ends);
	bob->meet.any = true;
	use_code(&ends, CODE, "");
	talk(&ends, "x", "y", -1);
	assert_int_equal(alice->met, MEET_REFUSED);
	assert_int_equal(alice->meet.kind, HANDSHAKE_WE_ARE_STRANGE);
	assert_int_equal(bob->meet.kind, HANDSHAKE_THEY_ARE_STRANGE);

	/* One that has some key. */
	know(&ends, ALICE, "bob", &pair);
	connect_ends(&ends);
	bob->meet.any = true;
	talk(&ends, "x", "y", -1);
	assert_int_equal(bob->met, MEET_NOBODY);
	assert_int_equal(alice->met, MEET_ENDED);
	connect_ends(&ends);
	talk(&ends, "x", "y", -1);
	assert_int_equal(bob->met, MEET_WRONG_KEY);
	assert_int_equal(alice->met, MEET_WRONG_KEY);
}

/* The same files at both ends. */
static void
a_copy_of_a_machine_does_not_meet_itself(void **state)
{
	struct handshake_pair pair;
	(void)state;
	first_meeting();
	assert_int_equal(keyring_find(&alice->ring, "bob", &pair), KEYRING_KNOWN);
	forget(&ends, BOB, "alice");
	know(&ends, BOB, "alice", &pair);
	connect_ends(&ends);
	talk(&ends, "x", "y", -1);
	assert_int_equal(alice->met, MEET_WRONG_KEY);
	assert_int_equal(bob->met, MEET_WRONG_KEY);
}

/* An end that was killed after it had stored it, and before it knew that the other had, can do
 * both. */
static void
a_first_meeting_that_was_cut_off_can_be_mended(void **state)
{
	(void)state;
	/* Bob is done; Alice has not heard it. */
	first_meeting();
	assert_int_equal(renameat(alice->ring.dir, "bob", alice->ring.dir, ".bob.new"), 0);
	connect_ends(&ends);
	assert_int_equal(meet_needs_code(&alice->meet), 1);
	assert_int_equal(meet_needs_code(&bob->meet), 0);
	talk(&ends, "", "", -1);
	assert_true(done());
	assert_true(has(&ends, ALICE, "bob") && !has(&ends, ALICE, ".bob.new"));

	/* The same, and Bob takes anybody. */
	assert_int_equal(renameat(bob->ring.dir, "alice", bob->ring.dir, ".alice.new"), 0);
	connect_ends(&ends);
	bob->meet.any = true;
	talk(&ends, "", "", -1);
	assert_true(done());
	assert_true(has(&ends, BOB, "alice") && !has(&ends, BOB, ".alice.new"));

	/* Alice has stored it; Bob never got that far. */
	assert_int_equal(renameat(alice->ring.dir, "bob", alice->ring.dir, ".bob.new"), 0);
	forget(&ends, BOB, "alice");
	first_meeting();
	assert_true(done());
	assert_int_equal(alice->meet.kind, HANDSHAKE_FIRST);

	/* Both have, and neither knows of the other. */
	assert_int_equal(renameat(alice->ring.dir, "bob", alice->ring.dir, ".bob.new"), 0);
	assert_int_equal(renameat(bob->ring.dir, "alice", bob->ring.dir, ".alice.new"), 0);
	first_meeting();
	assert_true(done());
	connect_ends(&ends);
	talk(&ends, "", "", -1);
	assert_true(done());
}

/* A first meeting that is cut off at any byte of either direction leaves two ends that can meet, by
 * a code or without one. */
static void
any_cut_leaves_two_ends_that_can_meet(void **state)
{
	(void)state;
	for (int i = 0; i < ENDS; i++) {
		for (long cut = 0; cut < HANDSHAKE_HELLO + HANDSHAKE_SHARE + HANDSHAKE_PROOF +
						 SEAL_HEADER + SEAL_WORD_MAX;
			cut += cut < 120 ? 9 : 1) {
			connect_ends(&ends);
			use_code(&ends, CODE, CODE);
			ends.cut[i] = cut;
			talk(&ends, "x", "y", -1);
			first_meeting();
			assert_true(done());
			assert_true(has(&ends, ALICE, "bob") && has(&ends, BOB, "alice"));
			forget(&ends, ALICE, "bob");
			forget(&ends, BOB, "alice");
		}
	}
}

static void
a_forgotten_meeting_is_said(void **state)
{
	(void)state;
	first_meeting();
	forget(&ends, BOB, "alice");
	connect_ends(&ends);
	use_code(&ends, "", CODE);
	talk(&ends, "", "", -1);
	assert_int_equal(alice->meet.kind, HANDSHAKE_THEY_FORGOT);
	assert_int_equal(bob->meet.kind, HANDSHAKE_WE_FORGOT);
}

/* What an end hears that gets its own words back. */
static void
an_echo_is_nobody(void **state)
{
	(void)state;
	first_meeting();
	connect_ends(&ends);
	start_ends(&ends);
	for (int i = 0; i < ENDS; i++) {
		struct end *e = &ends.end[i];
		char hello[HANDSHAKE_HELLO];
		assert_int_equal(read(e->from, hello, sizeof hello), sizeof hello);
		assert_int_equal(write(e->to, hello, sizeof hello), sizeof hello);
	}
	join_ends(&ends);
	assert_int_equal(alice->met, MEET_REFUSED);
	assert_int_equal(alice->meet.kind, HANDSHAKE_MIRROR);
}

/* What Alice sent in one session, sent to Bob in another. */
static void
a_session_that_is_played_again_is_refused(void **state)
{
	static char said[4096];
	size_t len = 0;
	(void)state;
	first_meeting();
	connect_ends(&ends);
	start_ends(&ends);
	assert_int_equal(write(alice->say, "pay 5\n", 6), 6);
	hang_up(&alice->say);
	hang_up(&bob->say);
	while (alice->from >= 0) {
		struct pollfd fds[] = {
			{.fd = alice->from, .events = POLLIN},
			{.fd = bob->from, .events = POLLIN},
		};
		poll(fds, 2, -1);
		if (fds[1].revents)
			carry(&ends, BOB);
		ssize_t n = fds[0].revents ? read(alice->from, said + len, sizeof said - len) : 0;
		if (n > 0)
			assert_int_equal(write(bob->to, said + len, (size_t)n), n);
		if (fds[0].revents && n <= 0)
			hang_up(&alice->from);
		len += n > 0 ? (size_t)n : 0;
	}
	hang_up(&bob->to);
	join_ends(&ends);
	assert_int_equal(bob->ended, TUNNEL_DONE);

	connect_ends(&ends);
	assert_int_equal(pthread_create(&bob->thread, NULL, run_end, bob), 0);
	assert_int_equal(write(bob->to, said, len), len);
	hang_up(&bob->say);
	pthread_join(bob->thread, NULL);
	assert_int_equal(bob->met, MEET_WRONG_KEY);
	bob->heard_len = 0;
	hear(bob);
	assert_true(heard(bob, "", true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_first_meeting_takes_a_code_and_a_later_one_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_wrong_code_is_one_guess_and_both_ends_see_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_guess_counts_whatever_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(any_finds_out_who_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stranger_is_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_copy_of_a_machine_does_not_meet_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_first_meeting_that_was_cut_off_can_be_mended, setup, teardown),
		cmocka_unit_test_setup_teardown(
			any_cut_leaves_two_ends_that_can_meet, setup, teardown),
		cmocka_unit_test_setup_teardown(a_forgotten_meeting_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(an_echo_is_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_session_that_is_played_again_is_refused, setup, teardown),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
