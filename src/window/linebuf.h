/* Lines from a program's output, which comes in pieces of any size. Pure, and bounded. */
#ifndef LINEBUF_H
#define LINEBUF_H

#include <stddef.h>

/* A longer line comes in pieces. */
enum { LINEBUF_MAX = 8192 };

struct linebuf {
	size_t len;
	char text[LINEBUF_MAX + 1];
};

/* Takes bytes up to the end of a line, or up to its longest length; returns how many. When *line is
 * not NULL then, it is the line, without its newline, until the next call; a NUL in it is shown as
 * '?'. */
size_t linebuf_take(struct linebuf *b, const char *bytes, size_t len, const char **line);

/* At the end of the input: the last line that has no newline, NULL where there is none. */
const char *linebuf_rest(struct linebuf *b);

#endif
