/* Writing without waiting to a descriptor that others share: O_NONBLOCK set on it would be seen by
 * everyone who has the file open, such as the shell. */
#ifndef NOWAIT_H
#define NOWAIT_H

#include <stddef.h>
#include <sys/types.h>

struct nowait {
	int fd; /* as it was given: for poll() */
	int own; /* an open file description of our own with O_NONBLOCK, or -1 */
	enum {
		NOWAIT_PLAIN, /* a file: a write never waits for a reader */
		NOWAIT_OWN, /* a pipe or a terminal, opened again */
		NOWAIT_SOCKET,
		NOWAIT_ASK, /* poll() first, then at most PIPE_BUF */
	} how;
};

/* Prepares fd, which is kept: opens a pipe or a terminal once more, by /proc. Where that fails (there
 * is no /proc, or the file is another user's) poll() is asked before each write. It promises
 * PIPE_BUF bytes of a pipe, but of a terminal only some: there a write may still wait. */
struct nowait nowait_open(int fd);

/* write(2), with EAGAIN where it would wait: poll() fd for POLLOUT then. It may stop short. */
ssize_t nowait_write(const struct nowait *to, const char *data, size_t len);

/* Closes what nowait_open() opened; fd stays. Until then a pipe's reader sees no end of file. */
void nowait_close(struct nowait *to);

#endif
