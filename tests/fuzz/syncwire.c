/* Any bytes from the other end, as a greeting and frames, or not: an accepted one encodes to the
 * same bytes, and no part is longer than its limit. */
#include "chat/syncwire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_greeting(const uint8_t *data, size_t size)
{
	struct greeting g, again;
	char out[GREETING_MAX];
	size_t taken, taken_again;
	enum greeted greeted = greeting_get(data, size, &g, &taken);
	if ((greeted == GREETED || greeted == GREETED_NEWER) &&
		(taken > size || taken > GREETING_MAX || data[taken - 1] != '\n'))
		abort();
	if (greeted == GREETED_PARTLY && size >= GREETING_MAX)
		abort();
	if (greeted != GREETED) {
		if (!greeting_guess(data, size))
			abort();
		return;
	}
	size_t len = greeting_put(out, &g);
	if (len >= GREETING_MAX ||
		greeting_get((const uint8_t *)out, len, &again, &taken_again) != GREETED ||
		taken_again != len || memcmp(g.fingerprint, again.fingerprint, 16) != 0 ||
		g.nonce != again.nonce || g.since != again.since || g.count != again.count)
		abort();
}

static void
check_frame(const struct frame *frame)
{
	uint8_t out[FRAME_HEAD_MAX];
	struct frame again;
	if (frame->type == FRAME_CONFIRM) {
		uint8_t number[2 * FRAME_HEAD_MAX + 16];
		size_t len = frame_put_number(number, FRAME_CONFIRM, frame->number);
		if (frame_get(number, len, &again) != (ssize_t)len || again.number != frame->number)
			abort();
	}
	if (frame->len > FRAME_DATA_MAX ||
		frame_put_head(out, frame->type, frame->len) > sizeof out)
		abort();
	if (frame->type == FRAME_LINE &&
		(frame->len > FRAME_LINE_MAX || memchr(frame->data, '\n', frame->len)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	check_greeting(data, size);
	for (size_t at = 0; at < size;) {
		ssize_t n = frame_get(data + at, size - at, &frame);
		if (n <= 0)
			break;
		if ((size_t)n > size - at || frame.data + frame.len != data + at + n)
			abort();
		check_frame(&frame);
		at += (size_t)n;
	}
	return 0;
}
