/* CPace: the vectors of draft-irtf-cfrg-cpace-21, appendix B.3 (ristretto255 and SHA-512). */
#include "base/cpace.h"

#include "hex.h"
#include "vectors.inc"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <cmocka.h>

#define SID "7e4b4791d6a8ef019b936c79fb7f2c57"
#define CI "6f630b425f726573706f6e6465720b415f696e69746961746f72"

static const char ya[] = "da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08";
static const char Ya[] = "d40fb265a7abeaee7939d91a585fe59f7053f982c296ec413c624c669308f87a";
static const char yb[] = "d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d";
static const char Yb[] = "08bcf6e9777a9c313a3db6daa510f2d398403319c2341bd506a92e672eb7e307";
static const char isk[] = "4c5469a16b2364c4b944ebc1a79e51d1674ad47db26e8718154f59faebfaa52d"
			  "8346f30aa58377117eb20d527f2cbc5c76381f7fd372e89df8239f87f2e02ed1";

/* The draft's inputs, as bytes. */
struct inputs {
	uint8_t sid[16], ci[26], ya[32], yb[32], Ya[32], Yb[32], isk[64];
	struct cpace cpace;
	struct cpace_message a, b;
};

static int
setup(void **state)
{
	static struct inputs in;
	in.cpace.password = (struct cpace_bytes){"Password", 8};
	in.cpace.session = (struct cpace_bytes){hex(in.sid, sizeof in.sid, SID), sizeof in.sid};
	in.cpace.channel = (struct cpace_bytes){hex(in.ci, sizeof in.ci, CI), sizeof in.ci};
	in.a = (struct cpace_message){hex(in.Ya, 32, Ya), {"ADa", 3}};
	in.b = (struct cpace_message){hex(in.Yb, 32, Yb), {"ADb", 3}};
	hex(in.ya, 32, ya);
	hex(in.yb, 32, yb);
	hex(in.isk, 64, isk);
	*state = &in;
	return sodium_init() < 0;
}

static void
shares_are_those_of_the_draft(void **state)
{
	struct inputs *in = *state;
	uint8_t share[CPACE_SHARE];
	assert_true(cpace_share(share, &in->cpace, in->ya));
	assert_memory_equal(share, in->Ya, 32);
	assert_true(cpace_share(share, &in->cpace, in->yb));
	assert_memory_equal(share, in->Yb, 32);
}

static void
both_ends_have_the_key_of_the_draft(void **state)
{
	struct inputs *in = *state;
	uint8_t key[CPACE_KEY];
	assert_true(cpace_key(key, &in->cpace, in->ya, &in->a, &in->b, true));
	assert_memory_equal(key, in->isk, 64);
	assert_true(cpace_key(key, &in->cpace, in->yb, &in->a, &in->b, false));
	assert_memory_equal(key, in->isk, 64);
}

static void
bits_beyond_the_group_do_not_count(void **state)
{
	struct inputs *in = *state;
	uint8_t share[CPACE_SHARE];
	in->ya[31] |= 0xf0;
	assert_true(cpace_share(share, &in->cpace, in->ya));
	assert_memory_equal(share, in->Ya, 32);
}

/* "Invalid inputs for scalar_mult_vfy": Y_i1, and the neutral element. */
static void
what_is_no_element_and_the_neutral_one_are_refused(void **state)
{
	static const char *const invalid[] = {
		"2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c",
		"0000000000000000000000000000000000000000000000000000000000000000",
	};
	struct inputs *in = *state;
	uint8_t key[CPACE_KEY];
	for (int i = 0; i < 2; i++) {
		uint8_t share[32];
		struct cpace_message bad = {hex(share, 32, invalid[i]), {"", 0}};
		assert_false(cpace_key(key, &in->cpace, in->ya, &in->a, &bad, true));
		assert_false(cpace_key(key, &in->cpace, in->yb, &bad, &in->b, false));
	}
}

/* "Test case for scalar_mult with valid inputs": the point is not shown, but its key is. */
static void
every_input_counts(void **state)
{
	struct inputs *in = *state;
	uint8_t key[CPACE_KEY];
	uint8_t share[CPACE_SHARE];
	struct cpace other = in->cpace;
	other.password.len--;
	assert_true(cpace_share(share, &other, in->ya));
	assert_memory_not_equal(share, in->Ya, 32);
	other = in->cpace;
	other.channel.len--;
	assert_true(cpace_share(share, &other, in->ya));
	assert_memory_not_equal(share, in->Ya, 32);
	other = in->cpace;
	other.session.len--;
	assert_true(cpace_share(share, &other, in->ya));
	assert_memory_not_equal(share, in->Ya, 32);

	struct cpace_message a = {in->Ya, {"ADA", 3}};
	assert_true(cpace_key(key, &in->cpace, in->ya, &a, &in->b, true));
	assert_memory_not_equal(key, in->isk, 64);
	assert_true(cpace_key(key, &in->cpace, in->ya, &in->b, &in->a, false));
	assert_memory_not_equal(key, in->isk, 64);
}

/* Lengths are LEB128, in one byte up to 127, and a long password needs no padding. Computed from
 * the draft's Python definitions by tests/rfseal.py. */
static void
a_long_password_is_no_special_case(void **state)
{
	struct inputs *in = *state;
	uint8_t share[CPACE_SHARE];
	char password[200];
	memset(password, 'x', sizeof password);
	in->cpace.password = (struct cpace_bytes){password, sizeof password};
	assert_true(cpace_share(share, &in->cpace, in->ya));
	assert_memory_equal(share, cpace_200, 32);
	in->cpace.password.len = 127;
	assert_true(cpace_share(share, &in->cpace, in->ya));
	assert_memory_equal(share, cpace_127, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(shares_are_those_of_the_draft, setup),
		cmocka_unit_test_setup(both_ends_have_the_key_of_the_draft, setup),
		cmocka_unit_test_setup(bits_beyond_the_group_do_not_count, setup),
		cmocka_unit_test_setup(what_is_no_element_and_the_neutral_one_are_refused, setup),
		cmocka_unit_test_setup(every_input_counts, setup),
		cmocka_unit_test_setup(a_long_password_is_no_special_case, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
