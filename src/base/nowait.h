/* Writing without waiting to a descriptor that others share: O_NONBLOCK would affect every process
 * that has the file open, such as the shell. */
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

/* Prepares fd, which stays open: opens a pipe or a terminal once more, by /proc. Where that fails
 * (no /proc, or another user's file), each write comes after a poll(). POLLOUT promises PIPE_BUF
 * bytes of space in a pipe, but only some in a terminal: there a write may still wait. */
struct nowait nowait_open(int fd);

/* write(2), with EAGAIN where it would wait: poll() fd for POLLOUT then. It may stop short. */
ssize_t nowait_write(const struct nowait *to, const char *data, size_t len);

/* Closes the descriptor that nowait_open() opened; fd stays open. Until then a pipe's reader sees
 * no end of file. */
void nowait_close(struct nowait *to);

#endif
