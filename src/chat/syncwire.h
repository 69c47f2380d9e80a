/* The protocol between two chatsyncs, which chatsync(1) describes: a greeting of one line of text,
 * then frames. Pure, bounded. */
#ifndef SYNCWIRE_H
#define SYNCWIRE_H

#include "chat/negentropy.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	SYNC_VERSION = 1,
	GREETING_MAX = 160,
	FRAME_HEAD_MAX = 4,
	FRAME_DATA_MAX = 65536,
	FRAME_LINE_MAX = 65535,
};

struct greeting {
	uint64_t nonce; /* the end with the higher one begins */
	uint64_t since; /* lines stamped before this second don't count */
	uint64_t count; /* of the lines */
	uint8_t fingerprint[FINGERPRINT_LEN]; /* of them all */
};

enum greeted {
	GREETED, /* a greeting */
	GREETED_PARTLY, /* perhaps the start of one */
	GREETED_NEWER, /* another version's */
	GREETED_NOT, /* something else */
};

enum frame_type {
	FRAME_RECONCILE = 'N', /* a message of negentropy; empty: that was all */
	FRAME_LINE = 'L', /* a line, without its LF */
	FRAME_CONFIRM =
		'C', /* a number: of the lines that you sent, these first ones are in my room */
	FRAME_DONE = 'D', /* empty: you have been sent all that you lack */
};

struct frame {
	enum frame_type type;
	const uint8_t *data;
	size_t len;
	uint64_t number; /* of FRAME_CONFIRM */
};

/* Returns the length. */
size_t greeting_put(char out[GREETING_MAX], const struct greeting *greeting);

/* *taken: the length of a greeting. */
enum greeted greeting_get(const uint8_t *in, size_t len, struct greeting *greeting, size_t *taken);

/* A guess what the other end is, from its bytes instead of a greeting. */
const char *greeting_guess(const uint8_t *in, size_t len);

/* Puts the head of a frame of len bytes; returns its length. */
size_t frame_put_head(uint8_t *out, enum frame_type type, size_t len);

size_t frame_put_number(uint8_t *out, enum frame_type type, uint64_t number);

/* Returns the length of the frame in bytes; 0: it is incomplete; -1: that is no frame. */
ssize_t frame_get(const uint8_t *in, size_t len, struct frame *frame);

#endif
