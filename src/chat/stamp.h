/* The text before a record: its start time and its author's name. Pure: the caller reads the clock
 * (only the time zone comes from the system). Times are nanoseconds. */
#ifndef STAMP_H
#define STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stamp_kind {
	STAMP_TIME, /* the time of day: times are since the epoch */
	STAMP_START, /* elapsed since the start */
	STAMP_RECORD, /* elapsed since the record before; the first since the start */
};

enum {
	STAMP_NAME_MAX = 248, /* the longest name of a Bluetooth device */
	STAMP_TIME_MAX = 255, /* a conversion that would make a formatted time longer is left out */
	STAMP_MAX = STAMP_TIME_MAX + 4 * STAMP_NAME_MAX + sizeof " <> ",
};

struct stamp_options {
	enum stamp_kind kind;
	bool utc;
	/* strftime(3), and also %.S %.s %.T with microseconds, or %.3S with three digits; from
	 * date(1), %N and %3N, %:z as +01:00, %::z and %:::z. Elapsed hours are counted past 24.
	 * Empty for no time. */
	const char *format;
	const char *name; /* NULL for none; shown by sanitize_copy() */
	int64_t start; /* for elapsed times */
};

struct stamp {
	struct stamp_options options;
	char tail[4 * STAMP_NAME_MAX + sizeof "<> "];
	int64_t since; /* elapsed times are counted from here */
	int64_t second; /* the whole seconds that text shows */
	int64_t settled; /* a record that begins at this time has the same text again */
	struct {
		size_t at; /* the place of a fraction's digits in text */
		int digits;
	} fractions[8];
	size_t fraction_count;
	char text[STAMP_MAX]; /* not terminated */
	size_t len;
};

/* The strings are kept, not copied. A longer name than STAMP_NAME_MAX is cut. */
void stamp_init(struct stamp *s, const struct stamp_options *options);

/* The same as stamp_at(), for another time. */
void stamp_renew(struct stamp *s, int64_t now);

/* Makes s->text the text before a record that begins at now. With STAMP_RECORD each call is a
 * record. Costs little within the same second, and next to nothing for the same time. */
static inline void
stamp_at(struct stamp *s, int64_t now)
{
	if (now != s->settled)
		stamp_renew(s, now);
}

#endif
