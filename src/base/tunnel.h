/* A sealed session: moves plain text between in and out, and its sealed records between two ends of
 * a link, in both directions at once, until both ends have agreed that all of it has arrived.
 *
 * Each end says END when in has ended, TAKEN when all that the other sent before its END is written
 * out, and FINAL when both have said TAKEN: A first, B when it has A's. So A, when it has B's,
 * knows that B needs nothing more, and hangs up; B waits for that. An end whose program has ended
 * says all of it without waiting for the other's END. */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "base/handshake.h"
#include "base/nowait.h"
#include "base/seal.h"

enum tunnel_end {
	TUNNEL_DONE, /* both ends were heard, and everything was written out at both */
	TUNNEL_UNDELIVERED, /* both were heard; of what we sent the other end took less: peer_took */
	TUNNEL_CUT, /* the link ended, or took nothing more, before the other end said FINAL; see error */
	TUNNEL_FORGED, /* something came that the other end had not sealed */
	TUNNEL_READER_GONE, /* out's reader is gone */
	TUNNEL_LOCAL_FAILED, /* reading in or writing out failed; see error */
	TUNNEL_NOT_REMEMBERED, /* remembered() failed; see error */
	TUNNEL_SIGNAL, /* signals became readable */
};

struct tunnel {
	int in; /* plain text */
	struct nowait out; /* closed at the other's END, and its fd is -1 then */
	int link_in;
	struct nowait link_out;
	int signals; /* readable: stop at once */
	int done; /* a program at the local side: readable once it has ended (a pidfd); -1: none */

	enum handshake_role role;
	bool first; /* a first meeting: we have stored it, and the other end is to say the same */
	struct seal sending, receiving;

	/* Called when the other end has stored it, too. Returns 0, or -1 with errno. */
	int (*remembered)(void *context);
	void *context;

	/* The outcome. */
	uint64_t sent; /* bytes of plain text that were read from in, and sealed */
	uint64_t received; /* bytes that out took */
	uint64_t peer_took; /* bytes of ours that the other end wrote out; known at its TAKEN */
	int error; /* errno of what failed; 0: an end of file; TUNNEL_CUT: EPIPE where the link took nothing more */
};

/* Runs until it ends. Blocks. SIGPIPE has to be ignored. Wipes what it held of the plain text, and
 * both keys. */
enum tunnel_end tunnel_run(struct tunnel *tunnel);

#endif
