/* Sealed records: vectors of another implementation (tests/rfseal.py), and what is not taken. */
#include "base/seal.h"

#include "vectors.inc"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static uint8_t data[SEAL_DATA_MAX];
static struct seal_record record;

/* The state of a sender, or a receiver, at the start of the vectors' direction. */
static struct seal
start(void)
{
	struct seal seal;
	uint8_t header[SEAL_HEADER];
	for (int i = 0; i < SEAL_HEADER; i++)
		header[i] = (uint8_t)(200 + i);
	seal_receiving(&seal, header, first_seal_a, true);
	return seal;
}

static void
records_are_those_of_the_vectors(void **state)
{
	uint8_t out[sizeof sealed];
	uint8_t many[200];
	size_t used = 0;
	struct seal seal = start();
	(void)state;
	memset(many, 'x', sizeof many);
	used += seal_word(&seal, out + used, SEAL_REMEMBERED, 0);
	used += seal_data(&seal, out + used, (const uint8_t *)"hello\n", 6);
	used += seal_data(&seal, out + used, many, sizeof many);
	used += seal_word(&seal, out + used, SEAL_END, 0);
	used += seal_word(&seal, out + used, SEAL_TAKEN, 0x0102030405060708);
	used += seal_word(&seal, out + used, SEAL_FINAL, 0);
	assert_int_equal(used, sizeof sealed);
	assert_memory_equal(out, sealed, sizeof sealed);
}

/* What the vectors' records hold, of which the first len bytes have come. Returns how many there
 * are; *forged: the bytes after them were no record. */
static int
open_all(const uint8_t *in, size_t len, bool *forged)
{
	static const enum seal_kind kinds[] = {SEAL_REMEMBERED, SEAL_DATA, SEAL_DATA, SEAL_END,
		SEAL_TAKEN, SEAL_FINAL, SEAL_SHORT};
	struct seal seal = start();
	int count = 0;
	for (;; count++) {
		enum seal_kind kind = seal_open(&seal, &record, data, in, len);
		*forged = kind == SEAL_FORGED;
		if (*forged || kind == SEAL_SHORT)
			return count;
		assert_int_equal(kind, kinds[count]);
		if (count == 1)
			assert_true(record.len == 6 && memcmp(data, "hello\n", 6) == 0);
		if (count == 2)
			assert_true(record.len == 200 && data[0] == 'x' && data[199] == 'x');
		if (count == 4)
			assert_true(record.taken == 0x0102030405060708);
		in += record.used;
		len -= record.used;
	}
}

static void
records_open_to_what_was_sealed(void **state)
{
	bool forged;
	(void)state;
	assert_int_equal(open_all(sealed, sizeof sealed, &forged), 6);
	assert_false(forged);
}

static void
no_bit_can_be_changed(void **state)
{
	uint8_t bad[sizeof sealed + 1];
	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
		bool forged;
		memcpy(bad, sealed, sizeof sealed);
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* One that says that it is longer than all that comes is still awaited. */
		assert_true(open_all(bad, sizeof sealed, &forged) < 6);
	}
}

static void
a_cut_at_any_byte_is_not_the_end(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof sealed; len++) {
		bool forged;
		assert_true(open_all(sealed, len, &forged) < 6);
		assert_false(forged);
	}
}

static void
nothing_can_be_left_out_repeated_or_moved(void **state)
{
	struct seal seal = start();
	uint8_t out[2][SEAL_WORD_MAX];
	(void)state;
	struct seal sender = start();
	size_t first = seal_word(&sender, out[0], SEAL_REMEMBERED, 0);
	size_t second = seal_data(&sender, out[1], (const uint8_t *)"x", 1);
	assert_int_equal(seal_open(&seal, &record, data, out[1], second), SEAL_FORGED);
	seal = start();
	assert_int_equal(seal_open(&seal, &record, data, out[0], first), SEAL_REMEMBERED);
	struct seal again = seal;
	assert_int_equal(seal_open(&again, &record, data, out[0], first), SEAL_FORGED);
	assert_int_equal(seal_open(&seal, &record, data, out[1], second), SEAL_DATA);
}

/* Of a sender that has the key and does what it likes. */
static enum seal_kind
after(int count, const enum seal_kind *kinds, bool first)
{
	struct seal sender = start();
	struct seal receiver = start();
	enum seal_kind kind = SEAL_SHORT;
	receiver.next = first ? SEAL_REMEMBERED : SEAL_DATA;
	for (int i = 0; i < count; i++) {
		uint8_t out[SEAL_WORD_MAX];
		size_t len = kinds[i] == SEAL_DATA ? seal_data(&sender, out, out, 1)
						   : seal_word(&sender, out, kinds[i], 1);
		kind = seal_open(&receiver, &record, data, out, len);
	}
	return kind;
}

#define AFTER(first, ...) \
	after(sizeof((enum seal_kind[]){__VA_ARGS__}) / sizeof(enum seal_kind), \
		(const enum seal_kind[]){__VA_ARGS__}, first)

static void
the_order_is_kept(void **state)
{
	(void)state;
	assert_int_equal(AFTER(true, SEAL_REMEMBERED, SEAL_DATA), SEAL_DATA);
	assert_int_equal(AFTER(true, SEAL_REMEMBERED, SEAL_END), SEAL_END);
	assert_int_equal(AFTER(true, SEAL_DATA), SEAL_FORGED);
	assert_int_equal(AFTER(true, SEAL_END), SEAL_FORGED);
	assert_int_equal(AFTER(true, SEAL_REMEMBERED, SEAL_REMEMBERED), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_REMEMBERED), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_DATA, SEAL_DATA, SEAL_END), SEAL_END);
	assert_int_equal(AFTER(false, SEAL_DATA, SEAL_TAKEN), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_DATA, SEAL_FINAL), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_DATA), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_END), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_FINAL), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_TAKEN, SEAL_TAKEN), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_TAKEN, SEAL_FINAL), SEAL_FINAL);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_TAKEN, SEAL_FINAL, SEAL_FINAL), SEAL_FORGED);
	assert_int_equal(AFTER(false, SEAL_END, SEAL_TAKEN, SEAL_FINAL, SEAL_DATA), SEAL_FORGED);
}

/* What has the sender's key, but is none of the records. */
static void
other_records_are_refused(void **state)
{
	static const struct {
		const char *plain;
		size_t len;
		unsigned tag;
	} bad[] = {
		{"", 0, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE},
		{"", 0, crypto_secretstream_xchacha20poly1305_TAG_PUSH},
		{"\2\2", 2, crypto_secretstream_xchacha20poly1305_TAG_PUSH},
		{"\1", 1, crypto_secretstream_xchacha20poly1305_TAG_PUSH},
		{"\4", 1, crypto_secretstream_xchacha20poly1305_TAG_PUSH},
		{"\3", 1, crypto_secretstream_xchacha20poly1305_TAG_PUSH},
		{"x", 1, crypto_secretstream_xchacha20poly1305_TAG_REKEY},
		{"x", 1, crypto_secretstream_xchacha20poly1305_TAG_FINAL},
		{"x", 1, 4},
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct seal sender = start();
		struct seal receiver = start();
		uint8_t out[64] = {0, (uint8_t)(bad[i].len + SEAL_OVERHEAD - 2)};
		uint8_t plain[2] = {0};
		memcpy(plain, bad[i].plain, bad[i].len);
		receiver.next = bad[i].tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL
					? SEAL_FINAL
					: SEAL_DATA;
		crypto_secretstream_xchacha20poly1305_push(&sender.state, out + 2, NULL, plain,
			bad[i].len, out, 2, (uint8_t)bad[i].tag);
		assert_int_equal(
			seal_open(&receiver, &record, data, out, 2U + out[1]), SEAL_FORGED);
	}
}

static void
the_largest_record_opens_and_a_larger_one_does_not(void **state)
{
	static uint8_t plain[SEAL_DATA_MAX + 1];
	static uint8_t out[sizeof plain + SEAL_OVERHEAD];
	struct seal sender = start();
	struct seal receiver = start();
	(void)state;
	sender.next = receiver.next = SEAL_DATA;
	size_t len = seal_data(&sender, out, plain, SEAL_DATA_MAX);
	assert_int_equal(len, SEAL_RECORD_MAX);
	assert_int_equal(seal_open(&receiver, &record, data, out, len - 1), SEAL_SHORT);
	assert_int_equal(seal_open(&receiver, &record, data, out, len), SEAL_DATA);
	assert_int_equal(record.len, SEAL_DATA_MAX);
	len = seal_data(&sender, out, plain, SEAL_DATA_MAX + 1);
	/* It is refused by its length alone, before the rest has come. */
	assert_int_equal(seal_open(&receiver, &record, data, out, 2), SEAL_FORGED);
	assert_int_equal(seal_open(&receiver, &record, data, out, len), SEAL_FORGED);
	out[0] = 0;
	out[1] = SEAL_OVERHEAD - 2 - 1;
	assert_int_equal(seal_open(&receiver, &record, data, out, 2), SEAL_FORGED);
	assert_int_equal(seal_open(&receiver, &record, data, out, 1), SEAL_SHORT);
}

static void
a_random_header_works_and_another_key_does_not(void **state)
{
	uint8_t header[SEAL_HEADER];
	uint8_t out[SEAL_WORD_MAX];
	struct seal sender;
	struct seal receiver;
	(void)state;
	seal_sending(&sender, header, first_seal_a, false);
	size_t len = seal_word(&sender, out, SEAL_END, 0);
	seal_receiving(&receiver, header, first_seal_b, false);
	assert_int_equal(seal_open(&receiver, &record, data, out, len), SEAL_FORGED);
	seal_receiving(&receiver, header, first_seal_a, false);
	assert_int_equal(seal_open(&receiver, &record, data, out, len), SEAL_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_those_of_the_vectors),
		cmocka_unit_test(records_open_to_what_was_sealed),
		cmocka_unit_test(no_bit_can_be_changed),
		cmocka_unit_test(a_cut_at_any_byte_is_not_the_end),
		cmocka_unit_test(nothing_can_be_left_out_repeated_or_moved),
		cmocka_unit_test(the_order_is_kept),
		cmocka_unit_test(other_records_are_refused),
		cmocka_unit_test(the_largest_record_opens_and_a_larger_one_does_not),
		cmocka_unit_test(a_random_header_works_and_another_key_does_not),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
