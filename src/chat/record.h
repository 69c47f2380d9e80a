/* Bytes to records: a stamp, the safe form of a line, LF. Pure: time comes in as an argument, and
 * records lie in a buffer until the caller has written them.
 *
 * A record is stamped with the time of its first byte. The output doesn't depend on how the input
 * was split, only on the times. A line longer than the limit is cut between characters, and the
 * piece ends in '+'. CR before LF is dropped, and a CR before silence or the end of input ends its
 * record as LF does. With SANITIZE_ESCAPE nothing is dropped: '+' ends each record that ended
 * without LF, and any other '+' there is \x2b. */
#ifndef RECORD_H
#define RECORD_H

#include "base/sanitize.h"
#include "chat/stamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECORD_BATCH = 1 << 17, /* collects this many bytes of records, or a little more */
	RECORD_WRITE = 4096, /* most bytes to write at once, and in a record */
	RECORD_TEXT_MIN = SANITIZE_FORM_MAX + 4, /* most bytes that a character and the end need */
};

struct record {
	struct stamp *stamp;
	enum sanitize_style style;
	size_t limit;
	size_t fit; /* of a record: its text may grow to here when more text follows, */
	size_t full; /* and to here when it ends */

	size_t start; /* in out: whole records end, and the one in progress begins, */
	size_t used; /* and ends */
	size_t cut; /* where it must be cut when more text follows, once it is past fit, */
	int64_t cut_time; /* and when the text behind that came */
	size_t plain; /* the end of the last character that passed unchanged */
	enum record_swallow {
		SWALLOW_NOTHING,
		SWALLOW_LF, /* that comes next: it belongs to the record before, */
		SWALLOW_END, /* and so does CR, or CR and LF */
	} swallow;

	/* Input that can't be judged before more comes: CR, or the start of a character. */
	char held[4];
	size_t held_len;
	int64_t held_time;

	/* Whole records, including the one that filled the batch, and the one in progress. */
	char out[RECORD_BATCH + 2 * RECORD_WRITE + SANITIZE_SLACK];
};

/* limit is the longest record in bytes, LF included, up to RECORD_WRITE. stamp is kept, and gives
 * the text before each record, which is cut after limit - RECORD_TEXT_MIN bytes. */
void record_init(struct record *r, struct stamp *stamp, enum sanitize_style style, size_t limit);

/* Takes bytes that came at now. Returns how many: fewer than len when records must be written
 * first. */
size_t record_add(struct record *r, const char *src, size_t len, int64_t now);

/* Whether record_idle() would make a record. */
bool record_pending(const struct record *r);

/* After silence: makes a record of the pending text, without an incomplete character at its end.
 * When CR, LF or both come next, they count as the end of that record, except with
 * SANITIZE_ESCAPE. */
void record_idle(struct record *r);

/* At the end of input: makes a record of all that is left, without a CR at its end. */
void record_end(struct record *r);

/* How many bytes of r->out are whole records, to be written now. */
size_t record_ready(const struct record *r);

/* How many of these len bytes of records to write in one write(): whole records, at most
 * RECORD_WRITE bytes. */
size_t record_piece(const char *records, size_t len);

/* Drops the records that record_ready() counted. */
void record_written(struct record *r);

#endif
