/* Range-based set reconciliation by the Negentropy protocol, version 1
 * (https://github.com/hoytech/negentropy, docs/negentropy-protocol-v1.md): finds the lines that the
 * peer lacks, and those that we lack. Two peers exchange messages in turns; nothing is kept between
 * messages. Pure.
 *
 * A message is a list of ranges of keys, and for each range its sender's fingerprint, or a list of
 * all its lines there. Where fingerprints differ, the answer has the range in several parts. */
#ifndef NEGENTROPY_H
#define NEGENTROPY_H

#include "chat/fingerprint.h"
#include "chat/lineset.h"

#include <sys/types.h>

enum {
	NEGENTROPY_VERSION = 0x61,
	NEGENTROPY_LIST_MAX = 2048, /* lines in a list; longer ones are refused */
	NEGENTROPY_MIN = 4096, /* the least space for a message */
};

struct negentropy {
	struct lineset *set; /* settled, see lineset_settle() */
	bool initiator; /* sends the first message */

	/* Each end sends the lines that it finds the other lacks. So the answer to a list is a list
	 * of the lines that both have, and only if some are lacking: that is as good as a complete
	 * list. Otherwise only the initiator learns the differences, as from the reference
	 * implementation. */
	bool pushes;

	/* The peer lacks this line; may be called again for it. */
	void (*have)(void *arg, struct line_item *item);
	/* The peer has a line of this hash, which we lack. May be NULL. */
	void (*need)(void *arg, const uint8_t *hash);
	void *arg;
};

/* The initiator's first message. Returns its length, at most NEGENTROPY_MIN. */
size_t negentropy_first(const struct negentropy *n, uint8_t *out);

/* Answers a message with at most size bytes (NEGENTROPY_MIN or more): ranges that do not fit are
 * left for the next turn. Returns the answer's length; for the initiator 0: all is compared. -1:
 * this is not a message of the protocol, or not of this version. */
ssize_t negentropy_answer(
	const struct negentropy *n, const uint8_t *in, size_t len, uint8_t *out, size_t size);

#endif
