#include "bt/eir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bluetooth/hci.h>

/* Asserts that a response, completed with zeros to 240 bytes as the specification says, has this
 * name; NULL: none. */
static void
assert_name(const uint8_t *start, size_t len, const char *expected)
{
	uint8_t eir[EIR_LEN] = {0};
	size_t name_len = 0;
	memcpy(eir, start, len);
	const char *name = eir_name(eir, sizeof eir, &name_len);
	if (!expected) {
		assert_null(name);
		return;
	}
	assert_non_null(name);
	assert_int_equal(name_len, strlen(expected));
	assert_memory_equal(name, expected, name_len);
}

/* The first bytes of real devices' answers, as captured in BlueZ's unit/test-eir.c. */
static void
real_devices_have_names(void **state)
{
	(void)state;
	static const uint8_t macbook[] = {0x17, 0x09, 0x4d, 0x61, 0x72, 0x63, 0x65, 0x6c, 0xe2,
		0x80, 0x99, 0x73, 0x20, 0x4d, 0x61, 0x63, 0x42, 0x6f, 0x6f, 0x6b, 0x20, 0x41, 0x69,
		0x72, 0x11, 0x03, 0x12, 0x11, 0x0c, 0x11, 0x0a, 0x11, 0x1f, 0x11, 0x01, 0x11, 0x00,
		0x10, 0x0a, 0x11, 0x17, 0x11};
	static const uint8_t iphone[] = {0x14, 0x09, 0x4d, 0x61, 0x72, 0x63, 0x65, 0x6c, 0xe2, 0x80,
		0x99, 0x73, 0x20, 0x69, 0x50, 0x68, 0x6f, 0x6e, 0x65, 0x20, 0x35, 0x0f, 0x03, 0x00,
		0x12, 0x1f, 0x11, 0x2f, 0x11, 0x0a, 0x11, 0x0c, 0x11, 0x16, 0x11, 0x32, 0x11};
	assert_name(macbook, sizeof macbook, "Marcel\xe2\x80\x99s MacBook Air");
	assert_name(iphone, sizeof iphone, "Marcel\xe2\x80\x99s iPhone 5");
}

static void
the_name_may_come_late_or_shortened(void **state)
{
	(void)state;
	static const uint8_t late[] = {
		2, 0x0a, 4, 3, 0x03, 1, 0x11, 6, 0x09, 'a', 'l', 'i', 'c', 'e'};
	static const uint8_t shortened[] = {4, 0x08, 'a', 'l', 'i'};
	assert_name(late, sizeof late, "alice");
	assert_name(shortened, sizeof shortened, "ali");
}

static void
a_name_may_fill_all(void **state)
{
	(void)state;
	uint8_t eir[EIR_LEN];
	size_t len;
	memset(eir, 'x', sizeof eir);
	eir[0] = EIR_LEN - 1;
	eir[1] = 0x09;
	assert_ptr_equal(eir_name(eir, sizeof eir, &len), eir + 2);
	assert_int_equal(len, EIR_LEN - 2);
}

static void
wrong_lengths_are_no_names(void **state)
{
	(void)state;
	static const uint8_t ended[] = {0, 6, 0x09, 'a', 'l', 'i', 'c', 'e'};
	static const uint8_t past_all[] = {0xf0, 0x09, 'a'};
	static const uint8_t past_all_later[] = {2, 0x0a, 4, 0xff, 0x09, 'a'};
	assert_name(ended, sizeof ended, NULL);
	assert_name(past_all, sizeof past_all, NULL);
	assert_name(past_all_later, sizeof past_all_later, NULL);

	static const uint8_t cut[] = {6, 0x09, 'a', 'l', 'i', 'c', 'e'};
	size_t len;
	for (size_t i = 0; i < sizeof cut; i++)
		assert_null(eir_name(cut, i, &len));
	assert_non_null(eir_name(cut, sizeof cut, &len));
}

static void
an_empty_name_is_none(void **state)
{
	(void)state;
	static const uint8_t empty[] = {1, 0x09, 0};
	uint8_t event[1 + EXTENDED_INQUIRY_INFO_SIZE] = {1};
	struct peer peer;
	memcpy(event + 15, empty, sizeof empty);
	assert_true(eir_result(EVT_EXTENDED_INQUIRY_RESULT, event, sizeof event, 0, &peer));
	assert_false(peer.settled);
	assert_int_equal(peer.name_len, 0);
}

/* One result: address 06:05:04:03:02:01, repetition mode 1, class 0x5a020c, clock offset 0x1234. */
static const uint8_t with_rssi[] = {1, 1, 2, 3, 4, 5, 6, 1, 0, 0x0c, 0x02, 0x5a, 0x34, 0x12, 0xc4};
static const uint8_t without_rssi[] = {1, 1, 2, 3, 4, 5, 6, 1, 0, 0, 0x0c, 0x02, 0x5a, 0x34, 0x12};

static void
assert_result(int event, const uint8_t *parameters, size_t len, int rssi)
{
	struct peer peer;
	char addr[18];
	assert_true(eir_result(event, parameters, len, 0, &peer));
	ba2str(&peer.addr, addr);
	assert_string_equal(addr, "06:05:04:03:02:01");
	assert_int_equal(peer.class, 0x5a020c);
	assert_int_equal(peer.page_mode, 1);
	assert_int_equal(peer.clock, 0x9234);
	assert_int_equal(peer.rssi, rssi);
	assert_true(peer.seen);
}

static void
all_three_events_are_read(void **state)
{
	(void)state;
	uint8_t extended[1 + EXTENDED_INQUIRY_INFO_SIZE] = {0};
	memcpy(extended, with_rssi, sizeof with_rssi);
	memcpy(extended + 15, "\4\11bob", 5);
	assert_result(EVT_INQUIRY_RESULT, without_rssi, sizeof without_rssi, PEER_NO_RSSI);
	assert_result(EVT_INQUIRY_RESULT_WITH_RSSI, with_rssi, sizeof with_rssi, -60);
	assert_result(EVT_EXTENDED_INQUIRY_RESULT, extended, sizeof extended, -60);

	struct peer peer;
	eir_result(EVT_EXTENDED_INQUIRY_RESULT, extended, sizeof extended, 0, &peer);
	assert_string_equal(peer.name, "bob");
	assert_true(peer.settled);
}

static void
a_count_without_the_bytes_is_refused(void **state)
{
	(void)state;
	struct peer peer;
	uint8_t many[sizeof with_rssi];
	memcpy(many, with_rssi, sizeof many);
	many[0] = 255;
	assert_true(eir_result(EVT_INQUIRY_RESULT_WITH_RSSI, many, sizeof many, 0, &peer));
	assert_false(eir_result(EVT_INQUIRY_RESULT_WITH_RSSI, many, sizeof many, 1, &peer));
	assert_false(eir_result(EVT_INQUIRY_RESULT_WITH_RSSI, many, sizeof many, 254, &peer));
	assert_false(eir_result(EVT_INQUIRY_RESULT_WITH_RSSI, many, sizeof many - 1, 0, &peer));
	assert_false(eir_result(EVT_INQUIRY_RESULT_WITH_RSSI, many, 0, 0, &peer));
	assert_false(eir_result(EVT_EXTENDED_INQUIRY_RESULT, many, sizeof many, 0, &peer));
	assert_false(eir_result(EVT_CMD_STATUS, many, sizeof many, 0, &peer));
	many[0] = 0;
	assert_false(eir_result(EVT_INQUIRY_RESULT_WITH_RSSI, many, sizeof many, 0, &peer));
}

static struct peers peers;

static struct peer
answer_of(int number, const char *name)
{
	struct peer peer = {
		.rssi = -50, .seen = true, .addr.b = {(uint8_t)number, (uint8_t)(number >> 8)}};
	peer_name(&peer, name, strlen(name));
	return peer;
}

static void
a_peer_is_told_once_and_with_its_name(void **state)
{
	(void)state;
	struct peer nameless = answer_of(1, "");
	struct peer named = answer_of(1, "alice");
	peers.count = 0;
	peers_see(&peers, &nameless);
	assert_null(peers_unreported(&peers, false));
	assert_non_null(peers_unreported(&peers, true));
	assert_non_null(peers_unsettled(&peers));
	peers_see(&peers, &named);
	peers_see(&peers, &nameless);
	assert_int_equal(peers.count, 1);
	struct peer *first = peers_unreported(&peers, false);
	assert_string_equal(first->name, "alice");
	assert_null(peers_unsettled(&peers));
	first->reported = true;
	peers_see(&peers, &named);
	assert_null(peers_unreported(&peers, true));
}

static void
what_is_only_remembered_is_not_told(void **state)
{
	(void)state;
	struct peer remembered = answer_of(1, "old");
	remembered.seen = false;
	peers.count = 0;
	peers_see(&peers, &remembered);
	assert_null(peers_unreported(&peers, true));
	assert_null(peers_unsettled(&peers));
}

static void
a_crowd_is_bounded(void **state)
{
	(void)state;
	peers.count = 0;
	for (int i = 0; i < PEERS_MAX; i++) {
		struct peer peer = answer_of(i, "");
		assert_non_null(peers_see(&peers, &peer));
	}
	struct peer one_more = answer_of(PEERS_MAX, "");
	assert_null(peers_see(&peers, &one_more));
	struct peer known = answer_of(7, "seven");
	assert_string_equal(peers_see(&peers, &known)->name, "seven");
}

static void
a_name_ends_at_a_nul_or_at_248_bytes(void **state)
{
	(void)state;
	char text[300];
	struct peer peer = {0};
	memset(text, 'x', sizeof text);
	peer_name(&peer, text, sizeof text);
	assert_int_equal(strlen(peer.name), PEER_NAME_MAX);
	peer_name(&peer, "ab\0cd", 5);
	assert_string_equal(peer.name, "ab");
	assert_int_equal(peer.name_len, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_devices_have_names),
		cmocka_unit_test(the_name_may_come_late_or_shortened),
		cmocka_unit_test(a_name_may_fill_all),
		cmocka_unit_test(wrong_lengths_are_no_names),
		cmocka_unit_test(an_empty_name_is_none),
		cmocka_unit_test(all_three_events_are_read),
		cmocka_unit_test(a_count_without_the_bytes_is_refused),
		cmocka_unit_test(a_peer_is_told_once_and_with_its_name),
		cmocka_unit_test(what_is_only_remembered_is_not_told),
		cmocka_unit_test(a_crowd_is_bounded),
		cmocka_unit_test(a_name_ends_at_a_nul_or_at_248_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
