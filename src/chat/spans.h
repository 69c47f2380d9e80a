/* Which parts of a file are our own: spans that were appended and are still to be skipped by the
 * one reader, who goes through the file once, from its start to its end. Pure. */
#ifndef SPANS_H
#define SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SPANS_MAX = 4096 };

struct spans {
	size_t first, count;
	struct span {
		off_t start, end;
	} ring[SPANS_MAX];
};

/* Is there no room for another span? The reader has to go on first. */
bool spans_full(const struct spans *s);

/* Notes that start..end is our own. Spans come in the order of the file; own isn't full. */
void spans_add(struct spans *s, off_t start, off_t end);

/* Where the reader at pos reads next: pos, or behind what is our own there. Forgets all that lies
 * before. */
off_t spans_skip(struct spans *s, off_t pos);

/* How far he may read from there: to the next span, or to end when none starts before it. */
off_t spans_until(const struct spans *s, off_t end);

/* The highest end of a span, 0 where there is none. */
off_t spans_end(const struct spans *s);

/* Forgets everything. */
void spans_clear(struct spans *s);

#endif
