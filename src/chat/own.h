/* Which parts of a file are our own: spans that were appended and are still to be skipped by the
 * one reader, who goes through the file once, from its start to its end. Pure. */
#ifndef OWN_H
#define OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { OWN_MAX = 4096 };

struct own {
	size_t first, count;
	struct span {
		off_t start, end;
	} ring[OWN_MAX];
};

/* Is there no room for another span? The reader has to go on first. */
bool own_full(const struct own *own);

/* Notes that start..end is our own. Spans come in the order of the file; own isn't full. */
void own_add(struct own *own, off_t start, off_t end);

/* Where the reader at pos reads next: pos, or behind what is our own there. Forgets all that lies
 * before. */
off_t own_skip(struct own *own, off_t pos);

/* How far he may read from there: to the next span, or to end when none starts before it. */
off_t own_until(const struct own *own, off_t end);

/* The highest end of a span, 0 where there is none. */
off_t own_end(const struct own *own);

/* Forgets everything. */
void own_clear(struct own *own);

#endif
