/* Bytes to lines that can be appended to a room: whole, at most SPLITTER_LINE_MAX bytes each.
 * Pure. */
#ifndef SPLITTER_H
#define SPLITTER_H

#include <stdbool.h>
#include <stddef.h>

enum { SPLITTER_LINE_MAX = 65536 }; /* the longest line, LF included */

struct splitter {
	size_t len;
	char data[SPLITTER_LINE_MAX + 2]; /* two more for the end of a cut line */
};

/* Where the next bytes go, and how many: at least one after splitter_taken() of all that is ready.
 * Add the number that came to len. */
char *splitter_space(struct splitter *s, size_t *size);

/* How many bytes of data are whole lines. A line that is too long is cut between characters, and
 * the piece ends in '+'; the rest is the next line. At the end of input the last line needs no
 * LF. */
size_t splitter_ready(struct splitter *s, bool end);

/* Drops the first n bytes of data. */
void splitter_taken(struct splitter *s, size_t n);

#endif
