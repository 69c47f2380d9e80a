#include "chat/syncwire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char hello[] = "chatsync 1 0123456789abcdef 86400 1203 "
			    "000102030405060708090a0b0c0d0e0f\n";

static enum greeted
greet(const char *text, size_t len, struct greeting *g, size_t *taken)
{
	return greeting_get((const uint8_t *)text, len, g, taken);
}

static void
a_greeting_is_as_the_manual_says(void **state)
{
	(void)state;
	char out[GREETING_MAX];
	struct greeting g = {0x0123456789abcdef, 86400, 1203,
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
	assert_int_equal(greeting_put(out, &g), sizeof hello - 1);
	assert_memory_equal(out, hello, sizeof hello - 1);
	struct greeting longest = {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0}};
	assert_true(greeting_put(out, &longest) < GREETING_MAX);
}

static void
a_greeting_comes_back(void **state)
{
	(void)state;
	struct greeting g;
	size_t taken;
	assert_int_equal(greet(hello, sizeof hello, &g, &taken), GREETED);
	assert_int_equal(taken, sizeof hello - 1);
	assert_true(g.nonce == 0x0123456789abcdef && g.since == 86400 && g.count == 1203);
	for (size_t i = 0; i < sizeof g.fingerprint; i++)
		assert_int_equal(g.fingerprint[i], i);
}

static void
it_may_come_byte_by_byte(void **state)
{
	(void)state;
	struct greeting g;
	size_t taken;
	for (size_t len = 1; len < sizeof hello - 1; len++)
		assert_int_equal(greet(hello, len, &g, &taken), GREETED_PARTLY);
}

static void
a_later_version_may_say_more(void **state)
{
	(void)state;
	static const char more[] = "chatsync 1 0123456789abcdef 86400 1203 "
				   "000102030405060708090a0b0c0d0e0f and more\n";
	static const char newer[] = "chatsync 2 anything\n";
	struct greeting g;
	size_t taken;
	assert_int_equal(greet(more, sizeof more, &g, &taken), GREETED);
	assert_int_equal(taken, sizeof more - 1);
	assert_int_equal(greet(newer, sizeof newer, &g, &taken), GREETED_NEWER);
}

static void
anything_else_is_no_greeting(void **state)
{
	(void)state;
	static const char *const texts[] = {"x", "chatSync 1 ", "chatsync one\n", "chatsync 1\n",
		"chatsync  1 0 0 0 000102030405060708090a0b0c0d0e0f\n",
		"chatsync 1 0 0 0 000102030405060708090a0b0c0d0e\n",
		"chatsync 1 0 0 0 000102030405060708090a0b0c0d0e0f10\n",
		"chatsync 1 0 0 0 000102030405060708090a0b0c0d0e0g\n",
		"chatsync 1 0 1099511627775 0 000102030405060708090a0b0c0d0e0f\n",
		"chatsync 1 0 -1 0 000102030405060708090a0b0c0d0e0f\n",
		"chatsync 1 g 1 0 000102030405060708090a0b0c0d0e0f\n",
		"chatsync 1 11112222333344445 1 0 000102030405060708090a0b0c0d0e0f\n",
		"chatsync 1 0 99999999999999999999 0 000102030405060708090a0b0c0d0e0f\n",
		"chatsync 1 0 1 0 \n"};
	struct greeting g;
	size_t taken;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(greet(texts[i], strlen(texts[i]), &g, &taken), GREETED_NOT);
	char endless[2 * GREETING_MAX] = "chatsync 1 ";
	memset(endless + 11, '0', sizeof endless - 11);
	assert_int_equal(greet(endless, sizeof endless, &g, &taken), GREETED_NOT);
	memset(endless, 0, sizeof endless);
	assert_int_equal(greet(endless, sizeof endless, &g, &taken), GREETED_NOT);
}

static void
what_the_other_end_seems_to_be_is_said(void **state)
{
	(void)state;
	assert_string_equal(greeting_guess((const uint8_t *)"SSH-2.0-x", 9), "an SSH server");
	assert_string_equal(greeting_guess((const uint8_t *)"SSH", 3), "something that sends text");
	assert_string_equal(
		greeting_guess((const uint8_t *)"a\0", 2), "something that sends no text");
	assert_string_equal(greeting_guess((const uint8_t *)"2026-11-23T", 11),
		"stamped lines: a chat, not its room");
}

static void
check_frame(enum frame_type type, size_t len)
{
	uint8_t *wire = malloc(FRAME_HEAD_MAX + len + 1);
	assert_non_null(wire);
	struct frame frame;
	size_t head = frame_put_head(wire, type, len);
	assert_true(head <= FRAME_HEAD_MAX);
	memset(wire + head, 'x', len);
	for (size_t part = 0; part < head + len; part += 1 + part / 100)
		assert_int_equal(frame_get(wire, part, &frame), 0);
	assert_int_equal(frame_get(wire, head + len, &frame), head + len);
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.len, len);
	assert_ptr_equal(frame.data, wire + head);
	free(wire);
}

static void
frames_come_back(void **state)
{
	(void)state;
	static const size_t lens[] = {0, 1, 127, 128, 16383, 16384, FRAME_LINE_MAX};
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		check_frame(FRAME_LINE, lens[i]);
		check_frame(FRAME_RECONCILE, lens[i]);
	}
	check_frame(FRAME_RECONCILE, FRAME_DATA_MAX);
	check_frame(FRAME_DONE, 0);
}

static void
numbers_come_back(void **state)
{
	(void)state;
	static const uint64_t numbers[] = {0, 1, 127, 128, UINT64_MAX};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		uint8_t wire[32];
		struct frame frame;
		size_t len = frame_put_number(wire, FRAME_CONFIRM, numbers[i]);
		assert_int_equal(frame_get(wire, len, &frame), len);
		assert_true(frame.type == FRAME_CONFIRM && frame.number == numbers[i]);
	}
}

/* Before anything of them is kept. */
static void
rubbish_is_no_frame(void **state)
{
	(void)state;
	static const struct {
		size_t len;
		const char *text;
	} cases[] = {
		{1, "x"}, /* no such type */
		{1, "\n"}, /* nor this */
		{1, "\0"}, /* nor this */
		{2, "D\1"}, /* nothing is to follow */
		{2, "C\x0b"}, /* a number of 11 bytes */
		{2, "C\0"}, /* none */
		{4, "C\2\1\1"}, /* a byte too many */
		{4, "C\2\x81\x81"}, /* a byte too few */
		{4, "L\x84\x80\x00"}, /* a line of 65536 bytes */
		{4, "N\x84\x80\x01"}, /* a message of 65537 bytes */
		{4, "L\x80\x80\x80"}, /* a length that goes on */
		{5, "L\3a\nb"}, /* two lines */
	};
	struct frame frame;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
			frame_get((const uint8_t *)cases[i].text, cases[i].len, &frame), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_greeting_is_as_the_manual_says),
		cmocka_unit_test(a_greeting_comes_back),
		cmocka_unit_test(it_may_come_byte_by_byte),
		cmocka_unit_test(a_later_version_may_say_more),
		cmocka_unit_test(anything_else_is_no_greeting),
		cmocka_unit_test(what_the_other_end_seems_to_be_is_said),
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(numbers_come_back),
		cmocka_unit_test(rubbish_is_no_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
