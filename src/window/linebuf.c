#include "window/linebuf.h"

#include <string.h>

static const char *
finish(struct linebuf *b)
{
	b->text[b->len] = '\0';
	b->len = 0;
	return b->text;
}

static void
append(struct linebuf *b, const char *bytes, size_t len)
{
	memcpy(b->text + b->len, bytes, len);
	for (size_t i = b->len; i < b->len + len; i++) {
		if (b->text[i] == '\0')
			b->text[i] = '?';
	}
	b->len += len;
}

size_t
linebuf_take(struct linebuf *b, const char *bytes, size_t len, const char **line)
{
	size_t space = LINEBUF_MAX - b->len;
	const char *end = memchr(bytes, '\n', len);
	size_t text = end ? (size_t)(end - bytes) : len;
	*line = NULL;
	if (text > space) {
		append(b, bytes, space);
		*line = finish(b);
		return space;
	}
	append(b, bytes, text);
	if (end)
		*line = finish(b);
	return end ? text + 1 : text;
}

const char *
linebuf_rest(struct linebuf *b)
{
	return b->len > 0 ? finish(b) : NULL;
}
