#include "chat/record.h"

#include <string.h>

void
record_init(struct record *r, struct stamp *stamp, enum sanitize_style style, size_t limit)
{
	*r = (struct record){.stamp = stamp, .style = style, .limit = limit};
	/* LF and '+', or LF and the rest of \x2b. */
	r->fit = limit - (style == SANITIZE_ESCAPE ? 4 : 2);
	r->full = limit - (style == SANITIZE_ESCAPE ? 4 : 1);
}

static inline bool
has_text(const struct record *r)
{
	return r->used > r->start;
}

static bool
holds_cr(const struct record *r)
{
	return r->held_len > 0 && r->held[0] == '\r';
}

bool
record_pending(const struct record *r)
{
	return has_text(r) || holds_cr(r);
}

static inline void
begin_record(struct record *r, int64_t now)
{
	size_t max = r->limit - RECORD_TEXT_MIN;
	stamp_at(r->stamp, now);
	size_t len = r->stamp->len < max ? r->stamp->len : max;
	memcpy(r->out + r->used, r->stamp->text, len);
	r->used += len;
	r->swallow = SWALLOW_NOTHING;
}

static inline void
end_record(struct record *r)
{
	r->out[r->used++] = '\n';
	r->start = r->used;
}

/* The text does not fit: cuts the record. */
static void
cut_record(struct record *r)
{
	size_t cut = r->used - r->start > r->fit ? r->cut : r->used;
	bool plain = r->plain == r->used;
	char rest[SANITIZE_FORM_MAX];
	size_t rest_len = r->used - cut;
	memcpy(rest, r->out + cut, rest_len);
	r->used = cut;
	r->out[r->used++] = '+';
	end_record(r);
	if (rest_len > 0) {
		begin_record(r, r->cut_time);
		memcpy(r->out + r->used, rest, rest_len);
		r->used += rest_len;
	}
	r->plain = plain && rest_len > 0 ? r->used : 0;
}

static void
add_form(struct record *r, const struct sanitize_form *form, int64_t now)
{
	if (r->used - r->start + form->len > r->full)
		cut_record(r);
	if (!has_text(r))
		begin_record(r, now);
	if (r->used - r->start + form->len > r->fit) {
		r->cut = r->used;
		r->cut_time = now;
	}
	memcpy(r->out + r->used, form->text, form->len);
	r->used += form->len;
}

static inline void
add_newline(struct record *r, int64_t now)
{
	if (!has_text(r)) {
		if (r->swallow != SWALLOW_NOTHING) {
			r->swallow = SWALLOW_NOTHING;
			return;
		}
		begin_record(r, now);
	}
	if (r->style == SANITIZE_ESCAPE && has_text(r) && r->out[r->used - 1] == '+') {
		memcpy(r->out + r->used - 1, "\\x2b", 4);
		r->used += 3;
	}
	end_record(r);
}

/* Takes a character that may need another form. Returns its length, 0 where it is cut off. */
static size_t
add_shown(struct record *r, const char *src, size_t len, int64_t now)
{
	struct sanitize_form form;
	bool follows = has_text(r) && r->plain == r->used;
	uint32_t before = follows ? sanitize_last(r->out + r->start, r->used - r->start) : 0;
	size_t n = sanitize_char(&form, src, len, r->style, before);
	if (n > 0)
		add_form(r, &form, now);
	if (n > 0 && form.len == n && memcmp(form.text, src, n) == 0)
		r->plain = r->used;
	return n;
}

/* Takes a newline or a character. Returns its length, 0 where it is cut off. */
static inline size_t
add_one(struct record *r, const char *src, size_t len, int64_t now)
{
	if (*src == '\n') {
		add_newline(r, now);
		return 1;
	}
	if (*src != '\r' || r->style == SANITIZE_ESCAPE)
		return add_shown(r, src, len, now);
	if (r->swallow == SWALLOW_END && !has_text(r)) {
		r->swallow = SWALLOW_LF;
		return 1;
	}
	if (len == 1)
		return 0;
	if (src[1] != '\n')
		return add_shown(r, src, len, now);
	add_newline(r, now);
	return 2;
}

/* Takes characters that pass unchanged, as many as come at once. */
static inline size_t
add_run(struct record *r, const char *src, size_t len, int64_t now)
{
	if (!has_text(r)) {
		/* Only for a sure character, so that no record is begun for nothing. */
		if (*src < ' ' || *src > '~')
			return 0;
		begin_record(r, now);
	}
	size_t text = r->used - r->start;
	if (text >= r->fit)
		return 0;
	size_t space = r->fit - text;
	size_t n = sanitize_run(r->out + r->used, src, len < space ? len : space, r->style);
	r->used += n;
	r->plain = n > 0 ? r->used : r->plain;
	return n;
}

/* Decides about the held bytes by those that follow. Returns how many bytes of src that took. */
static size_t
add_held(struct record *r, const char *src, size_t len)
{
	while (r->held_len > 0) {
		char joined[2 * sizeof r->held];
		size_t more = len < sizeof r->held ? len : sizeof r->held;
		memcpy(joined, r->held, r->held_len);
		memcpy(joined + r->held_len, src, more);
		size_t n = add_one(r, joined, r->held_len + more, r->held_time);
		if (n == 0) {
			memcpy(r->held + r->held_len, src, more);
			r->held_len += more;
			return more;
		}
		if (n >= r->held_len) {
			n -= r->held_len;
			r->held_len = 0;
			return n;
		}
		r->held_len -= n;
		memmove(r->held, r->held + n, r->held_len);
	}
	return 0;
}

size_t
record_add(struct record *r, const char *src, size_t len, int64_t now)
{
	if (r->start > RECORD_BATCH)
		return 0;
	size_t i = add_held(r, src, len);
	while (i < len && r->start <= RECORD_BATCH) {
		i += add_run(r, src + i, len - i, now);
		if (i == len)
			break;
		size_t n = add_one(r, src + i, len - i, now);
		if (n == 0) {
			r->held_len = len - i;
			r->held_time = now;
			memcpy(r->held, src + i, r->held_len);
			return len;
		}
		i += n;
	}
	return i;
}

/* Ends the current record without LF. */
static void
end_silently(struct record *r, enum record_swallow swallow)
{
	if (r->style == SANITIZE_ESCAPE)
		r->out[r->used++] = '+';
	else
		r->swallow = swallow;
	end_record(r);
}

/* A CR with nothing behind it ends a record, even an empty one. */
static void
end_by_cr(struct record *r)
{
	r->held_len = 0;
	if (!has_text(r))
		begin_record(r, r->held_time);
	end_silently(r, SWALLOW_LF);
}

void
record_idle(struct record *r)
{
	if (holds_cr(r))
		end_by_cr(r);
	else if (has_text(r))
		end_silently(r, SWALLOW_END);
}

void
record_end(struct record *r)
{
	if (holds_cr(r)) {
		end_by_cr(r);
		return;
	}
	for (size_t i = 0; i < r->held_len; i++) {
		struct sanitize_form form;
		sanitize_byte(&form, r->held[i], r->style);
		add_form(r, &form, r->held_time);
	}
	r->held_len = 0;
	record_idle(r);
}

size_t
record_ready(const struct record *r)
{
	return r->start;
}

size_t
record_piece(const char *records, size_t len)
{
	if (len <= RECORD_WRITE)
		return len;
	const char *last = memrchr(records, '\n', RECORD_WRITE);
	return (size_t)(last - records) + 1;
}

void
record_written(struct record *r)
{
	r->used -= r->start;
	r->cut -= r->start;
	r->plain -= r->start;
	memmove(r->out, r->out + r->start, r->used);
	r->start = 0;
}
