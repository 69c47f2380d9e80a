#include "chat/feed.h"

#include <string.h>

char *
feed_space(struct feed *feed, size_t *size)
{
	*size = FEED_LINE - feed->len;
	return feed->data + feed->len;
}

/* The last place up to max that is not inside a UTF-8 character. */
static size_t
boundary(const char *text, size_t max)
{
	for (size_t back = 0; back < 4; back++)
		if (((unsigned char)text[max - back] & 0xc0) != 0x80)
			return max - back;
	return max; /* that isn't UTF-8 */
}

static void
insert(struct feed *feed, size_t at, const char *text, size_t len)
{
	memmove(feed->data + at + len, feed->data + at, feed->len - at);
	memcpy(feed->data + at, text, len);
	feed->len += len;
}

size_t
feed_ready(struct feed *feed, bool end)
{
	const char *last = memrchr(feed->data, '\n', feed->len);
	if (!last && feed->len >= FEED_LINE)
		insert(feed, boundary(feed->data, FEED_LINE - 2), "+\n", 2);
	else if (end && feed->len > 0 && feed->data[feed->len - 1] != '\n')
		insert(feed, feed->len, "\n", 1);
	last = memrchr(feed->data, '\n', feed->len);
	return last ? (size_t)(last - feed->data) + 1 : 0;
}

void
feed_taken(struct feed *feed, size_t n)
{
	feed->len -= n;
	memmove(feed->data, feed->data + n, feed->len);
}
