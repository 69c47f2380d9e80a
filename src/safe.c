#include "safe.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The same byte in each byte of a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static const char hex[] = "0123456789abcdef";

/* The bytes of a word that need a closer look: those that aren't printable ASCII or TAB, and
 * the backslash where it is to be escaped. Sets the high bit of each and no other. No carry
 * leaves a byte: all sums are at most 0xff. */
static inline uint64_t
odd_bytes(uint64_t word, bool escape)
{
	uint64_t low = word & EACH(0x7f);
	uint64_t printable = low + EACH(0x80 - ' ');
	uint64_t not_tab = (low ^ EACH('\t')) + EACH(0x7f);
	uint64_t del = low + EACH(0x80 - 0x7f);
	uint64_t odd = word | (~printable & not_tab) | del;
	if (escape)
		odd |= ~((low ^ EACH('\\')) + EACH(0x7f));
	return odd & EACH(0x80);
}

/* The index in memory of the first byte that odd_bytes() marked, after le64toh(): sums up a one
 * for each byte below it. */
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

/* Well-formed, and yet not to be shown: C1 controls; what turns, embeds or isolates the direction
 * of text (so that "gpj.exe" reads as "exe.jpg"), breaks lines, or is not seen at all. */
static bool
is_harmful(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} harmful[] = {
		{0x80, 0x9f},
		{0x61c, 0x61c},
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2066, 0x2069},
		{0xfeff, 0xfeff},
		{0xfff9, 0xfffb},
		{0xe0000, 0xe007f},
	};
	for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++) {
		if (point <= harmful[i].last)
			return point >= harmful[i].first;
	}
	return false;
}

/* How many bytes a character that starts with this byte has, 0 where none does. */
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

/* The length of the character at the start of src, longer than a byte; 0 where it doesn't pass.
 * Characters of two bytes first: whole alphabets of them come through here. */
static inline size_t
multibyte(const unsigned char *src, size_t len)
{
	if (len >= 2 && src[0] >= 0xc3 && src[0] < 0xd8 && (src[1] & 0xc0) == 0x80)
		return 2;
	uint32_t point;
	int n = decode(&point, src, len);
	return n > 1 && !is_harmful(point) ? (size_t)n : 0;
}

static inline size_t
run(char *dst, const char *src, size_t len, bool escape)
{
	size_t i = 0;
	while (i < len) {
		if (len - i >= sizeof(uint64_t)) {
			uint64_t word;
			memcpy(&word, src + i, sizeof word);
			memcpy(dst + i, &word, sizeof word);
			uint64_t odd = odd_bytes(le64toh(word), escape);
			if (odd == 0) {
				i += sizeof word;
				continue;
			}
			i += first_byte(odd);
		} else if (!is_odd((unsigned char)src[i], escape)) {
			dst[i] = src[i];
			i++;
			continue;
		}
		size_t n = multibyte((const unsigned char *)src + i, len - i);
		if (n == 0)
			break;
		memcpy(dst + i, src + i, n);
		i += n;
	}
	return i;
}

size_t
safe_run(char *dst, const char *src, size_t len, enum safe_style style)
{
	return style == SAFE_ESCAPE ? run(dst, src, len, true) : run(dst, src, len, false);
}

static void
pass(struct safe_form *form, const char *src, size_t len)
{
	memcpy(form->text, src, len);
	form->len = len;
}

static void
caret(struct safe_form *form, char control)
{
	form->text[0] = '^';
	form->text[1] = (char)(control ^ 0x40);
	form->len = 2;
}

static void
escape(struct safe_form *form, const char *src, size_t len)
{
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
safe_byte(struct safe_form *form, char byte, enum safe_style style)
{
	unsigned char c = (unsigned char)byte;
	if (style == SAFE_RAW || !is_odd(c, style == SAFE_ESCAPE))
		pass(form, &byte, 1);
	else if (c == '\\')
		pass(form, "\\\\", 2);
	else if (style == SAFE_ESCAPE || c >= 0x80)
		escape(form, &byte, 1);
	else
		caret(form, byte);
}

size_t
safe_char(struct safe_form *form, const char *src, size_t len, enum safe_style style)
{
	uint32_t point = 0;
	int n = decode(&point, (const unsigned char *)src, len);
	if (n == 0)
		return 0;
	if (n <= 1) {
		safe_byte(form, *src, style);
		return 1;
	}
	if (style == SAFE_RAW || !is_harmful(point))
		pass(form, src, (size_t)n);
	else if (style == SAFE_ESCAPE)
		escape(form, src, (size_t)n);
	else
		form->len = (size_t)snprintf(form->text, sizeof form->text, "<U+%04X>", point);
	return (size_t)n;
}

size_t
safe_copy(char *dst, size_t size, const char *src, size_t len)
{
	size_t used = 0;
	for (size_t i = 0, taken; i < len; i += taken) {
		struct safe_form form;
		taken = safe_char(&form, src + i, len - i, SAFE_SHOW);
		if (taken == 0) {
			safe_byte(&form, src[i], SAFE_SHOW);
			taken = 1;
		}
		if (src[i] == '\t')
			caret(&form, '\t');
		if (used + form.len >= size)
			break;
		memcpy(dst + used, form.text, form.len);
		used += form.len;
	}
	dst[used] = '\0';
	return used;
}
