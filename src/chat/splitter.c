#include "chat/splitter.h"

#include <string.h>

char *
splitter_space(struct splitter *s, size_t *size)
{
	*size = SPLITTER_LINE_MAX - s->len;
	return s->data + s->len;
}

/* The last place up to max that is not inside a UTF-8 character. */
static size_t
boundary(const char *text, size_t max)
{
	for (size_t back = 0; back < 4; back++)
		if (((unsigned char)text[max - back] & 0xc0) != 0x80)
			return max - back;
	return max; /* not UTF-8 */
}

static void
insert(struct splitter *s, size_t at, const char *text, size_t len)
{
	memmove(s->data + at + len, s->data + at, s->len - at);
	memcpy(s->data + at, text, len);
	s->len += len;
}

size_t
splitter_ready(struct splitter *s, bool end)
{
	const char *last = memrchr(s->data, '\n', s->len);
	if (!last && s->len >= SPLITTER_LINE_MAX)
		insert(s, boundary(s->data, SPLITTER_LINE_MAX - 2), "+\n", 2);
	else if (end && s->len > 0 && s->data[s->len - 1] != '\n')
		insert(s, s->len, "\n", 1);
	last = memrchr(s->data, '\n', s->len);
	return last ? (size_t)(last - s->data) + 1 : 0;
}

void
splitter_taken(struct splitter *s, size_t n)
{
	s->len -= n;
	memmove(s->data, s->data + n, s->len);
}
