#include "base/sanitize.h"

#include "base/unicode.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD = sizeof(uint64_t) };

/* The same byte in each byte of a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Copies a word, and returns it with the first byte lowest. */
static inline uint64_t
copy_word(char *dst, const char *src)
{
	uint64_t word;
	memcpy(&word, src, sizeof word);
	memcpy(dst, &word, sizeof word);
	return le64toh(word);
}

/* Marks, by their high bits, bytes of a word that are not printable ASCII, and the backslash
 * where it is to be escaped. The lowest mark is right; those above it may be wrong, since a
 * carry or borrow leaves such a byte. */
static inline uint64_t
odd_bytes(uint64_t word, bool escape)
{
	uint64_t odd = word | (word - EACH(' ')) | (word + EACH(1));
	if (escape) {
		uint64_t other = word ^ EACH('\\');
		odd |= (other - EACH(1)) & ~other;
	}
	return odd & EACH(0x80);
}

/* The index of the byte with the lowest mark: sums up a one for each byte below. */
static inline size_t
first_byte(uint64_t marks)
{
	uint64_t first = marks >> 7;
	return ((first - 1) & ~first & EACH(1)) * EACH(1) >> 56;
}

static bool
is_odd(unsigned char c, bool escape)
{
	return (c < ' ' && c != '\t') || c >= 0x7f || (escape && c == '\\');
}

/* Well-formed, but not to be shown: C1 controls, line breaks, annotations, and invisible
 * characters, such as those that change the direction of text (so that "gpj.exe" reads as
 * "exe.jpg"). Joiners and selectors pass, since some scripts need them, but a selector only after a
 * character that it can vary. before: the character before this one, for a selector. Each harmful
 * point is near an invisible one, which makes the test quick. */
static bool
is_harmful(uint32_t point, uint32_t before)
{
	enum { ZWNJ = 0x200c, ZWJ = 0x200d };
	if (unicode_is_invisible(point))
		return point != ZWNJ && point != ZWJ && !unicode_is_variable(before, point);
	return (point >= 0x80 && point <= 0x9f) || point == 0x2028 || point == 0x2029 ||
	       (point >= 0xfff9 && point <= 0xfffb);
}

/* How many bytes a character that starts with this byte has, 0 where none starts so. */
static size_t
char_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* May second follow first? No overlong forms, no surrogates, nothing beyond U+10FFFF. */
static bool
is_second(unsigned char first, unsigned char second)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	return second >= low && second <= high;
}

/* The first character of src. Returns its length, 0 where src ends too early, -1 where none
 * starts here. */
static int
decode(uint32_t *point, const unsigned char *src, size_t len)
{
	size_t want = char_len(src[0]);
	if (want == 0)
		return -1;
	*point = want == 1 ? src[0] : src[0] & (0x7fU >> want);
	for (size_t i = 1; i < want; i++) {
		if (i == len)
			return 0;
		if (i == 1 ? !is_second(src[0], src[1]) : (src[i] & 0xc0) != 0x80)
			return -1;
		*point = *point << 6 | (src[i] & 0x3f);
	}
	return (int)want;
}

/* Copies printable ASCII. */
static inline __attribute__((always_inline)) size_t
ascii(char *dst, const char *src, size_t len, bool escape)
{
	size_t i = 0;
	for (; len - i >= 2 * WORD; i += 2 * WORD) {
		uint64_t odd = odd_bytes(copy_word(dst + i, src + i), escape);
		uint64_t next = odd_bytes(copy_word(dst + i + WORD, src + i + WORD), escape);
		if (odd | next)
			return i + (odd ? first_byte(odd) : WORD + first_byte(next));
	}
	for (; i < len && !is_odd((unsigned char)src[i], escape); i++)
		dst[i] = src[i];
	return i;
}

/* How many bytes at the start of a word are whole characters of printable ASCII or of two bytes,
 * other than U+0080-BF, U+0340-37F and U+0600-63F, which need a closer look. Here no sum leaves its
 * byte. */
static inline size_t
pairs_in_word(uint64_t word, bool escape)
{
	uint64_t high = word & EACH(0x80);
	uint64_t tail = high & ~(word << 1);
	uint64_t lead = high & (word << 1) & ~(word << 2);
	uint64_t low = word & EACH(0x1f);
	lead &= low + EACH(0x80 - 0x03);
	lead &= (low ^ EACH(0x0d)) + EACH(0x7f);
	lead &= (low ^ EACH(0x18)) + EACH(0x7f);

	low = word & EACH(0x7f);
	uint64_t plain = ~word & (low + EACH(0x80 - ' ')) & ~(low + EACH(1));
	if (escape)
		plain &= (low ^ EACH('\\')) + EACH(0x7f);

	uint64_t wrong = (tail ^ lead << 8) | (~(plain | lead | tail) & EACH(0x80));
	size_t n = wrong ? first_byte(wrong) : WORD;
	bool cut = n > 0 && lead >> (8 * n - 1) & 1;
	return n - cut;
}

/* Copies the text of most alphabets. */
static inline size_t
pairs(char *dst, const char *src, size_t len, bool escape)
{
	size_t i = 0, n = WORD;
	while (n >= WORD - 1 && len - i >= WORD) {
		n = pairs_in_word(copy_word(dst + i, src + i), escape);
		i += n;
	}
	return i;
}

uint32_t
sanitize_last(const char *text, size_t len)
{
	uint32_t point = 0;
	size_t n = 1;
	while (n < 4 && n < len && (text[len - n] & 0xc0) == 0x80)
		n++;
	if (len == 0 || decode(&point, (const unsigned char *)text + len - n, n) != (int)n)
		return 0;
	return point;
}

/* Copies TAB, and characters of several bytes, one by one, from src + i on. Returns where it
 * ends. */
static size_t
others(char *dst, const char *src, size_t i, size_t len)
{
	while (i < len && (src[i] == '\t' || (src[i] & 0x80))) {
		uint32_t point = 0;
		int n = decode(&point, (const unsigned char *)src + i, len - i);
		if (n <= 0)
			break;
		if (unicode_is_near_invisible(point) &&
			is_harmful(point, unicode_is_selector(point) ? sanitize_last(src, i) : 0))
			break;
		memcpy(dst + i, src + i, (size_t)n);
		i += (size_t)n;
	}
	return i;
}

size_t
sanitize_run(char *dst, const char *src, size_t len, enum sanitize_style style)
{
	bool escape = style == SANITIZE_ESCAPE;
	for (size_t i = 0;;) {
		i += escape ? ascii(dst + i, src + i, len - i, true)
			    : ascii(dst + i, src + i, len - i, false);
		if (i == len || !(src[i] == '\t' || (src[i] & 0x80)))
			return i;
		size_t start = i;
		i += pairs(dst + i, src + i, len - i, escape);
		i = others(dst, src, i, len);
		if (i == start)
			return i;
	}
}

static void
pass(struct sanitize_form *form, const char *src, size_t len)
{
	memcpy(form->text, src, len);
	form->len = len;
}

static void
caret(struct sanitize_form *form, char control)
{
	form->text[0] = '^';
	form->text[1] = (char)(control ^ 0x40);
	form->len = 2;
}

static void
escape(struct sanitize_form *form, const char *src, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	char *out = form->text;
	for (size_t i = 0; i < len; i++) {
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[(unsigned char)src[i] >> 4];
		*out++ = hex[src[i] & 0xf];
	}
	form->len = (size_t)(out - form->text);
}

void
sanitize_byte(struct sanitize_form *form, char byte, enum sanitize_style style)
{
	unsigned char c = (unsigned char)byte;
	if (style == SANITIZE_RAW || !is_odd(c, style == SANITIZE_ESCAPE))
		pass(form, &byte, 1);
	else if (c == '\\')
		pass(form, "\\\\", 2);
	else if (style == SANITIZE_ESCAPE || c >= 0x80)
		escape(form, &byte, 1);
	else
		caret(form, byte);
}

size_t
sanitize_char(struct sanitize_form *form, const char *src, size_t len, enum sanitize_style style,
	uint32_t before)
{
	uint32_t point = 0;
	int n = decode(&point, (const unsigned char *)src, len);
	if (n == 0)
		return 0;
	if (n <= 1) {
		sanitize_byte(form, *src, style);
		return 1;
	}
	if (style == SANITIZE_RAW || !is_harmful(point, before))
		pass(form, src, (size_t)n);
	else if (style == SANITIZE_ESCAPE)
		escape(form, src, (size_t)n);
	else
		form->len = (size_t)snprintf(form->text, sizeof form->text, "<U+%04X>", point);
	return (size_t)n;
}

size_t
sanitize_copy(char *dst, size_t size, const char *src, size_t len)
{
	size_t used = 0;
	uint32_t before = 0;
	for (size_t i = 0, taken; i < len; i += taken) {
		struct sanitize_form form;
		taken = sanitize_char(&form, src + i, len - i, SANITIZE_SHOW, before);
		if (taken == 0) {
			sanitize_byte(&form, src[i], SANITIZE_SHOW);
			taken = 1;
		}
		if (src[i] == '\t')
			caret(&form, '\t');
		before = sanitize_last(src + i, taken);
		if (used + form.len >= size)
			break;
		memcpy(dst + used, form.text, form.len);
		used += form.len;
	}
	dst[used] = '\0';
	return used;
}
