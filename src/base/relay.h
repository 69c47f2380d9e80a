/* Moves bytes both ways between a near side (stdin and stdout, or a program's) and a far side
 * (a socket), until one of them ends the session. Knows nothing of Bluetooth. */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum relay_end {
	RELAY_FAR_CLOSED, /* the far side ended it; all that it sent is on out; see error */
	RELAY_NEAR_DONE, /* in ended, all of it is handed over, and quiet_ms ran out */
	RELAY_OUT_GONE, /* out's reader is gone */
	RELAY_NEAR_FAILED, /* reading in or writing out failed; see error */
	RELAY_IDLE, /* idle_ms passed without a byte in either direction */
	RELAY_SIGNAL, /* signals became readable */
};

struct relay {
	int in; /* blocking, as the shell gave it; -1: never read, and never at its end */
	int out; /* blocking: written at most PIPE_BUF at a time, when poll() allows */
	int far; /* a socket with O_NONBLOCK */
	int signals; /* readable: stop at once; -1 none */

	/* For a program at the near side: done is readable once it has ended (a pidfd); what is
	 * then still in its pipe is the last of it. A program that closes its input goes on. */
	int done; /* -1: no program */

	long quiet_ms; /* after in's end: leave when far was silent so long; -1 never */
	long idle_ms; /* -1 none */

	/* How many bytes, at most, the kernel still holds of those written to far; 0 once it has
	 * handed all of them over. NULL where that can't be told. */
	size_t (*queued)(int far);

	/* The outcome. */
	uint64_t sent; /* bytes that far took */
	uint64_t received; /* bytes that out took */
	uint64_t unsent; /* bytes that were read from in, or taken by the kernel, and may not
	                    * have reached the far side when it ended: an upper bound */
	uint64_t held; /* those of them that the kernel took, and so are counted as sent, too */
	uint64_t dropped; /* bytes that the far side sent and out did not take */
	int64_t fresh_ms; /* how long ago the last byte was sent; INT64_MAX: none was */
	int error; /* errno of what failed, 0 at a plain end of file */
};

/* Runs until an end condition holds; see enum relay_end. Blocks. Leaves the descriptors open and
 * their flags as they were. SIGPIPE has to be ignored. */
enum relay_end relay_run(struct relay *relay);

#endif
