/* The identity of a room's line: the hash of its bytes, and the time at which it was written, by
 * the RFC 3339 stamp at its start. Pure. */
#ifndef LINEID_H
#define LINEID_H

#include <stddef.h>
#include <stdint.h>

enum { LINE_HASH = 32 }; /* SHA-256 of the line, without its LF */

/* memcmp() of two keys gives their order. */
struct line_key {
	uint8_t second[5]; /* since 1970, the most significant byte first; 0: no stamp */
	uint8_t hash[LINE_HASH];
};

/* A line as a set of lines holds it: see lineset.h. */
struct line_item {
	struct line_key key;
	uint8_t packed[5]; /* state, file and offset */
};

/* The second, since 1970, of the RFC 3339 stamp that the line starts with (date, 'T', 't' or a
 * space, time, perhaps a fraction, then 'Z', 'z' or an offset); 0 without a stamp, or before 1970.
 * A leap second is the second after. */
uint64_t lineid_second(const char *line, size_t len);

/* Seconds are below this, which stands for infinity: 40 bits last until the year 36812. */
#define LINE_TIME_MAX ((UINT64_C(1) << 40) - 1)

uint64_t line_second(const struct line_key *key);

void line_set_second(struct line_key *key, uint64_t second);

/* The key of a line, without its LF. */
void lineid_key(struct line_key *key, const char *line, size_t len);

#endif
