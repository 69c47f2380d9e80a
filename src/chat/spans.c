#include "chat/spans.h"

static size_t
last(const struct spans *s)
{
	return (s->first + s->count - 1) % SPANS_MAX;
}

bool
spans_full(const struct spans *s)
{
	return s->count == SPANS_MAX;
}

void
spans_add(struct spans *s, off_t start, off_t end)
{
	if (spans_end(s) == start && s->count > 0) {
		s->ring[last(s)].end = end;
		return;
	}
	s->count++;
	s->ring[last(s)] = (struct span){start, end};
}

off_t
spans_skip(struct spans *s, off_t pos)
{
	while (s->count > 0 && s->ring[s->first].start <= pos) {
		if (pos < s->ring[s->first].end)
			pos = s->ring[s->first].end;
		s->first = (s->first + 1) % SPANS_MAX;
		s->count--;
	}
	return pos;
}

off_t
spans_until(const struct spans *s, off_t end)
{
	if (s->count > 0 && s->ring[s->first].start < end)
		return s->ring[s->first].start;
	return end;
}

off_t
spans_end(const struct spans *s)
{
	return s->count > 0 ? s->ring[last(s)].end : 0;
}

void
spans_clear(struct spans *s)
{
	s->first = s->count = 0;
}
