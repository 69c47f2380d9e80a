/* One end of two rooms that meet: what it answers to what the other end says, and what it sends by
 * itself. It reads and appends to the room; the bytes between the ends are its owner's business. */
#ifndef SYNC_H
#define SYNC_H

#include "chat/roomset.h"
#include "chat/syncwire.h"

enum {
	/* What comes is taken whatever is still to be sent, or two ends could wait for each other:
	 * a message of negentropy always fits behind the lines, for there is but one at a time. */
	SYNC_LINES = FRAME_LINE_MAX + FRAME_HEAD_MAX,
	SYNC_OUT = SYNC_LINES + FRAME_DATA_MAX + FRAME_HEAD_MAX + 1024,
	SYNC_IN = 2 * FRAME_DATA_MAX,
	SYNC_NEXT = 8192,
	/* Messages from the other end after which lines are sent though not all is compared: where very
	 * much differs, a link that never lasts until the end must carry something, too. */
	SYNC_TURNS = 16,
};

enum sync_result {
	SYNC_GOES_ON,
	SYNC_HELD, /* lines can't be appended now: call again; errno: EAGAIN, ENOSPC or EDQUOT */
	SYNC_WRONG, /* the other end is wrong, see fault */
	SYNC_FAILED, /* errno: the room can't be read or written, or memory is short */
};

struct sync {
	struct roomset *rs;
	struct greeting greeting; /* ours */
	uint64_t peer_count; /* of its lines, as it said */
	bool greeted, initiator;
	bool asked; /* we wait for an answer */
	bool compared; /* all */
	unsigned turns; /* messages of negentropy that came */
	bool done, peer_done; /* all was sent then */
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

/* Begins with a room that is loaded; nonce: any number that the other end does not draw. -1 with
 * ENOMEM. */
int sync_begin(struct sync *s, struct roomset *rs, uint64_t nonce);

/* Where bytes from the other end go, and how many; 0: there is no space now. */
uint8_t *sync_space(struct sync *s, size_t *size);

/* Does all that can be done now, after n bytes more came. */
enum sync_result sync_advance(struct sync *s, size_t n);

/* Drops the first n bytes of out, from out_start, which were sent. */
void sync_sent(struct sync *s, size_t n);

/* Do both rooms have the same lines, as far as is known here? */
bool sync_in_step(const struct sync *s);

/* How many lines the other end may lack, as far as they were compared. */
uint64_t sync_unconfirmed(const struct sync *s);

#endif
