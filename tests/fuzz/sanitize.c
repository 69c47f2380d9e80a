/* Any text, shown and escaped: the first has no control byte, the second decodes to the text. */
#include "decode.h"
#include "base/sanitize.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole text by runs and single characters; the caller frees it. */
static char *
show(const char *src, size_t len, enum sanitize_style style, size_t *shown)
{
	char *out = malloc(SANITIZE_FORM_MAX * len + SANITIZE_SLACK);
	size_t used = 0;
	for (size_t i = 0, n; i < len; i += n) {
		struct sanitize_form form;
		n = sanitize_run(out + used, src + i, len - i, style);
		if (n > len - i)
			abort();
		used += n;
		if (n > 0)
			continue;
		n = sanitize_char(&form, src + i, len - i, style, sanitize_last(src, i));
		if (n == 0) {
			sanitize_byte(&form, src[i], style);
			n = 1;
		}
		memcpy(out + used, form.text, form.len);
		used += form.len;
	}
	*shown = used;
	return out;
}

static void
check(const char *src, size_t len, enum sanitize_style style)
{
	size_t shown;
	char *out = show(src, len, style, &shown);
	if (style == SANITIZE_RAW && (shown != len || memcmp(out, src, len) != 0))
		abort();
	if (style != SANITIZE_RAW && !is_harmless(out, shown))
		abort();
	if (style == SANITIZE_ESCAPE && (decode(out, shown) != len || memcmp(out, src, len) != 0))
		abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *src = malloc(size + 1); /* on its own, so that reading past it is seen */
	char field[100];
	memcpy(src, data, size);
	check(src, size, SANITIZE_SHOW);
	check(src, size, SANITIZE_ESCAPE);
	check(src, size, SANITIZE_RAW);
	size_t room = 1 + size % sizeof field;
	size_t len = sanitize_copy(field, room, src, size);
	if (len >= room || field[len] || !is_harmless(field, len) || strpbrk(field, "\t\n"))
		abort();
	free(src);
	return 0;
}
