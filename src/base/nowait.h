/* Writing to a descriptor that others share, so that it can't be made non-blocking, without waiting
 * for whoever reads it. */
#ifndef NOWAIT_H
#define NOWAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct nowait {
	int fd;
	bool waits; /* for a reader: it is no file, and no device but a terminal */
	bool refuses; /* the kernel can refuse to wait */
};

struct nowait nowait_of(int fd);

/* write(2) of at most PIPE_BUF bytes, with EAGAIN where it would wait, or might, unless poll()
 * has just said that the descriptor is ready. */
ssize_t nowait_write(struct nowait *to, const char *text, size_t len, bool ready);

#endif
