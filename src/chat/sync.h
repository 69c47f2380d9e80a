/* One end of two rooms that meet: takes the other end's messages and makes its own. It reads and
 * appends to the room; the caller moves the bytes between the ends. */
#ifndef SYNC_H
#define SYNC_H

#include "chat/roomset.h"
#include "chat/syncwire.h"

enum {
	/* Input is taken even while output waits, or two ends could wait for each other: a message
	 * of negentropy always fits behind the lines, since there is only one at a time. */
	SYNC_LINES = FRAME_LINE_MAX + FRAME_HEAD_MAX,
	SYNC_OUT = SYNC_LINES + FRAME_DATA_MAX + FRAME_HEAD_MAX + 1024,
	SYNC_IN = 2 * FRAME_DATA_MAX,
	SYNC_NEXT = 8192,
	/* After this number of messages from the other end, lines are sent before all is compared:
	 * where very much differs, even a link that never lasts until the end must carry some. */
	SYNC_TURNS = 16,
};

enum sync_result {
	SYNC_GOES_ON,
	SYNC_HELD, /* lines can't be appended now: call again; errno: EAGAIN, ENOSPC or EDQUOT */
	SYNC_WRONG, /* the other end broke the protocol, see fault */
	SYNC_FAILED, /* errno: the room can't be read or written, or memory is short */
};

struct sync {
	struct roomset *rs;
	struct greeting greeting; /* ours */
	uint64_t peer_count; /* of its lines, by its greeting */
	bool greeted, initiator;
	bool asked; /* we wait for an answer */
	bool compared; /* everything is */
	unsigned turns; /* messages of negentropy that came */
	bool done, peer_done; /* that end has sent all lines */
	uint64_t sent, confirmed; /* lines of ours */
	uint64_t received, taken; /* lines of the peer's; how many we have confirmed */
	char fault[128];

	struct batch batch;
	size_t next_at, next_count; /* the next lines to send */
	struct line_place next[SYNC_NEXT];
	size_t in_len;
	uint8_t in[SYNC_IN];
	size_t out_start, out_end;
	uint8_t out[SYNC_OUT];
};

/* Begins with a loaded room; nonce: a random number, not the other end's. -1 with ENOMEM. */
int sync_begin(struct sync *s, struct roomset *rs, uint64_t nonce);

/* Where bytes from the other end go, and how many; 0: there is no space now. */
uint8_t *sync_space(struct sync *s, size_t *size);

/* Does all that can be done now, after n bytes more came. */
enum sync_result sync_advance(struct sync *s, size_t n);

/* Drops the first n bytes of out, from out_start, which were sent. */
void sync_sent(struct sync *s, size_t n);

/* Whether both rooms have the same lines, as far as this end knows. */
bool sync_in_step(const struct sync *s);

/* How many lines the other end may lack, as far as they were compared. */
uint64_t sync_unconfirmed(const struct sync *s);

#endif
