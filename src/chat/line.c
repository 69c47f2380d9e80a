#include "chat/line.h"

#include <string.h>

void
line_init(struct line *l, struct stamp *stamp, enum sanitize_style style, size_t limit)
{
	*l = (struct line){.stamp = stamp, .style = style, .limit = limit};
	/* LF and '+', or LF and the rest of \x2b. */
	l->fit = limit - (style == SANITIZE_ESCAPE ? 4 : 2);
	l->full = limit - (style == SANITIZE_ESCAPE ? 4 : 1);
}

bool
line_pending(const struct line *l)
{
	return l->used > l->start;
}

static inline void
begin_record(struct line *l, int64_t now)
{
	size_t max = l->limit - LINE_TEXT_MIN;
	stamp_at(l->stamp, now);
	size_t len = l->stamp->len < max ? l->stamp->len : max;
	memcpy(l->out + l->used, l->stamp->text, len);
	l->used += len;
	l->swallow = false;
}

static inline void
end_record(struct line *l)
{
	l->out[l->used++] = '\n';
	l->start = l->used;
}

/* More text comes than fits. */
static void
cut_record(struct line *l)
{
	size_t cut = l->used - l->start > l->fit ? l->cut : l->used;
	char rest[SANITIZE_FORM_MAX];
	size_t rest_len = l->used - cut;
	memcpy(rest, l->out + cut, rest_len);
	l->used = cut;
	l->out[l->used++] = '+';
	end_record(l);
	if (rest_len > 0) {
		begin_record(l, l->cut_time);
		memcpy(l->out + l->used, rest, rest_len);
		l->used += rest_len;
	}
}

static void
add_form(struct line *l, const struct sanitize_form *form, int64_t now)
{
	if (l->used - l->start + form->len > l->full)
		cut_record(l);
	if (!line_pending(l))
		begin_record(l, now);
	if (l->used - l->start + form->len > l->fit) {
		l->cut = l->used;
		l->cut_time = now;
	}
	memcpy(l->out + l->used, form->text, form->len);
	l->used += form->len;
}

static inline void
add_newline(struct line *l, int64_t now)
{
	if (!line_pending(l)) {
		if (l->swallow) {
			l->swallow = false;
			return;
		}
		begin_record(l, now);
	}
	if (l->style == SANITIZE_ESCAPE && line_pending(l) && l->out[l->used - 1] == '+') {
		memcpy(l->out + l->used - 1, "\\x2b", 4);
		l->used += 3;
	}
	end_record(l);
}

/* Takes a character that may need another form. Returns its length, 0 where it is cut off. */
static size_t
add_shown(struct line *l, const char *src, size_t len, int64_t now)
{
	struct sanitize_form form;
	size_t n = sanitize_char(&form, src, len, l->style);
	if (n > 0)
		add_form(l, &form, now);
	return n;
}

/* Takes a newline or a character. Returns its length, 0 where it is cut off. */
static inline size_t
add_one(struct line *l, const char *src, size_t len, int64_t now)
{
	if (*src == '\n') {
		add_newline(l, now);
		return 1;
	}
	if (*src != '\r' || l->style == SANITIZE_ESCAPE)
		return add_shown(l, src, len, now);
	if (len == 1)
		return 0;
	if (src[1] != '\n')
		return add_shown(l, src, len, now);
	add_newline(l, now);
	return 2;
}

/* Takes characters that pass as they are, as many as come at once. */
static inline size_t
add_run(struct line *l, const char *src, size_t len, int64_t now)
{
	if (!line_pending(l)) {
		/* Certainly a character, so that the record isn't begun for nothing. */
		if (*src < ' ' || *src > '~')
			return 0;
		begin_record(l, now);
	}
	size_t text = l->used - l->start;
	if (text >= l->fit)
		return 0;
	size_t room = l->fit - text;
	size_t n = sanitize_run(l->out + l->used, src, len < room ? len : room, l->style);
	l->used += n;
	return n;
}

/* Judges what was held with what follows it. Returns how many bytes of src that took. */
static size_t
add_held(struct line *l, const char *src, size_t len)
{
	while (l->held_len > 0) {
		char joined[2 * sizeof l->held];
		size_t more = len < sizeof l->held ? len : sizeof l->held;
		memcpy(joined, l->held, l->held_len);
		memcpy(joined + l->held_len, src, more);
		size_t n = add_one(l, joined, l->held_len + more, l->held_time);
		if (n == 0) {
			memcpy(l->held + l->held_len, src, more);
			l->held_len += more;
			return more;
		}
		if (n >= l->held_len) {
			n -= l->held_len;
			l->held_len = 0;
			return n;
		}
		l->held_len -= n;
		memmove(l->held, l->held + n, l->held_len);
	}
	return 0;
}

size_t
line_feed(struct line *l, const char *src, size_t len, int64_t now)
{
	if (l->start > LINE_BATCH)
		return 0;
	size_t i = add_held(l, src, len);
	while (i < len && l->start <= LINE_BATCH) {
		i += add_run(l, src + i, len - i, now);
		if (i == len)
			break;
		size_t n = add_one(l, src + i, len - i, now);
		if (n == 0) {
			l->held_len = len - i;
			l->held_time = now;
			memcpy(l->held, src + i, l->held_len);
			return len;
		}
		i += n;
	}
	return i;
}

void
line_idle(struct line *l)
{
	if (!line_pending(l))
		return;
	if (l->style == SANITIZE_ESCAPE)
		l->out[l->used++] = '+';
	else
		l->swallow = true;
	end_record(l);
}

void
line_end(struct line *l)
{
	for (size_t i = 0; i < l->held_len; i++) {
		struct sanitize_form form;
		sanitize_byte(&form, l->held[i], l->style);
		add_form(l, &form, l->held_time);
	}
	l->held_len = 0;
	line_idle(l);
}

size_t
line_ready(const struct line *l)
{
	return l->start;
}

size_t
line_piece(const char *records, size_t len)
{
	if (len <= LINE_WRITE)
		return len;
	const char *last = memrchr(records, '\n', LINE_WRITE);
	return (size_t)(last - records) + 1;
}

void
line_written(struct line *l)
{
	l->used -= l->start;
	l->cut -= l->start;
	memmove(l->out, l->out + l->start, l->used);
	l->start = 0;
}
