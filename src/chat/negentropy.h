/* Range-based set reconciliation by the Negentropy protocol, version 1
 * (https://github.com/hoytech/negentropy, docs/negentropy-protocol-v1.md): which lines does the
 * peer lack, which do we? Two peers exchange messages in turns; nothing is kept between them. Pure.
 *
 * A message is a list of ranges of keys, and for each range its sender's fingerprint, or a list of
 * all that he has there. Where fingerprints differ, the answer has the range in several parts. */
#ifndef NEGENTROPY_H
#define NEGENTROPY_H

#include "chat/fingerprint.h"
#include "chat/lineset.h"

#include <sys/types.h>

enum {
	NEGENTROPY_VERSION = 0x61,
	NEGENTROPY_LIST_MAX = 2048, /* lines in one list that is taken */
	NEGENTROPY_MIN = 4096, /* the least space for a message */
};

struct negentropy {
	struct lineset *set; /* settled, see lineset_settle() */
	bool initiator; /* sends the first message */

	/* Each end sends what it finds that the other lacks. So the answer to a list is a list of
	 * those lines of it that both have, and only where some are lacking: it says as much as a
	 * complete list would. Otherwise the initiator alone learns anything, as from the
	 * reference implementation. */
	bool pushes;

	/* The peer lacks this line; it may be said again. */
	void (*have)(void *arg, struct line_item *item);
	/* The peer has a line of this hash, which we lack; NULL where nobody wants to know. */
	void (*need)(void *arg, const uint8_t *hash);
	void *arg;
};

/* The initiator's first message. Returns its length, at most NEGENTROPY_MIN. */
size_t negentropy_first(const struct negentropy *n, uint8_t *out);

/* Answers a message, by at most size bytes, not below NEGENTROPY_MIN: what does not fit is left for
 * the next turn. Returns the answer's length; for the initiator 0: that was all. -1: this is not a
 * message of the protocol, or not of this version. */
ssize_t negentropy_answer(
	const struct negentropy *n, const uint8_t *in, size_t len, uint8_t *out, size_t size);

#endif
