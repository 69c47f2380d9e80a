#include "bt/sdp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

/* Shorthands for data elements (Core Specification, Vol 3, Part B, 3.2 and 3.3). */
#define SEQ(n) 0x35, (n)
#define CHOICE(n) 0x3d, (n)
#define UINT8(v) 0x08, (v)
#define ID(high, low) 0x09, (high), (low)
#define UUID16(high, low) 0x19, (high), (low)
#define TEXT(n) 0x25, (n)

/* The Serial Port record of the Serial Port Profile's section 6.1, with channel 5. */
#define CLASSES ID(0, 1), SEQ(3), UUID16(0x11, 0x01)
#define PROTOCOLS ID(0, 4), SEQ(12), SEQ(3), UUID16(0x01, 0x00), SEQ(5), UUID16(0, 3), UINT8(5)
#define NAME ID(1, 0), TEXT(4), 'C', 'O', 'M', '5'
#define RECORD SEQ(34), CLASSES, PROTOCOLS, NAME

static struct sdp_service found[4];

static int
services(const uint8_t *list, size_t len)
{
	/* A copy of exactly its size, so that a sanitizer notices a read behind its end. */
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, list, len);
	int count = sdp_services(copy, len, found, 4);
	free(copy);
	return count;
}

static void
assert_class(int i, const char *expected)
{
	char text[UUID_TEXT];
	uuid_format(&found[i].class, text);
	assert_string_equal(text, expected);
}

static void
a_serial_port_is_found(void **state)
{
	(void)state;
	static const uint8_t list[] = {SEQ(36), RECORD};
	assert_int_equal(services(list, sizeof list), 1);
	assert_int_equal(found[0].channel, 5);
	assert_class(0, "0x1101");
	assert_string_equal(found[0].name, "COM5");
	assert_int_equal(found[0].name_len, 4);
}

static void
every_record_is_found_up_to_the_room_there_is(void **state)
{
	(void)state;
	static const uint8_t list[] = {SEQ(36 * 5), RECORD, RECORD, RECORD, RECORD, RECORD};
	assert_int_equal(services(list, sizeof list), 4);
}

static void
a_record_without_a_channel_is_passed_over(void **state)
{
	(void)state;
	static const uint8_t list[] = {SEQ(48), SEQ(10), CLASSES, 0x00, 0x00, RECORD};
	assert_int_equal(services(list, sizeof list), 1);
	assert_string_equal(found[0].name, "COM5");
}

static void
long_uuids_and_long_lengths_are_read(void **state)
{
	(void)state;
	static const uint8_t list[] = {0x37, 0, 0, 0, 65, 0x36, 0, 59, ID(0, 1), SEQ(17), 0x1c,
		0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4, 5, 6, 7, 8, ID(0, 4),
		SEQ(14), SEQ(3), UUID16(1, 0), SEQ(7), 0x1a, 0, 0, 0, 3, UINT8(30), 0x0a, 0, 0, 1,
		0, 0x26, 0, 7, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 0, 0, 0, 0, 0};
	assert_int_equal(services(list, sizeof list), 0); /* the list claims more than there is */
	uint8_t fitting[sizeof list];
	memcpy(fitting, list, sizeof list);
	fitting[4] = sizeof list - 5;
	fitting[7] = sizeof list - 8;
	assert_int_equal(services(fitting, sizeof fitting), 1);
	assert_class(0, "12345678-9abc-def0-0102-030405060708");
	assert_int_equal(found[0].channel, 30);
	assert_string_equal(found[0].name, "abcdefg");
}

static void
a_choice_of_protocol_stacks_is_searched(void **state)
{
	(void)state;
	static const uint8_t list[] = {SEQ(28), SEQ(26), ID(0, 4), CHOICE(21), SEQ(5), SEQ(3),
		UUID16(1, 0), SEQ(12), SEQ(3), UUID16(1, 0), SEQ(5), UUID16(0, 3), UINT8(9)};
	assert_int_equal(services(list, sizeof list), 1);
	assert_int_equal(found[0].channel, 9);
}

static void
a_channel_that_cannot_be_is_none(void **state)
{
	(void)state;
	uint8_t list[] = {SEQ(19), SEQ(17), PROTOCOLS};
	uint8_t *channel = list + sizeof list - 1;
	static const uint8_t wrong[] = {0, 31, 255};
	for (size_t i = 0; i < sizeof wrong; i++) {
		*channel = wrong[i];
		assert_int_equal(services(list, sizeof list), 0);
	}
	*channel = 1;
	assert_int_equal(services(list, sizeof list), 1);
	channel[-1] = 0x10; /* signed */
	assert_int_equal(services(list, sizeof list), 0);
}

static void
a_name_ends_at_its_nul(void **state)
{
	(void)state;
	uint8_t list[] = {SEQ(36), RECORD};
	list[sizeof list - 2] = '\0';
	assert_int_equal(services(list, sizeof list), 1);
	assert_string_equal(found[0].name, "CO");
}

static void
a_list_cut_short_anywhere_harms_nobody(void **state)
{
	(void)state;
	static const uint8_t list[] = {SEQ(72), RECORD, RECORD};
	for (size_t len = 0; len < sizeof list; len++)
		assert_int_equal(services(list, len), 0);
}

static void
absurd_lengths_harm_nobody(void **state)
{
	(void)state;
	uint8_t list[] = {SEQ(36), RECORD};
	for (size_t i = 0; i < sizeof list; i++)
		for (int value = 0; value < 256; value++) {
			uint8_t before = list[i];
			list[i] = (uint8_t)value;
			services(list, sizeof list);
			list[i] = before;
		}
	assert_int_equal(services(list, sizeof list), 1);
}

static void
nesting_costs_nothing(void **state)
{
	(void)state;
	enum { SIZE = 1 << 20 };
	uint8_t *deep = malloc(SIZE);
	for (size_t at = 0; at + 5 <= SIZE; at += 5) {
		size_t rest = SIZE - at - 5;
		deep[at] = 0x37;
		for (int i = 0; i < 4; i++)
			deep[at + 1 + (size_t)i] = (uint8_t)(rest >> (24 - 8 * i));
	}
	assert_int_equal(sdp_services(deep, SIZE, found, 4), 0);
	free(deep);
}

static void
the_request_is_what_the_specification_says(void **state)
{
	(void)state;
	static const uint8_t expected[] = {6, 0x12, 0x34, 0, 19, SEQ(3), UUID16(0x11, 0x01), 0xff,
		0xff, SEQ(9), ID(0, 1), ID(0, 4), ID(1, 0), 0};
	const struct uuid uuid = uuid_short(UUID_SERIAL_PORT);
	struct sdp_more more = {0};
	uint8_t pdu[SDP_REQUEST_MAX];
	assert_int_equal(sdp_request(pdu, 0x1234, &uuid, &more), sizeof expected);
	assert_memory_equal(pdu, expected, sizeof expected);
}

static void
the_longest_request_fits(void **state)
{
	(void)state;
	struct uuid uuid;
	struct sdp_more more = {.len = SDP_MORE_MAX};
	uint8_t pdu[SDP_REQUEST_MAX];
	memset(&uuid, 0xab, sizeof uuid);
	memset(more.byte, 0xcd, sizeof more.byte);
	size_t len = sdp_request(pdu, 1, &uuid, &more);
	assert_true(len <= SDP_REQUEST_MAX);
	assert_int_equal(pdu[4], len - 5);
	assert_int_equal(pdu[7], 0x1c);
	assert_memory_equal(pdu + 8, &uuid, 16);
	assert_int_equal(pdu[len - 17], SDP_MORE_MAX);
	assert_int_equal(pdu[len - 1], 0xcd);
}

static void
a_uuid_of_32_bits_is_asked_for_as_such(void **state)
{
	(void)state;
	static const uint8_t expected[] = {SEQ(5), 0x1a, 0xde, 0xad, 0xbe, 0xef};
	const struct uuid uuid = uuid_short(0xdeadbeef);
	struct sdp_more more = {0};
	uint8_t pdu[SDP_REQUEST_MAX];
	sdp_request(pdu, 1, &uuid, &more);
	assert_memory_equal(pdu + 5, expected, sizeof expected);
}

static void
an_answer_is_taken_apart(void **state)
{
	(void)state;
	static const uint8_t pdu[] = {7, 0, 9, 0, 9, 0, 3, 'a', 'b', 'c', 3, 1, 2, 3};
	const uint8_t *piece;
	size_t len;
	struct sdp_more more;
	assert_true(sdp_answer(pdu, sizeof pdu, 9, &piece, &len, &more));
	assert_int_equal(len, 3);
	assert_memory_equal(piece, "abc", 3);
	assert_int_equal(more.len, 3);
	assert_memory_equal(more.byte, "\1\2\3", 3);
	for (size_t cut = 0; cut < sizeof pdu; cut++)
		assert_false(sdp_answer(pdu, cut, 9, &piece, &len, &more));
}

static void
no_answer_to_us_is_refused(void **state)
{
	(void)state;
	static const uint8_t of_another[] = {7, 0, 8, 0, 3, 0, 0, 0};
	static const uint8_t error[] = {1, 0, 9, 0, 2, 0, 3, 0};
	static const uint8_t too_long_a_state[] = {7, 0, 9, 0, 20, 0, 0, 17, 1, 2, 3, 4, 5, 6, 7, 8,
		9, 10, 11, 12, 13, 14, 15, 16, 17};
	const uint8_t *piece;
	size_t len;
	struct sdp_more more;
	assert_false(sdp_answer(of_another, sizeof of_another, 9, &piece, &len, &more));
	assert_false(sdp_answer(error, sizeof error, 9, &piece, &len, &more));
	assert_false(sdp_answer(too_long_a_state, sizeof too_long_a_state, 9, &piece, &len, &more));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_serial_port_is_found),
		cmocka_unit_test(every_record_is_found_up_to_the_room_there_is),
		cmocka_unit_test(a_record_without_a_channel_is_passed_over),
		cmocka_unit_test(long_uuids_and_long_lengths_are_read),
		cmocka_unit_test(a_choice_of_protocol_stacks_is_searched),
		cmocka_unit_test(a_channel_that_cannot_be_is_none),
		cmocka_unit_test(a_name_ends_at_its_nul),
		cmocka_unit_test(a_list_cut_short_anywhere_harms_nobody),
		cmocka_unit_test(absurd_lengths_harm_nobody),
		cmocka_unit_test(nesting_costs_nothing),
		cmocka_unit_test(the_request_is_what_the_specification_says),
		cmocka_unit_test(the_longest_request_fits),
		cmocka_unit_test(a_uuid_of_32_bits_is_asked_for_as_such),
		cmocka_unit_test(an_answer_is_taken_apart),
		cmocka_unit_test(no_answer_to_us_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
