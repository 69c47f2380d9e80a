/* Times in the form for people: the clock, and the day. Pure, in the time zone of TZ. */
#ifndef DAY_H
#define DAY_H

#include <stdint.h>

enum { DAY_CLOCK = 6, DAY_TEXT = 64 };

/* The day of a time (seconds since 1970, UTC), as days since 1970 in local time. */
long day_of(int64_t time);

/* "14:52". */
void day_clock(char text[DAY_CLOCK], int64_t time);

/* "Today", "Yesterday", else "Monday 23 November", with the year where it isn't today's. */
void day_text(char text[DAY_TEXT], long day, long today);

#endif
