#include "chat/sync.h"

#include "chat/lineid.h"
#include "chat/varint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
sync_begin(struct sync *s, struct roomset *rs, uint64_t nonce)
{
	memset(s, 0, sizeof *s);
	s->rs = rs;
	if (lineset_settle(&rs->set) < 0)
		return -1;
	s->greeting = (struct greeting){nonce, rs->since, rs->set.count, {0}};
	fingerprint(&rs->set, 0, rs->set.count, s->greeting.fingerprint);
	char text[GREETING_MAX];
	s->out_end = greeting_put(text, &s->greeting);
	memcpy(s->out, text, s->out_end);
	return 0;
}

uint8_t *
sync_space(struct sync *s, size_t *size)
{
	*size = sizeof s->in - s->in_len;
	return s->in + s->in_len;
}

void
sync_sent(struct sync *s, size_t n)
{
	s->out_start += n;
	if (s->out_start == s->out_end)
		s->out_start = s->out_end = 0;
}

bool
sync_in_step(const struct sync *s)
{
	return s->compared && s->done && s->peer_done && s->in_len == 0 && s->batch.count == 0 &&
	       sync_unconfirmed(s) == 0;
}

uint64_t
sync_unconfirmed(const struct sync *s)
{
	return lineset_lacked(&s->rs->set) + s->sent - s->confirmed;
}

static enum sync_result
wrong(struct sync *s, const char *why)
{
	snprintf(s->fault, sizeof s->fault, "%s", why);
	return SYNC_WRONG;
}

static size_t
pending(const struct sync *s)
{
	return s->out_end - s->out_start;
}

/* Space for size bytes at the end of out; NULL where that is full. */
static uint8_t *
out_space(struct sync *s, size_t size)
{
	if (sizeof s->out - pending(s) < size)
		return NULL;
	if (sizeof s->out - s->out_end < size) {
		memmove(s->out, s->out + s->out_start, pending(s));
		s->out_end -= s->out_start;
		s->out_start = 0;
	}
	return s->out + s->out_end;
}

static void
put_frame(struct sync *s, enum frame_type type, const void *data, size_t len)
{
	uint8_t *out = out_space(s, FRAME_HEAD_MAX + len);
	size_t head = frame_put_head(out, type, len);
	if (len > 0)
		memmove(out + head, data, len);
	s->out_end += head + len;
}

static void
on_have(void *arg, struct line_item *item)
{
	struct sync *s = arg;
	if (line_state(item) == LINE_KEPT)
		lineset_mark(&s->rs->set, item, LINE_LACKED);
}

static struct negentropy
negentropy_of(struct sync *s)
{
	return (struct negentropy){.set = &s->rs->set,
		.initiator = s->initiator,
		.pushes = true,
		.have = on_have,
		.arg = s};
}

/* in: NULL for the first message. */
static enum sync_result
reconcile(struct sync *s, const uint8_t *in, size_t len)
{
	struct negentropy n = negentropy_of(s);
	uint8_t *out = out_space(s, FRAME_HEAD_MAX + FRAME_DATA_MAX);
	if (!out)
		return wrong(s, "it asks before it has the answer");
	if (lineset_settle(&s->rs->set) < 0)
		return SYNC_FAILED;
	ssize_t answer = in ? negentropy_answer(&n, in, len, out + FRAME_HEAD_MAX, FRAME_DATA_MAX)
			    : (ssize_t)negentropy_first(&n, out + FRAME_HEAD_MAX);
	if (answer < 0)
		return wrong(s, "its lines can't be compared");
	put_frame(s, FRAME_RECONCILE, out + FRAME_HEAD_MAX, (size_t)answer);
	s->asked = s->initiator && answer > 0;
	s->compared = s->initiator && answer == 0;
	return SYNC_GOES_ON;
}

static enum sync_result
take_reconcile(struct sync *s, const struct frame *frame)
{
	if (s->compared || (s->initiator && !s->asked))
		return wrong(s, "it compares again");
	s->turns++;
	if (frame->len > 0)
		return reconcile(s, frame->data, frame->len);
	if (s->initiator)
		return wrong(s, "it ends a comparison that it did not begin");
	s->compared = true;
	return SYNC_GOES_ON;
}

/* Appends what was received. */
static enum sync_result
take_batch(struct sync *s)
{
	if (s->batch.count > 0)
		roomset_take(s->rs, &s->batch);
	if (s->batch.count == 0)
		return SYNC_GOES_ON;
	return errno == EAGAIN || errno == ENOSPC || errno == EDQUOT ? SYNC_HELD : SYNC_FAILED;
}

static void
take_line(struct sync *s, const struct frame *frame)
{
	struct line_key key;
	const char *line = (const char *)frame->data;
	s->received++;
	lineid_key(&key, line, frame->len);
	if (roomset_is_old(s->rs, &key))
		return;
	struct line_item *item = lineset_find(&s->rs->set, &key);
	if (item)
		lineset_mark(&s->rs->set, item, LINE_GIVEN);
	else
		batch_add(&s->batch, &key, line, frame->len);
}

static enum sync_result
take_frame(struct sync *s, const struct frame *frame)
{
	switch (frame->type) {
	case FRAME_RECONCILE:
		return take_reconcile(s, frame);
	case FRAME_LINE:
		take_line(s, frame);
		return SYNC_GOES_ON;
	case FRAME_CONFIRM:
		if (frame->number < s->confirmed || frame->number > s->sent)
			return wrong(s, "it confirms lines that it was not sent");
		s->confirmed = frame->number;
		return SYNC_GOES_ON;
	case FRAME_DONE:
		s->peer_done = true;
		return SYNC_GOES_ON;
	}
	return SYNC_WRONG;
}

static enum sync_result
take_greeting(struct sync *s, size_t *taken)
{
	struct greeting theirs;
	switch (greeting_get(s->in, s->in_len, &theirs, taken)) {
	case GREETED:
		break;
	case GREETED_PARTLY:
		return SYNC_GOES_ON;
	case GREETED_NEWER:
		return wrong(s, "it speaks another version of the protocol");
	case GREETED_NOT:
		snprintf(s->fault, sizeof s->fault, "it is not chatsync, but %s",
			greeting_guess(s->in, s->in_len));
		return SYNC_WRONG;
	}
	if (theirs.nonce == s->greeting.nonce)
		return wrong(s, "it sends our own bytes back (an echo?)");
	s->greeted = true;
	s->peer_count = theirs.count;
	s->initiator = s->greeting.nonce > theirs.nonce;
	if (theirs.since > s->rs->since)
		roomset_set_since(s->rs, theirs.since);
	s->compared =
		theirs.since == s->greeting.since &&
		memcmp(theirs.fingerprint, s->greeting.fingerprint, sizeof theirs.fingerprint) == 0;
	return s->compared || !s->initiator ? SYNC_GOES_ON : reconcile(s, NULL, 0);
}

/* Takes whole frames, as many as possible. Returns how many bytes they were. */
static size_t
take_frames(struct sync *s, size_t from, enum sync_result *result)
{
	while (*result == SYNC_GOES_ON && s->greeted) {
		struct frame frame;
		ssize_t n = frame_get(s->in + from, s->in_len - from, &frame);
		if (n == 0)
			break;
		if (n < 0) {
			*result = wrong(s, "it sends rubbish");
			break;
		}
		if (frame.type == FRAME_LINE && batch_is_full(&s->batch, frame.len))
			*result = take_batch(s);
		if (*result == SYNC_GOES_ON) {
			*result = take_frame(s, &frame);
			from += (size_t)n;
		}
	}
	return from;
}

static enum sync_result
take_input(struct sync *s)
{
	size_t taken = 0;
	enum sync_result result = take_batch(s);
	if (!s->greeted && s->in_len > 0)
		result = take_greeting(s, &taken);
	if (result == SYNC_GOES_ON)
		taken = take_frames(s, taken, &result);
	s->in_len -= taken;
	memmove(s->in, s->in + taken, s->in_len);
	return result == SYNC_GOES_ON ? take_batch(s) : result;
}

/* Puts the next line, unless it has gone from the room. Returns false when it does not fit. */
static bool
put_line(struct sync *s)
{
	struct line_key key;
	size_t len;
	struct line_place place = s->next[s->next_at];
	const char *line = roomset_line(s->rs, place, &key, &len);
	if (line && pending(s) + len + FRAME_HEAD_MAX > SYNC_LINES)
		return false;
	s->next_at++;
	struct line_item *item = line ? lineset_find(&s->rs->set, &key) : NULL;
	struct line_place known = item ? line_place(item) : (struct line_place){0};
	if (!item || known.offset != place.offset || known.file != place.file) {
		roomset_forget(s->rs, place);
	} else if (line_state(item) == LINE_LACKED) {
		put_frame(s, FRAME_LINE, line, len);
		lineset_mark(&s->rs->set, item, LINE_GIVEN);
		s->sent++;
	}
	return true;
}

static void
put_lines(struct sync *s)
{
	const struct lineset *set = &s->rs->set;
	while (lineset_lacked(set) > 0) {
		if (s->next_at == s->next_count) {
			s->next_at = 0;
			s->next_count = lineset_next(set, s->next, SYNC_NEXT, s->rs->file);
		}
		if (!put_line(s))
			return;
	}
	s->next_at = s->next_count = 0;
}

/* Small frames, which leave space for a message of negentropy's. */
static void
put_output(struct sync *s)
{
	uint64_t taken = s->batch.count == 0 ? s->received : s->taken;
	if (pending(s) > SYNC_LINES)
		return;
	if (taken > s->taken) {
		uint8_t *out = out_space(s, FRAME_HEAD_MAX + VARINT_MAX);
		s->out_end += frame_put_number(out, FRAME_CONFIRM, taken);
		s->taken = taken;
	}
	if (!s->greeted)
		return;
	/* Once all was compared, for the order of the room, unless that takes very long. */
	if (s->compared || s->turns >= SYNC_TURNS)
		put_lines(s);
	if (s->compared && !s->done && lineset_lacked(&s->rs->set) == 0) {
		put_frame(s, FRAME_DONE, NULL, 0);
		s->done = true;
	}
}

enum sync_result
sync_advance(struct sync *s, size_t n)
{
	s->in_len += n;
	enum sync_result result = take_input(s);
	int error = errno;
	if (result == SYNC_GOES_ON || result == SYNC_HELD)
		put_output(s);
	errno = error;
	return result;
}
