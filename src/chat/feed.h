/* Bytes to lines that can be appended to a room: whole, at most FEED_LINE bytes each. Pure. */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>

enum { FEED_LINE = 65536 }; /* the longest line, LF included */

struct feed {
	size_t len;
	char data[FEED_LINE + 2]; /* two more for the end of a line that is cut */
};

/* Where the next bytes go, and how many: at least one after feed_taken() of all that is ready. Add
 * what came to len. */
char *feed_space(struct feed *feed, size_t *size);

/* How many bytes of data are whole lines. A line that is too long is cut before the character
 * that would make it so, and the piece ends in '+'; what follows is the next line. At the end of
 * input the last line needs no LF. */
size_t feed_ready(struct feed *feed, bool end);

/* Drops the first n bytes of data. */
void feed_taken(struct feed *feed, size_t n);

#endif
