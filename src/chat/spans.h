/* The parts of a file that we wrote: spans that its one reader, which goes through the file once
 * from start to end, has still to skip. Pure. */
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

/* Whether there is no space for another span: the reader has to go on first. */
bool spans_full(const struct spans *s);

/* Notes that start..end is our own. Call it in the order of the file, unless spans_full(). */
void spans_add(struct spans *s, off_t start, off_t end);

/* Where the reader at pos reads next: pos, or the end of our own text there. Forgets all spans
 * before. */
off_t spans_skip(struct spans *s, off_t pos);

/* How far the reader may go from there: to the next span, or to end when none starts before it. */
off_t spans_until(const struct spans *s, off_t end);

/* The highest end of a span, 0 where there is none. */
off_t spans_end(const struct spans *s);

/* Forgets everything. */
void spans_clear(struct spans *s);

#endif
