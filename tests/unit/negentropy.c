#include "chat/lineid.h"
#include "chat/negentropy.h"
#include "chat/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

enum { MESSAGE_MAX = 1 << 18 };

/* Two ends with some of the lines "line 0" to "line N-1" each, and the results of the messages. */
struct end {
	struct lineset set;
	struct negentropy n;
	size_t have, need;
};

struct talk {
	struct end client, server;
	size_t messages, bytes;
	crypto_hash_sha256_state digest; /* of all messages */
	uint8_t message[2][MESSAGE_MAX];
};

static void
on_have(void *arg, struct line_item *item)
{
	struct end *end = arg;
	if (line_state(item) == LINE_KEPT) {
		end->have++;
		lineset_mark(&end->set, item, LINE_LACKED);
	}
}

static void
on_need(void *arg, const uint8_t *hash)
{
	struct end *end = arg;
	end->need += hash != NULL;
}

enum spread { TIMELESS, EACH_SECOND, TEN_A_SECOND };

static struct line_key
key_of(unsigned i, enum spread spread)
{
	struct line_key key;
	char line[32];
	lineid_key(&key, line, (size_t)snprintf(line, sizeof line, "line %u", i));
	if (spread != TIMELESS)
		line_set_second(&key, 1700000000 + (spread == EACH_SECOND ? i : i / 10));
	return key;
}

static void
add(struct end *end, unsigned i, enum spread spread)
{
	struct line_key key = key_of(i, spread);
	assert_int_equal(lineset_append(&end->set, &key, (struct line_place){i, 0}), 0);
}

static struct talk *
begin(bool pushes)
{
	static struct talk t;
	lineset_clear(&t.client.set);
	lineset_clear(&t.server.set);
	memset(&t, 0, sizeof t);
	t.client.n = (struct negentropy){&t.client.set, true, pushes, on_have, on_need, &t.client};
	t.server.n = (struct negentropy){&t.server.set, false, pushes, on_have, on_need, &t.server};
	crypto_hash_sha256_init(&t.digest);
	return &t;
}

static void
count_message(struct talk *t, const uint8_t *message, size_t len)
{
	crypto_hash_sha256_update(&t->digest, message, len);
	t->messages++;
	t->bytes += len;
}

static void
reconcile(struct talk *t, size_t size)
{
	uint8_t *query = t->message[0], *answer = t->message[1];
	lineset_sort(&t->client.set);
	lineset_sort(&t->server.set);
	size_t len = negentropy_first(&t->client.n, query);
	assert_true(len <= NEGENTROPY_MIN);
	for (;;) {
		count_message(t, query, len);
		ssize_t n = negentropy_answer(&t->server.n, query, len, answer, size);
		assert_true(n >= 1 && (size_t)n <= size);
		count_message(t, answer, (size_t)n);
		n = negentropy_answer(&t->client.n, answer, (size_t)n, query, size);
		assert_true(n >= 0 && (size_t)n <= size);
		if (n == 0)
			return;
		len = (size_t)n;
		assert_true(t->messages < 10000);
	}
}

/* Conversations of the reference implementation (js/Negentropy.js) with itself: the SHA-256 of all
 * messages. The client lacks each line i where i % client is 1 % client, the server where i %
 * server is 2 % server; 0: none. */
static const struct vector {
	unsigned lines;
	enum spread spread;
	unsigned client, server;
	size_t have, need, messages, bytes;
	const char *digest;
} vectors[] = {
	{0, 0, 0, 0, 0, 0, 2, 10,
		"887614dc3c68c1cc2649c7821305018918ed9a2e1540bdca72364a875ee8be8b"},
	{1, 0, 1, 0, 0, 1, 2, 42,
		"0d05a81f5969677a944b87c6c008a7c15a5adab59c594c2f27121c1bc3c76795"},
	{10, 1, 1, 0, 0, 10, 2, 330,
		"6bc025eff38a52a2ce9da8568b6dd951b254a8efc617fc5d78157177b11bfac2"},
	{10, 1, 0, 1, 10, 0, 2, 330,
		"1bb8217a5c7efa72b52b8b9af9ce739769ef3fe4e4f41551ee0a5992a7f0c7dc"},
	{31, 1, 0, 0, 0, 0, 2, 1994,
		"11f37e4ebc3e8ec95c72e3d9c2be35b8d8b5114e1628d85e94afd207ff56fc24"},
	{32, 1, 0, 0, 0, 0, 2, 310,
		"82a8393768a6522bb74bd356d7cdd1d42275a5b91a30e8b9245934943391d332"},
	{33, 0, 0, 0, 0, 0, 2, 324,
		"298265a5b5f603f74d4e16258cb7eff303754b658ba24c18935d9b79908a6699"},
	{33, 0, 5, 7, 4, 6, 2, 1738,
		"36ebf3f7a68474cd1a9f4c8af64dc65160beaf2b74d61f6aca408ddbe5bd7aab"},
	{64, 2, 3, 0, 0, 21, 2, 2031,
		"8892651592d1376008e9fa8899ffaeae708c9fa6c73523b7adddf01f37c7a615"},
	{1000, 0, 10, 7, 129, 86, 4, 40813,
		"9733bf10a8ed227bd541381e1ca38a8b4178e40041ea3b400a81834fba95cc86"},
	{1000, 2, 10, 7, 129, 86, 4, 42335,
		"bbb656e2c3cf4c009a47e86c5f62b5a3a62c785c0bd3df44cc820e06fb28d111"},
	{1000, 1, 2, 3, 167, 334, 4, 42500,
		"44cfb1fa50a598943cae6c0eb43f12f96660134e55d71611d8fa5c9849851b6a"},
	{2000, 1, 1, 0, 0, 2000, 2, 64011,
		"52e7b471bea9b9e29684ca5f707cbe5f1013a13f8c2c5be4d23b0d2949087f5f"},
	{2000, 0, 0, 1, 2000, 0, 2, 426,
		"73a8e85e4c64b4ce778305092c6b19e47675b10ad40acb0b171affa45ca5f6e7"},
	{5000, 1, 100, 77, 65, 50, 4, 131478,
		"6a0ae05945b5d99c66ebe3f9ae8736b06ddd3c32bb4d8b641b2a842fbca51675"},
	{100000, 2, 5000, 3333, 30, 19, 4, 52087,
		"c53f9d7e6f8ffff918eb52d7f55e8319cbb90d1e3763e215dc99fae4506fd5a6"},
};

static void
check_vector(const struct vector *v)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof hash + 1];
	struct talk *t = begin(false);
	for (unsigned i = 0; i < v->lines; i++) {
		if (!v->client || i % v->client != 1 % v->client)
			add(&t->client, i, v->spread);
		if (!v->server || i % v->server != 2 % v->server)
			add(&t->server, i, v->spread);
	}
	reconcile(t, MESSAGE_MAX);
	assert_int_equal(t->client.have, v->have);
	assert_int_equal(t->client.need, v->need);
	assert_int_equal(t->messages, v->messages);
	assert_int_equal(t->bytes, v->bytes);
	crypto_hash_sha256_final(&t->digest, hash);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	assert_string_equal(hex, v->digest);
}

static void
it_says_the_same_as_the_reference_implementation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		check_vector(&vectors[i]);
}

static void
the_first_message_is_as_the_specification_says(void **state)
{
	(void)state;
	static const uint8_t empty[] = {0x61, 0, 0, 2, 0};
	uint8_t out[NEGENTROPY_MIN];
	struct talk *t = begin(false);
	assert_int_equal(negentropy_first(&t->client.n, out), sizeof empty);
	assert_memory_equal(out, empty, sizeof empty);
}

/* Pseudo-random, the same in each run. */
static unsigned
draw(unsigned below)
{
	static uint64_t seed = 1;
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % below;
}

/* Each end finds exactly those of its lines that the other lacks, with messages of any size. */
static void
check_push(unsigned lines, unsigned one_in, enum spread spread, size_t size)
{
	struct talk *t = begin(true);
	size_t only_client = 0, only_server = 0;
	for (unsigned i = 0; i < lines; i++) {
		unsigned lacking = draw(one_in);
		if (lacking != 0)
			add(&t->client, i, spread);
		if (lacking != 1)
			add(&t->server, i, spread);
		only_client += lacking == 1;
		only_server += lacking == 0;
	}
	reconcile(t, size);
	assert_int_equal(t->client.have, only_client);
	assert_int_equal(t->server.have, only_server);
}

static void
both_ends_learn_what_the_other_lacks(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		enum spread spread = (enum spread)(round % 3);
		check_push(1 + draw(200), 2 + draw(4), spread, NEGENTROPY_MIN);
		check_push(1 + draw(5000), 2 + draw(1000), spread, NEGENTROPY_MIN + draw(5000));
		check_push(1 + draw(5000), 2 + draw(10), spread, 65536);
	}
	check_push(60000, 2, TEN_A_SECOND, 65536);
	check_push(60000, 2, TIMELESS, NEGENTROPY_MIN);
}

static void
nothing_is_listed_for_an_end_that_has_nothing(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct talk *t = begin(true);
		struct end *full = swapped ? &t->server : &t->client;
		for (unsigned i = 0; i < 20000; i++)
			add(full, i, EACH_SECOND);
		reconcile(t, 65536);
		assert_int_equal(full->have, 20000);
		assert_true(t->bytes < 600);
	}
}

static void
equal_ends_need_one_round_trip(void **state)
{
	(void)state;
	struct talk *t = begin(true);
	for (unsigned i = 0; i < 20000; i++) {
		add(&t->client, i, EACH_SECOND);
		add(&t->server, i, EACH_SECOND);
	}
	reconcile(t, 65536);
	assert_int_equal(t->messages, 2);
	assert_true(t->bytes < 500);
}

/* Answers of either end with 40 lines to messages that no end sends. */
static void
assert_refused(const uint8_t *message, size_t len)
{
	static uint8_t out[65536];
	for (int pushes = 0; pushes < 2; pushes++) {
		struct talk *t = begin(pushes);
		for (unsigned i = 0; i < 40; i++) {
			add(&t->client, i, EACH_SECOND);
			add(&t->server, i, EACH_SECOND);
		}
		lineset_sort(&t->client.set);
		lineset_sort(&t->server.set);
		assert_int_equal(
			negentropy_answer(&t->client.n, message, len, out, sizeof out), -1);
		assert_int_equal(
			negentropy_answer(&t->server.n, message, len, out, sizeof out), -1);
	}
}

static void
rubbish_is_refused(void **state)
{
	(void)state;
	static const uint8_t cases[][24] = {
		{1, 0}, /* no version; the first number is a length */
		{1, 0x50}, /* no length of the bound */
		{1, 0x70}, /* nor here */
		{2, 0x61, 0}, /* nor here */
		{2, 0x61, 0x80}, /* a number without an end */
		{3, 0x61, 0, 0}, /* no mode */
		{4, 0x61, 0, 0, 3}, /* no such mode */
		{4, 0x61, 0, 33, 0}, /* a bound of 33 bytes */
		{5, 0x61, 0, 2, 0, 0}, /* one that is not there */
		{5, 0x61, 0, 0, 1, 0}, /* a fingerprint that is not there */
		{5, 0x61, 0, 0, 2, 1}, /* a list that is not there */
		{6, 0x61, 0, 0, 2, 0x81, 0}, /* likewise */
		{7, 0x61, 0, 0, 2, 0xc0, 0x80, 0x00}, /* too long a list */
		{7, 0x61, 0, 0, 0, 0, 0, 0}, /* something behind infinity */
		{16, 0x61, 0x83, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0,
			0}, /* 66 bits */
		{16, 0x61, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 3, 0,
			0}, /* the sum has more than 64 bits */
	};
	static const uint8_t backwards[] = {0x61, 1, 2, 5, 5, 0, 1, 2, 5, 4, 0};
	assert_refused(NULL, 0);
	assert_refused(backwards, sizeof backwards);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_refused(cases[i] + 1, cases[i][0]);
}

static void
another_version_is_answered_by_ours(void **state)
{
	(void)state;
	static const uint8_t next[] = {0x62, 1, 2, 3};
	uint8_t out[NEGENTROPY_MIN];
	struct talk *t = begin(false);
	assert_int_equal(negentropy_answer(&t->server.n, next, sizeof next, out, sizeof out), 1);
	assert_int_equal(out[0], 0x61);
	assert_int_equal(negentropy_answer(&t->client.n, next, sizeof next, out, sizeof out), -1);
}

static void
numbers_come_back(void **state)
{
	(void)state;
	uint8_t text[VARINT_MAX];
	for (unsigned bits = 0; bits <= 64; bits++) {
		uint64_t value = bits == 0 ? 0 : UINT64_MAX >> (64 - bits), back;
		size_t len = varint_put(text, value);
		assert_int_equal(len, bits == 0 ? 1 : (bits + 6) / 7);
		assert_int_equal(varint_get(text, len, &back), len);
		assert_true(back == value);
		assert_int_equal(varint_get(text, len - 1, &back), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_the_same_as_the_reference_implementation),
		cmocka_unit_test(the_first_message_is_as_the_specification_says),
		cmocka_unit_test(both_ends_learn_what_the_other_lacks),
		cmocka_unit_test(nothing_is_listed_for_an_end_that_has_nothing),
		cmocka_unit_test(equal_ends_need_one_round_trip),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(another_version_is_answered_by_ours),
		cmocka_unit_test(numbers_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
