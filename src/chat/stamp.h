/* What stands before a record: when it began, and whose it is. Pure: the caller reads the clock
 * (only the time zone is the system's). Times are nanoseconds. */
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
	STAMP_NAME_MAX = 248, /* as long as a Bluetooth device's name may be */
	STAMP_TIME_MAX = 255, /* what would make a formatted time longer is left out of it */
	STAMP_MAX = STAMP_TIME_MAX + 4 * STAMP_NAME_MAX + sizeof " <> ",
};

struct stamp_options {
	enum stamp_kind kind;
	bool utc;
	/* strftime(3), and also %.S %.s %.T with microseconds, %.3S and so on with that many
	 * digits; of date(1), %N and %3N, %:z as +01:00, %::z and %:::z. Elapsed hours are counted past 24. Empty for no time. */
	const char *format;
	const char *name; /* NULL for none; shown by sanitize_copy() */
	int64_t start; /* for elapsed times */
};

struct stamp {
	struct stamp_options options;
	char tail[4 * STAMP_NAME_MAX + sizeof "<> "];
	int64_t since; /* shown times are counted from here */
	int64_t second; /* the whole seconds that text shows */
	int64_t settled; /* a record that begins at this time has the same text again */
	struct {
		size_t at; /* where in text a fraction's digits are */
		int digits;
	} fractions[8];
	size_t fraction_count;
	char text[STAMP_MAX]; /* not terminated */
	size_t len;
};

/* The strings are kept, not copied. A longer name than STAMP_NAME_MAX is cut. */
void stamp_init(struct stamp *s, const struct stamp_options *options);

/* The same as stamp_at(), for a time that differs. */
void stamp_renew(struct stamp *s, int64_t now);

/* Makes s->text the text before a record that begins at now. With STAMP_RECORD each call is a
 * record. Costs little while the second stays the same, and next to nothing at the same time. */
static inline void
stamp_at(struct stamp *s, int64_t now)
{
	if (now != s->settled)
		stamp_renew(s, now);
}

#endif
