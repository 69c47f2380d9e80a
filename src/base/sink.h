/* Writing to a descriptor that others share, so that it can't be made non-blocking, without waiting
 * for whoever reads it. */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sink {
	int fd;
	bool waits; /* for a reader: it is no file, and no device but a terminal */
	bool refuses; /* the kernel can refuse to wait */
};

struct sink sink_of(int fd);

/* write(2) of at most PIPE_BUF bytes, with EAGAIN where it would wait, or might, unless poll()
 * has just said that the descriptor is ready. */
ssize_t sink_write(struct sink *sink, const char *text, size_t len, bool ready);

#endif
