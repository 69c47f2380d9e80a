/* A line's relation to those before it: a new day, the same author, delivered or not. Pure. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "window/said.h"

#include <stdbool.h>

/* After this number of seconds a person's next line shows the name again. */
enum { TRANSCRIPT_PAUSE = 300 };

struct transcript {
	bool begun;
	long day; /* of the last line */
	struct said last; /* its text is not used */
	unsigned long own; /* own lines so far */
	unsigned long undelivered; /* of them, the last ones are not in the peer's room yet */
};

struct transcript_place {
	bool new_day; /* day differs from that of the line before */
	long day;
	bool continues; /* the same person goes on: the name is not needed */
	unsigned long own; /* its number among our own lines, from 1; 0: another person's */
};

/* Adds a line; returns its place. */
struct transcript_place transcript_add(struct transcript *t, const struct said *said);

/* Another row comes between: the next line shows its name. */
void transcript_break(struct transcript *t);

/* Whether the own line of that number (transcript_place.own) is not delivered yet. */
bool transcript_waits(const struct transcript *t, unsigned long own);

#endif
