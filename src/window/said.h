/* A line of the conversation, "STAMP <nick> text", taken apart. Pure. */
#ifndef SAID_H
#define SAID_H

#include <stdbool.h>
#include <stdint.h>

enum { SAID_NICK = 256, SAID_TEXT = 4096 };

struct said {
	int64_t time; /* seconds since 1970, UTC */
	bool own;
	bool action; /* by /me: text is what nick does */
	char nick[SAID_NICK]; /* cut where longer */
	char text[SAID_TEXT];
};

/* Reads a line without its newline. own is the nick of this side: a nick may hold "> ", which is
 * known only of our own. False where it is no such line. */
bool said_parse(struct said *said, const char *line, const char *own);

/* The time of an RFC 3339 stamp at the start of text, as chatline prints it; returns the text after
 * it, or NULL where there is none. */
const char *said_stamp(const char *text, int64_t *time);

#endif
