#include "chat/syncwire.h"

#include "chat/varint.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char word[] = "chatsync ";

size_t
greeting_put(char out[GREETING_MAX], const struct greeting *g)
{
	char hex[2 * FINGERPRINT_LEN + 1];
	sodium_bin2hex(hex, sizeof hex, g->fingerprint, sizeof g->fingerprint);
	return (size_t)snprintf(out, GREETING_MAX,
		"%s%d %016" PRIx64 " %" PRIu64 " %" PRIu64 " %s\n", word, SYNC_VERSION, g->nonce,
		g->since, g->count, hex);
}

/* A number and the character behind it. */
static bool
take_number(const char **at, unsigned base, char end, uint64_t *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *start = *at;
	for (*value = 0; **at != end; (*at)++) {
		const char *digit = **at ? strchr(digits, **at) : NULL;
		if (!digit || digit >= digits + base || *value > (UINT64_MAX - 15) / base)
			return false;
		*value = *value * base + (uint64_t)(digit - digits);
	}
	return (*at)++ > start;
}

static bool
parse(const char *text, struct greeting *g)
{
	size_t len;
	const char *end;
	if (!take_number(&text, 16, ' ', &g->nonce) || !take_number(&text, 10, ' ', &g->since) ||
		!take_number(&text, 10, ' ', &g->count) || g->since >= LINE_TIME_MAX)
		return false;
	if (sodium_hex2bin(g->fingerprint, sizeof g->fingerprint, text, strlen(text), NULL, &len,
		    &end) < 0)
		return false;
	/* A later version may add more. */
	return len == sizeof g->fingerprint && (*end == '\0' || *end == ' ');
}

enum greeted
greeting_get(const uint8_t *in, size_t len, struct greeting *g, size_t *taken)
{
	char text[GREETING_MAX];
	uint64_t version;
	size_t lead = sizeof word - 1;
	if (memcmp(in, word, len < lead ? len : lead) != 0)
		return GREETED_NOT;
	size_t limit = len < sizeof text ? len : sizeof text;
	const uint8_t *lf = memchr(in, '\n', limit);
	if (!lf)
		return len < sizeof text ? GREETED_PARTLY : GREETED_NOT;
	size_t length = (size_t)(lf - in);
	memcpy(text, in, length);
	text[length] = '\0';
	const char *at = text + lead;
	if (!take_number(&at, 10, ' ', &version))
		return GREETED_NOT;
	*taken = length + 1;
	if (version != SYNC_VERSION)
		return GREETED_NEWER;
	return parse(at, g) ? GREETED : GREETED_NOT;
}

const char *
greeting_guess(const uint8_t *in, size_t len)
{
	static const struct {
		const char *start, *what;
	} known[] = {
		{"SSH-", "an SSH server"},
		{"HTTP/", "a web server"},
		{"GET ", "a web client"},
		{"POST ", "a web client"},
		{"AT", "a modem's user"},
		{"\x16\x03", "TLS"},
		{"+", "a modem"},
		{"\r\n", "a modem, or a login"},
		{"220 ", "a mail or FTP server"},
		{"20", "stamped lines: a chat, not its room"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t start = strlen(known[i].start);
		if (len >= start && memcmp(in, known[i].start, start) == 0)
			return known[i].what;
	}
	for (size_t i = 0; i < len; i++)
		if (in[i] < ' ' && !memchr("\t\r\n", in[i], 3))
			return "something that sends no text";
	return "something that sends text";
}

size_t
frame_put_head(uint8_t *out, enum frame_type type, size_t len)
{
	out[0] = (uint8_t)type;
	return 1 + varint_put(out + 1, len);
}

size_t
frame_put_number(uint8_t *out, enum frame_type type, uint64_t number)
{
	uint8_t text[VARINT_MAX];
	size_t len = varint_put(text, number);
	size_t head = frame_put_head(out, type, len);
	memcpy(out + head, text, len);
	return head + len;
}

/* How long this type's data may be; -1: there is no such type. */
static long
limit_of(uint8_t type)
{
	switch (type) {
	case FRAME_RECONCILE:
		return FRAME_DATA_MAX;
	case FRAME_LINE:
		return FRAME_LINE_MAX;
	case FRAME_CONFIRM:
		return VARINT_MAX;
	case FRAME_DONE:
		return 0;
	default:
		return -1;
	}
}

/* Whether a line is a single one, and a number has nothing behind it. */
static bool
is_right(struct frame *frame)
{
	switch (frame->type) {
	case FRAME_LINE:
		return !memchr(frame->data, '\n', frame->len);
	case FRAME_CONFIRM:
		return varint_get(frame->data, frame->len, &frame->number) == (int)frame->len &&
		       frame->len > 0;
	default:
		return true;
	}
}

ssize_t
frame_get(const uint8_t *in, size_t len, struct frame *frame)
{
	uint64_t length;
	if (len == 0)
		return 0;
	long limit = limit_of(in[0]);
	if (limit < 0)
		return -1;
	size_t most = len < FRAME_HEAD_MAX ? len : FRAME_HEAD_MAX;
	int head = varint_get(in + 1, most - 1, &length);
	if (head == 0)
		return len < FRAME_HEAD_MAX ? 0 : -1;
	if (head < 0 || length > (uint64_t)limit)
		return -1;
	size_t before = 1 + (size_t)head;
	if (len - before < length)
		return 0;
	*frame = (struct frame){(enum frame_type)in[0], in + before, (size_t)length, 0};
	return is_right(frame) ? (ssize_t)(before + length) : -1;
}
