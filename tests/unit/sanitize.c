/* sanitize: the whole table, checked against a second, slower reading of the rules. */
#include "base/sanitize.h"
#include "base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The rules again, from the text of the manual: a code point's bytes, and whether it passes. */
static size_t
encode(char *out, uint32_t point)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--, point >>= 6)
		out[i] = (char)(0x80 | (point & 0x3f));
	out[0] = (char)((0xf00U >> len) | point);
	return len;
}

/* What the package unicode-data says, which may be older than our table, or newer. */
enum { SELECTOR_1 = 0xfe00, SELECTORS = 16, POINTS = 0x110000 };
static bool ignorable[POINTS];
static unsigned varies[POINTS]; /* a bit a selector */
static double data_version;

static FILE *
open_data(const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "/usr/share/unicode/%s", name);
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("%s: missing (install the package unicode-data)", path);
	return file;
}

static void
read_ignorable(void)
{
	char line[512];
	FILE *file = open_data("DerivedCoreProperties.txt");
	while (fgets(line, sizeof line, file)) {
		unsigned first, last;
		sscanf(line, "# DerivedCoreProperties-%lf", &data_version);
		if (!strstr(line, "; Default_Ignorable_Code_Point") || line[0] == '#')
			continue;
		int n = sscanf(line, "%x..%x", &first, &last);
		for (unsigned p = first; n > 0 && p <= (n == 2 ? last : first); p++)
			ignorable[p] = true;
	}
	fclose(file);
	if (data_version < 14)
		ignorable[0x180f] = true; /* a selector that is new in Unicode 14 */
}

static void
read_variants(const char *name)
{
	char line[512];
	FILE *file = open_data(name);
	while (fgets(line, sizeof line, file)) {
		unsigned base, selector;
		if (sscanf(line, "%x %x ;", &base, &selector) == 2 && selector >= SELECTOR_1 &&
			selector < SELECTOR_1 + SELECTORS)
			varies[base] |= 1U << (selector - SELECTOR_1);
	}
	fclose(file);
}

static int
read_data(void **state)
{
	(void)state;
	read_ignorable();
	read_variants("StandardizedVariants.txt");
	read_variants("emoji/emoji-variation-sequences.txt");
	return 0;
}

static bool
passes(uint32_t p)
{
	return !((p >= 0x7f && p <= 0x9f) || p == 0x2028 || p == 0x2029 ||
		 (p >= 0xfff9 && p <= 0xfffb) || (p < 0x20 && p != '\t') ||
		 (p >= 0xd800 && p <= 0xdfff) || (ignorable[p] && p != 0x200c && p != 0x200d));
}

static size_t
hex_bytes(char *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sprintf(out + 4 * i, "\\x%02x", (unsigned char)bytes[i]);
	return 4 * len;
}

static size_t
expected_form(char *out, uint32_t point, enum sanitize_style style)
{
	char bytes[4];
	size_t len = encode(bytes, point);
	if (style == SANITIZE_ESCAPE && point == '\\')
		return (size_t)sprintf(out, "\\\\");
	if (style == SANITIZE_RAW || passes(point)) {
		memcpy(out, bytes, len);
		return len;
	}
	if (style == SANITIZE_ESCAPE || (point >= 0xd800 && point <= 0xdfff))
		return hex_bytes(out, bytes, len);
	if (point == 0x7f)
		return (size_t)sprintf(out, "^?");
	if (point < 0x20)
		return (size_t)sprintf(out, "^%c", "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"[point]);
	return (size_t)sprintf(out, "<U+%04X>", point);
}

/* All of src as chatline shows it: runs, and single characters between them. */
static size_t
show(char *out, const char *src, size_t len, enum sanitize_style style)
{
	size_t used = 0;
	for (size_t i = 0; i < len;) {
		size_t n = sanitize_run(out + used, src + i, len - i, style);
		i += n;
		used += n;
		if (i == len)
			break;
		struct sanitize_form form;
		n = sanitize_char(&form, src + i, len - i, style, sanitize_last(src, i));
		if (n == 0)
			sanitize_byte(&form, src[i], style);
		assert_true(form.len >= 1 && form.len <= SANITIZE_FORM_MAX);
		memcpy(out + used, form.text, form.len);
		used += form.len;
		i += n > 0 ? n : 1;
	}
	return used;
}

static void
check_points(enum sanitize_style style)
{
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		char src[4], got[64], want[64];
		size_t got_len = show(got, src, encode(src, point), style);
		size_t want_len = expected_form(want, point, style);
		if (got_len != want_len || memcmp(got, want, want_len) != 0)
			fail_msg("U+%04X: %.*s", point, (int)got_len, got);
	}
}

static void
every_code_point_has_its_form(void **state)
{
	(void)state;
	check_points(SANITIZE_SHOW);
	check_points(SANITIZE_ESCAPE);
	check_points(SANITIZE_RAW);
}

/* Every code point in the middle of text, at every place of a word. */
static void
a_run_ends_where_something_does_not_pass(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		size_t before = point % 17;
		char src[48], dst[48 + SANITIZE_SLACK], bytes[4];
		size_t len = encode(bytes, point);
		memset(src, 'x', sizeof src);
		memcpy(src + before, bytes, len);
		size_t got = sanitize_run(dst, src, sizeof src, SANITIZE_SHOW);
		if (got != (passes(point) ? sizeof src : before))
			fail_msg("U+%04X after %zu: %zu", point, before, got);
		if (memcmp(src, dst, got) != 0)
			fail_msg("U+%04X: copied wrong", point);
	}
}

/* Whether our table is right about a sequence. What is older, the table or the data, may lack some;
 * and Unicode 17 took a few of hieroglyphs back. */
static bool
is_right(uint32_t point, bool passed, bool known)
{
	const double ours = strtod(unicode_version, NULL);
	if (passed == known)
		return true;
	if (known)
		return ours < data_version;
	return ours > data_version || (ours < data_version && point >= 0x13000 && point <= 0x1345f);
}

/* Every base with every selector, by a run, by characters, and as a field. */
static void
a_selector_passes_after_what_it_can_vary(void **state)
{
	(void)state;
	for (uint32_t point = 0xa0; point < POINTS; point++) {
		for (unsigned selector = SELECTOR_1; selector < SELECTOR_1 + SELECTORS;
			selector++) {
			bool known = varies[point] >> (selector - SELECTOR_1) & 1;
			char src[8], got[64];
			size_t base = encode(src, point);
			if (!passes(point) || (!known && selector > SELECTOR_1 && point % 16))
				continue; /* the rest takes too long */
			size_t len = base + encode(src + base, selector);
			size_t used = show(got, src, len, SANITIZE_SHOW);
			bool passed = used == len && memcmp(got, src, len) == 0;
			if (!is_right(point, passed, known))
				fail_msg("U+%04X U+%04X: %.*s", point, selector, (int)used, got);
		}
	}
}

static void
a_selector_varies_nothing_else(void **state)
{
	(void)state;
	char out[64];
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"9\xef\xb8\x8f", "9\xef\xb8\x8f"},
		{"a\xef\xb8\x8f", "a<U+FE0F>"},
		{"\xef\xb8\x8f", "<U+FE0F>"},
		{"\x80\xef\xb8\x8f", "\\x80<U+FE0F>"},
		{"\xe2\x9d\xa4\xef\xb8\x8f\xef\xb8\x8f", "\xe2\x9d\xa4\xef\xb8\x8f<U+FE0F>"},
		{"\xe2\x9d\xa4\n\xef\xb8\x8f", "\xe2\x9d\xa4^J<U+FE0F>"},
		{"\xe2\x9d\xa4\xef\xb8\x80", "\xe2\x9d\xa4<U+FE00>"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sanitize_copy(out, sizeof out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(out, cases[i].shown);
	}
}

static void
a_run_stops_at_backslash_only_to_escape(void **state)
{
	(void)state;
	char dst[32 + SANITIZE_SLACK];
	assert_int_equal(sanitize_run(dst, "0123456789\\12345", 16, SANITIZE_SHOW), 16);
	assert_int_equal(sanitize_run(dst, "0123456789\\12345", 16, SANITIZE_ESCAPE), 10);
	assert_int_equal(sanitize_run(dst, "01\\3", 4, SANITIZE_ESCAPE), 2);
	assert_int_equal(sanitize_run(dst, "0123456\n12345678", 16, SANITIZE_RAW), 7);
	assert_int_equal(sanitize_run(dst, "0123456\r12345678", 16, SANITIZE_RAW), 7);
}

/* The length of the well-formed character at src, 0 for none: by encoding it again. */
static size_t
well_formed(const char *src, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++) {
		static const unsigned char masks[] = {0, 0x7f, 0x1f, 0xf, 0x7};
		uint32_t point = (unsigned char)src[0] & masks[n];
		for (size_t i = 1; i < n; i++)
			point = point << 6 | (src[i] & 0x3f);
		char again[4];
		if (point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff) &&
			encode(again, point) == n && memcmp(again, src, n) == 0)
			return n;
	}
	return 0;
}

static size_t
expected_text(char *out, const char *src, size_t len)
{
	size_t used = 0;
	for (size_t i = 0; i < len;) {
		size_t n = well_formed(src + i, len - i);
		if (n == 0) {
			used += hex_bytes(out + used, src + i, 1);
			i++;
			continue;
		}
		uint32_t point = (unsigned char)src[i];
		if (n > 1)
			point &= 0x7fU >> n;
		for (size_t k = 1; k < n; k++)
			point = point << 6 | (src[i + k] & 0x3f);
		used += expected_form(out + used, point, SANITIZE_SHOW);
		i += n;
	}
	return used;
}

/* The first and last byte of each class that the standard's table 3-7 and our own make. */
static const char classes[] =
	"\x00\x09\x0a\x0d\x1b\x20\x41\x5c\x7e\x7f\x80\x8e\x8f\x90\x9c\x9f"
	"\xa0\xa8\xae\xbf\xc0\xc1\xc2\xc3\xd7\xd8\xdf\xe0\xe1\xe2\xec\xed\xee\xef\xf0\xf1\xf3"
	"\xf4\xf5\xff";

static void
every_sequence_of_byte_classes_is_shown_by_the_rules(void **state)
{
	(void)state;
	const size_t n = sizeof classes - 1;
	for (size_t number = 0; number < n * n * n * n; number++) {
		char src[4], got[64], want[64];
		for (size_t i = 0, rest = number; i < sizeof src; i++, rest /= n)
			src[i] = classes[rest % n];
		for (size_t len = number < n * n * n ? 1 : 4; len <= sizeof src; len++) {
			size_t got_len = show(got, src, len, SANITIZE_SHOW);
			size_t want_len = expected_text(want, src, len);
			if (got_len != want_len || memcmp(got, want, want_len) != 0)
				fail_msg("%02x %02x %02x %02x: %.*s", src[0] & 0xff, src[1] & 0xff,
					src[2] & 0xff, src[3] & 0xff, (int)got_len, got);
		}
	}
}

/* A cut character, unlike an invalid one, could still be completed by more bytes. */
static void
a_cut_character_is_not_judged(void **state)
{
	(void)state;
	static const struct {
		const char *src;
		size_t taken;
	} cases[] = {{"\xc2", 0}, {"\xe2\x82", 0}, {"\xe2", 0}, {"\xf0\x9f\x98", 0},
		{"\xf4\x8f", 0}, {"\xf4\x90", 1}, {"\xe0\x9f", 1}, {"\xed\xa0", 1}, {"\xc1", 1},
		{"\xf5", 1}, {"\xe2\x28", 1}, {"\xf0\x9f\x28", 1}, {"\x80", 1},
		{"\xe2\x82\xac", 3}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sanitize_form form;
		assert_int_equal(
			sanitize_char(&form, cases[i].src, strlen(cases[i].src), SANITIZE_SHOW, 0),
			cases[i].taken);
	}
}

static void
a_field_shows_tab_and_newline(void **state)
{
	(void)state;
	char out[64];
	assert_int_equal(sanitize_copy(out, sizeof out, "a\tb\nc\r\x1b[m\xc3\xa9\xff", 12), 19);
	assert_string_equal(out, "a^Ib^Jc^M^[[m\xc3\xa9\\xff");
	assert_int_equal(sanitize_copy(out, sizeof out, "\xe2\x82", 2), 8);
	assert_string_equal(out, "\\xe2\\x82");
	assert_int_equal(sanitize_copy(out, sizeof out, "a\0b", 3), 4);
	assert_string_equal(out, "a^@b");
}

static void
a_field_is_cut_before_what_does_not_fit(void **state)
{
	(void)state;
	char out[8] = "unused!";
	assert_int_equal(sanitize_copy(out, 1, "abc", 3), 0);
	assert_string_equal(out, "");
	assert_int_equal(sanitize_copy(out, 4, "abcd", 4), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(sanitize_copy(out, 4, "ab\xc3\xa9", 4), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(sanitize_copy(out, 8, "\xe2\x80\xae", 3), 0);
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_has_its_form),
		cmocka_unit_test(a_run_ends_where_something_does_not_pass),
		cmocka_unit_test(a_selector_passes_after_what_it_can_vary),
		cmocka_unit_test(a_selector_varies_nothing_else),
		cmocka_unit_test(a_run_stops_at_backslash_only_to_escape),
		cmocka_unit_test(every_sequence_of_byte_classes_is_shown_by_the_rules),
		cmocka_unit_test(a_cut_character_is_not_judged),
		cmocka_unit_test(a_field_shows_tab_and_newline),
		cmocka_unit_test(a_field_is_cut_before_what_does_not_fit),
	};
	return cmocka_run_group_tests(tests, read_data, NULL);
}
