/* Sealed sessions between two ends that have met. */
#include "base/tunnel.h"

#include "between.h"

#include <sys/mman.h>

/* Two ends that know each other already. */
static int
setup_friends(void **state)
{
	struct handshake_pair pair = {HANDSHAKE_A, {1, 2, 3}};
	setup(state);
	know(&ends, ALICE, "bob", &pair);
	pair.role = HANDSHAKE_B;
	know(&ends, BOB, "alice", &pair);
	return 0;
}

static void
put(struct end *e, const char *text)
{
	size_t len = strlen(text);
	assert_int_equal(write(e->say, text, len), len);
}

/* Carries what they say until e has heard the text, or, where it is NULL, the end of it. */
static void
until_heard(struct end *e, const char *text)
{
	while (text ? !heard(e, text, true) : e->hear >= 0) {
		struct pollfd fds[] = {
			{.fd = alice->from, .events = POLLIN},
			{.fd = bob->from, .events = POLLIN},
			{.fd = e->hear, .events = POLLIN},
		};
		assert_true(poll(fds, 3, 10000) > 0);
		for (int i = 0; i < ENDS; i++)
			if (fds[i].revents)
				assert_true(carry(&ends, i));
		if (fds[2].revents)
			hear(e);
	}
}

static void
finish(void)
{
	carry_all(&ends, -1);
	join_ends(&ends);
}

static void
lines_go_both_ways_and_are_counted(void **state)
{
	(void)state;
	talk(&ends, "hello\n", "hi\n", -1);
	assert_int_equal(alice->ended, TUNNEL_DONE);
	assert_int_equal(bob->ended, TUNNEL_DONE);
	assert_true(heard(bob, "hello\n", true) && heard(alice, "hi\n", true));
	assert_int_equal(alice->tunnel.sent, 6);
	assert_int_equal(alice->tunnel.peer_took, 6);
	assert_int_equal(alice->tunnel.received, 3);
	assert_int_equal(bob->tunnel.sent, 3);
	assert_int_equal(bob->tunnel.received, 6);
}

static void
one_end_ends_and_the_other_goes_on(void **state)
{
	(void)state;
	start_ends(&ends);
	put(alice, "question\n");
	until_heard(bob, "question\n");
	hang_up(&alice->say);
	until_heard(bob, NULL);
	put(bob, "one\n");
	until_heard(alice, "one\n");
	put(bob, "two\n");
	until_heard(alice, "one\ntwo\n");
	hang_up(&bob->say);
	finish();
	assert_int_equal(alice->ended, TUNNEL_DONE);
	assert_int_equal(bob->ended, TUNNEL_DONE);
}

/* Bob's is a program, which ends while Alice could still say something. */
static void
the_end_of_a_program_is_the_end_of_it_all(void **state)
{
	int done;
	(void)state;
	open_pipe(&bob->tunnel.done, &done);
	start_ends(&ends);
	put(alice, "hello\n");
	until_heard(bob, "hello\n");
	put(bob, "bye\n");
	/* Something that it left running holds its output open. */
	hang_up(&done);
	finish();
	assert_int_equal(bob->ended, TUNNEL_DONE);
	assert_int_equal(alice->ended, TUNNEL_DONE);
	assert_true(heard(alice, "bye\n", true));
	close(bob->tunnel.done);
}

/* A program that reads no more is no failure at its side, but Alice has to know. */
static void
what_a_program_does_not_read_is_not_delivered(void **state)
{
	int done;
	(void)state;
	open_pipe(&bob->tunnel.done, &done);
	hang_up(&bob->hear);
	talk(&ends, "hello\n", "hi\n", -1);
	assert_int_equal(bob->ended, TUNNEL_DONE);
	assert_int_equal(alice->ended, TUNNEL_UNDELIVERED);
	assert_int_equal(alice->tunnel.sent - alice->tunnel.peer_took, 6);
	assert_true(heard(alice, "hi\n", true));
	close(bob->tunnel.done);
	close(done);
}

static void
a_reader_that_has_gone_ends_it(void **state)
{
	(void)state;
	hang_up(&bob->hear);
	start_ends(&ends);
	put(alice, "hello\n");
	finish();
	assert_int_equal(bob->ended, TUNNEL_READER_GONE);
	assert_int_equal(alice->ended, TUNNEL_CUT);
}

static void
an_input_that_fails_is_not_an_end(void **state)
{
	(void)state;
	close(bob->tunnel.in);
	bob->tunnel.in = open("/", O_RDONLY | O_CLOEXEC);
	start_ends(&ends);
	hang_up(&alice->say);
	finish();
	assert_int_equal(bob->ended, TUNNEL_LOCAL_FAILED);
	assert_int_equal(bob->tunnel.error, EISDIR);
	assert_int_equal(alice->ended, TUNNEL_CUT);
}

static void
a_signal_ends_it(void **state)
{
	int signal;
	(void)state;
	open_pipe(&bob->tunnel.signals, &signal);
	start_ends(&ends);
	put(alice, "hello\n");
	until_heard(bob, "hello\n");
	hang_up(&signal);
	finish();
	assert_int_equal(bob->ended, TUNNEL_SIGNAL);
	assert_int_equal(alice->ended, TUNNEL_CUT);
	close(bob->tunnel.signals);
}

/* More than every buffer on the way holds, from both ends at once. */
static void
much_goes_both_ways_at_once(void **state)
{
	enum { SIZE = 5 << 20 };
	int out[ENDS];
	static uint8_t data[ENDS][SIZE];
	static uint8_t got[SIZE];
	(void)state;
	for (int i = 0; i < ENDS; i++) {
		struct end *e = &ends.end[i];
		randombytes_buf(data[i], SIZE);
		close(e->tunnel.in);
		e->tunnel.in = memfd_create("in", MFD_CLOEXEC);
		assert_int_equal(pwrite(e->tunnel.in, data[i], SIZE, 0), SIZE);
		nowait_close(&e->tunnel.out);
		close(e->tunnel.out.fd);
		int fd = memfd_create("out", MFD_CLOEXEC);
		out[i] = dup(fd);
		e->tunnel.out = nowait_open(fd);
	}
	start_ends(&ends);
	finish();
	for (int i = 0; i < ENDS; i++) {
		assert_int_equal(ends.end[i].ended, TUNNEL_DONE);
		assert_int_equal(ends.end[i].tunnel.received, SIZE);
		assert_int_equal(pread(out[i], got, SIZE, 0), SIZE);
		assert_memory_equal(got, data[!i], SIZE);
		close(out[i]);
	}
}

/* Of somebody who has the key, and says FINAL before everything else. */
static void
words_out_of_order_are_forged(void **state)
{
	uint8_t header[SEAL_HEADER];
	uint8_t out[2 * SEAL_WORD_MAX];
	const uint8_t key[SEAL_KEY] = {9};
	struct tunnel *t = &bob->tunnel;
	struct seal sender;
	(void)state;
	seal_sending(&sender, header, key, false);
	seal_receiving(&t->receiving, header, key, false);
	seal_sending(&t->sending, header, key, false);
	size_t len = seal_word(&sender, out, SEAL_END, 0);
	len += seal_word(&sender, out + len, SEAL_FINAL, 0);
	assert_int_equal(write(bob->to, out, len), len);
	assert_int_equal(tunnel_run(t), TUNNEL_FORGED);
	start_ends(&ends); /* for their pipes' sake */
	hang_up(&alice->to);
	hang_up(&bob->to);
	join_ends(&ends);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			lines_go_both_ways_and_are_counted, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			one_end_ends_and_the_other_goes_on, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			the_end_of_a_program_is_the_end_of_it_all, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			what_a_program_does_not_read_is_not_delivered, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			a_reader_that_has_gone_ends_it, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			an_input_that_fails_is_not_an_end, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(a_signal_ends_it, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			much_goes_both_ways_at_once, setup_friends, teardown),
		cmocka_unit_test_setup_teardown(
			words_out_of_order_are_forged, setup_friends, teardown),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
