#include "window/transcript.h"
#include "window/day.h"

#include <stdlib.h>
#include <string.h>

static bool
same_person(const struct said *a, const struct said *b)
{
	return a->own == b->own && strcmp(a->nick, b->nick) == 0;
}

struct transcript_place
transcript_add(struct transcript *t, const struct said *said)
{
	struct transcript_place place = {.day = day_of(said->time)};
	place.new_day = !t->begun || place.day != t->day;
	place.continues = !place.new_day && same_person(&t->last, said) &&
			  llabs(said->time - t->last.time) < TRANSCRIPT_PAUSE;
	if (said->own)
		place.own = ++t->own;
	t->begun = true;
	t->day = place.day;
	t->last = *said;
	return place;
}

void
transcript_break(struct transcript *t)
{
	t->last.nick[0] = '\0';
}

bool
transcript_waits(const struct transcript *t, unsigned long own)
{
	return own != 0 && own + t->undelivered > t->own;
}
