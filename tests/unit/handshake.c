/* The handshake: vectors of another implementation (tests/rfseal.py), and what each end
 * concludes. */
#include "base/handshake.h"

#include "vectors.inc"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { A = HANDSHAKE_A, B = HANDSHAKE_B, BOTH };

#define CODE "482913"

/* Two ends that have each other's hello; what the vectors start from. */
struct ends {
	struct handshake h[BOTH];
	struct handshake_keys keys[BOTH];
	uint8_t secret[BOTH][32];
};

static void
count_up(uint8_t out[32], int from)
{
	for (int i = 0; i < 32; i++)
		out[i] = (uint8_t)(from + i);
}

static void
greet(struct ends *e, unsigned can_a, unsigned can_b, int nonce_a, int nonce_b)
{
	uint8_t nonce[32];
	count_up(nonce, nonce_a);
	handshake_hello(&e->h[A], can_a, nonce);
	count_up(nonce, nonce_b);
	handshake_hello(&e->h[B], can_b, nonce);
	count_up(e->secret[A], 64);
	count_up(e->secret[B], 96);
}

static enum handshake_kind
judge(struct ends *e)
{
	enum handshake_kind kind = handshake_judge(&e->h[A], e->h[B].ours);
	enum handshake_kind same = handshake_judge(&e->h[B], e->h[A].ours);
	if (kind <= HANDSHAKE_LATER)
		assert_int_equal(kind, same);
	return kind;
}

static void
first(struct ends *e, const char *code_a, const char *code_b)
{
	greet(e, HANDSHAKE_CODE | HANDSHAKE_MADE, HANDSHAKE_CODE, 32, 0);
	assert_int_equal(judge(e), HANDSHAKE_FIRST);
	handshake_first_share(&e->h[A], code_a, e->secret[A]);
	handshake_first_share(&e->h[B], code_b, e->secret[B]);
	assert_true(handshake_first_keys(&e->keys[A], &e->h[A], code_a, e->h[B].share));
	assert_true(handshake_first_keys(&e->keys[B], &e->h[B], code_b, e->h[A].share));
}

/* A has the smaller nonce this time. */
static void
later(struct ends *e, const struct handshake_pair *pair_a, const struct handshake_pair *pair_b)
{
	greet(e, HANDSHAKE_KNOWS, HANDSHAKE_ANY, 0, 32);
	assert_int_equal(judge(e), HANDSHAKE_LATER);
	handshake_later_share(&e->h[A], e->secret[A]);
	handshake_later_share(&e->h[B], e->secret[B]);
	assert_true(handshake_later_keys(&e->keys[A], &e->h[A], pair_a, e->h[B].share));
	assert_true(handshake_later_keys(&e->keys[B], &e->h[B], pair_b, e->h[A].share));
}

static bool
agree(const struct ends *e)
{
	bool a = handshake_proves(&e->keys[A], e->keys[B].our_proof);
	bool b = handshake_proves(&e->keys[B], e->keys[A].our_proof);
	assert_int_equal(a, b);
	return a;
}

static void
a_first_meeting_is_that_of_the_vectors(void **state)
{
	struct ends e;
	(void)state;
	first(&e, CODE, CODE);
	assert_true(agree(&e));
	assert_memory_equal(e.h[A].share, first_share_a, 32);
	assert_memory_equal(e.h[B].share, first_share_b, 32);
	assert_memory_equal(e.keys[A].our_proof, first_proof_a, 32);
	assert_memory_equal(e.keys[B].our_proof, first_proof_b, 32);
	assert_memory_equal(e.keys[A].sending, first_seal_a, 32);
	assert_memory_equal(e.keys[B].receiving, first_seal_a, 32);
	assert_memory_equal(e.keys[B].sending, first_seal_b, 32);
	assert_memory_equal(e.keys[A].receiving, first_seal_b, 32);
	assert_memory_equal(e.keys[A].pair.key, first_remember, 32);
	assert_memory_equal(e.keys[B].pair.key, first_remember, 32);
	assert_int_equal(e.keys[A].pair.role, HANDSHAKE_A);
	assert_int_equal(e.keys[B].pair.role, HANDSHAKE_B);
}

static void
a_later_meeting_is_that_of_the_vectors(void **state)
{
	struct ends e;
	(void)state;
	first(&e, CODE, CODE);
	struct handshake_pair a = e.keys[A].pair;
	struct handshake_pair b = e.keys[B].pair;
	later(&e, &a, &b);
	assert_true(agree(&e));
	assert_memory_equal(e.h[A].share, later_share_a, 32);
	assert_memory_equal(e.h[B].share, later_share_b, 32);
	assert_memory_equal(e.keys[A].our_proof, later_proof_a, 32);
	assert_memory_equal(e.keys[B].our_proof, later_proof_b, 32);
	assert_memory_equal(e.keys[A].sending, later_seal_a, 32);
	assert_memory_equal(e.keys[B].sending, later_seal_b, 32);
	assert_int_equal(e.keys[A].role, HANDSHAKE_A);
}

static void
another_code_gives_other_keys(void **state)
{
	struct ends e;
	(void)state;
	first(&e, CODE, "482914");
	assert_false(agree(&e));
	assert_memory_not_equal(e.keys[A].sending, e.keys[B].receiving, 32);
	assert_memory_not_equal(e.keys[A].pair.key, e.keys[B].pair.key, 32);
}

static void
another_key_gives_other_keys(void **state)
{
	struct ends e;
	struct handshake_pair a = {HANDSHAKE_A, {1}};
	struct handshake_pair b = {HANDSHAKE_B, {2}};
	(void)state;
	later(&e, &a, &b);
	assert_false(agree(&e));
}

/* One machine, or its copy, at both ends: the same key and the same role. */
static void
nobody_meets_himself(void **state)
{
	struct ends e;
	struct handshake_pair pair = {HANDSHAKE_A, {1}};
	(void)state;
	later(&e, &pair, &pair);
	assert_false(agree(&e));
}

/* A proof that is sent back, and those of an earlier session. */
static void
a_proof_is_of_one_end_and_of_one_session(void **state)
{
	struct ends e;
	(void)state;
	first(&e, CODE, CODE);
	assert_false(handshake_proves(&e.keys[A], e.keys[A].our_proof));
	struct handshake_keys before = e.keys[B];
	e.secret[A][0]++;
	handshake_first_share(&e.h[A], CODE, e.secret[A]);
	assert_true(handshake_first_keys(&e.keys[A], &e.h[A], CODE, e.h[B].share));
	assert_false(handshake_proves(&e.keys[A], before.our_proof));
}

/* Somebody in between changes one bit of a hello or a share. */
static void
every_bit_that_was_said_counts(void **state)
{
	struct ends e;
	(void)state;
	first(&e, CODE, CODE);
	for (int bit = 0; bit < 8 * HANDSHAKE_HELLO; bit++) {
		uint8_t hello[HANDSHAKE_HELLO];
		memcpy(hello, e.h[B].ours, sizeof hello);
		hello[bit / 8] ^= (uint8_t)(1 << bit % 8);
		struct handshake h = e.h[A];
		if (handshake_judge(&h, hello) != HANDSHAKE_FIRST)
			continue;
		struct handshake_keys keys;
		handshake_first_share(&h, CODE, e.secret[A]);
		assert_true(handshake_first_keys(&keys, &h, CODE, e.h[B].share));
		assert_false(handshake_proves(&keys, e.keys[B].our_proof));
	}
	for (int bit = 0; bit < 8 * HANDSHAKE_SHARE; bit++) {
		uint8_t share[HANDSHAKE_SHARE];
		struct handshake_keys keys;
		memcpy(share, e.h[B].share, sizeof share);
		share[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (handshake_first_keys(&keys, &e.h[A], CODE, share))
			assert_false(handshake_proves(&keys, e.keys[B].our_proof));
	}
}

static void
a_share_that_makes_any_secret_zero_is_refused(void **state)
{
	static const uint8_t zero[32];
	static const uint8_t one[32] = {1};
	struct ends e;
	struct handshake_keys keys;
	struct handshake_pair pair = {HANDSHAKE_A, {1}};
	(void)state;
	first(&e, CODE, CODE);
	assert_false(handshake_first_keys(&keys, &e.h[A], CODE, zero));
	later(&e, &pair, &pair);
	assert_false(handshake_later_keys(&keys, &e.h[A], &pair, zero));
	assert_false(handshake_later_keys(&keys, &e.h[A], &pair, one));
}

static void
what_two_ends_can_do_decides(void **state)
{
	enum { CAN = HANDSHAKE_CODE, KNOWS = HANDSHAKE_KNOWS, ANY = HANDSHAKE_ANY };
	enum { MADE = HANDSHAKE_CODE | HANDSHAKE_MADE };
	static const struct {
		unsigned we, they;
		enum handshake_kind kind;
	} cases[] = {
		{CAN, CAN, HANDSHAKE_FIRST},
		{CAN, MADE, HANDSHAKE_FIRST},
		{MADE, MADE, HANDSHAKE_BOTH_MADE},
		{CAN, KNOWS, HANDSHAKE_WE_FORGOT},
		{MADE, KNOWS, HANDSHAKE_WE_FORGOT},
		{KNOWS, CAN, HANDSHAKE_THEY_FORGOT},
		{CAN, ANY, HANDSHAKE_WE_ARE_STRANGE},
		{ANY, CAN, HANDSHAKE_THEY_ARE_STRANGE},
		{KNOWS, KNOWS, HANDSHAKE_LATER},
		{KNOWS, ANY, HANDSHAKE_LATER},
		{ANY, KNOWS, HANDSHAKE_LATER},
		{ANY, ANY, HANDSHAKE_BOTH_ANY},
		/* A first meeting that was cut off: one end, or both, may have stored it. */
		{KNOWS | CAN, CAN, HANDSHAKE_FIRST},
		{KNOWS | CAN, KNOWS, HANDSHAKE_LATER},
		{KNOWS | CAN, ANY, HANDSHAKE_LATER},
		{KNOWS | CAN, KNOWS | CAN, HANDSHAKE_FIRST},
		{KNOWS | MADE, KNOWS | MADE, HANDSHAKE_BOTH_MADE},
		{CAN, 0, HANDSHAKE_ALIEN},
		{CAN, ANY | CAN, HANDSHAKE_ALIEN},
		{CAN, ANY | KNOWS, HANDSHAKE_ALIEN},
		{CAN, HANDSHAKE_MADE, HANDSHAKE_ALIEN},
		{CAN, HANDSHAKE_MADE | KNOWS, HANDSHAKE_ALIEN},
		{CAN, 16 | CAN, HANDSHAKE_ALIEN},
		{CAN, 128, HANDSHAKE_ALIEN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ends e;
		greet(&e, cases[i].we, cases[i].they, 32, 0);
		assert_int_equal(handshake_judge(&e.h[A], e.h[B].ours), cases[i].kind);
	}
}

static void
other_hellos_are_refused(void **state)
{
	struct ends e;
	(void)state;
	greet(&e, HANDSHAKE_CODE, HANDSHAKE_CODE, 32, 0);
	assert_int_equal(handshake_judge(&e.h[A], e.h[A].ours), HANDSHAKE_MIRROR);
	e.h[B].ours[6]++;
	assert_int_equal(handshake_judge(&e.h[A], e.h[B].ours), HANDSHAKE_OTHER_VERSION);
	e.h[B].ours[0] ^= 1;
	assert_int_equal(handshake_judge(&e.h[A], e.h[B].ours), HANDSHAKE_ALIEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_meeting_is_that_of_the_vectors),
		cmocka_unit_test(a_later_meeting_is_that_of_the_vectors),
		cmocka_unit_test(another_code_gives_other_keys),
		cmocka_unit_test(another_key_gives_other_keys),
		cmocka_unit_test(nobody_meets_himself),
		cmocka_unit_test(a_proof_is_of_one_end_and_of_one_session),
		cmocka_unit_test(every_bit_that_was_said_counts),
		cmocka_unit_test(a_share_that_makes_any_secret_zero_is_refused),
		cmocka_unit_test(what_two_ends_can_do_decides),
		cmocka_unit_test(other_hellos_are_refused),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
