/* How a line stands among those before it: a new day, more from the same person, delivered or not.
 * Pure. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "window/said.h"

#include <stdbool.h>

/* After so many seconds a person's next line shows the name again. */
enum { TRANSCRIPT_PAUSE = 300 };

struct transcript {
	bool begun;
	long day; /* of the last line */
	struct said last; /* without its text's use */
	unsigned long own; /* lines of one's own so far */
	unsigned long undelivered; /* of them, the last ones are not in the peer's room yet */
};

struct transcript_place {
	bool new_day; /* day is another one than that of the line before */
	long day;
	bool continues; /* the same person goes on: no need for the name */
	unsigned long own; /* which of one's own lines it is, from 1; 0: somebody else's */
};

/* Adds a line; returns its place. */
struct transcript_place transcript_add(struct transcript *t, const struct said *said);

/* Something else stands between: the next line shows its name. */
void transcript_break(struct transcript *t);

/* Whether the own line of that number (transcript_place.own) is not delivered yet. */
bool transcript_waits(const struct transcript *t, unsigned long own);

#endif
