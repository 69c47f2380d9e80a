/* Moves bytes both ways between the local side (stdin and stdout, or a program's) and a link (a
 * socket), until one of them ends the session. Bytes that go to the link are sent, those that come
 * from it received. Knows nothing of Bluetooth. */
#ifndef RELAY_H
#define RELAY_H

#include "base/nowait.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum relay_end {
	RELAY_PEER_CLOSED, /* the link ended; all that the peer sent is on out; see error */
	RELAY_DELIVERED, /* in ended, all of it is handed over, and quiet_ms ran out */
	RELAY_READER_GONE, /* out's reader is gone */
	RELAY_LOCAL_FAILED, /* reading in or writing out failed; see error */
	RELAY_IDLE, /* idle_ms passed without a byte in either direction */
	RELAY_SIGNAL, /* signals became readable */
};

struct relay {
	int in; /* blocking, as the shell gave it; -1: never read, and never at its end */
	struct nowait out;
	int link; /* a socket with O_NONBLOCK */
	int signals; /* readable: stop at once; -1 none */

	/* For a program at the local side: done is readable once it has exited (a pidfd). The bytes
	 * in its pipe at that moment are its last, even where a child of it writes on. A program
	 * that closes its stdin goes on. */
	int done; /* -1: no program */

	long quiet_ms; /* after in's end: leave when the peer was silent for this long; -1 never */
	long idle_ms; /* -1 none */

	/* How many bytes, at most, the kernel still holds of those written to link; 0 once it has
	 * handed all of them over. NULL where the kernel does not report it. */
	size_t (*queued)(int link);

	/* The outcome. */
	uint64_t sent; /* bytes that link took */
	uint64_t received; /* bytes that out took */
	uint64_t unsent; /* bytes that were read from in, or taken by the kernel, and may not
	                    * have reached the peer at the end: an upper bound */
	uint64_t held; /* those of them that the kernel took, and so are counted as sent, too */
	uint64_t dropped; /* bytes that the peer sent and out did not take */
	int64_t fresh_ms; /* how long ago the last byte was sent; INT64_MAX: none was */
	int error; /* errno of what failed, 0 at a plain end of file */
};

/* Runs until an end condition holds; see enum relay_end. Blocks. Leaves the descriptors open and
 * their flags as they were. SIGPIPE has to be ignored. */
enum relay_end relay_run(struct relay *relay);

#endif
