#include "chat/own.h"

static size_t
last(const struct own *own)
{
	return (own->first + own->count - 1) % OWN_MAX;
}

bool
own_full(const struct own *own)
{
	return own->count == OWN_MAX;
}

void
own_add(struct own *own, off_t start, off_t end)
{
	if (own_end(own) == start && own->count > 0) {
		own->ring[last(own)].end = end;
		return;
	}
	own->count++;
	own->ring[last(own)] = (struct span){start, end};
}

off_t
own_skip(struct own *own, off_t pos)
{
	while (own->count > 0 && own->ring[own->first].start <= pos) {
		if (pos < own->ring[own->first].end)
			pos = own->ring[own->first].end;
		own->first = (own->first + 1) % OWN_MAX;
		own->count--;
	}
	return pos;
}

off_t
own_until(const struct own *own, off_t end)
{
	if (own->count > 0 && own->ring[own->first].start < end)
		return own->ring[own->first].start;
	return end;
}

off_t
own_end(const struct own *own)
{
	return own->count > 0 ? own->ring[last(own)].end : 0;
}

void
own_clear(struct own *own)
{
	own->first = own->count = 0;
}
