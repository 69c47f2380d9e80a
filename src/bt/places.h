/* The peers that a listener serves at the same time, each by a process of its own. A place is free
 * as soon as its link has ended, though its program may run on. */
#ifndef PLACES_H
#define PLACES_H

#include "bt/starter.h"

#include <bluetooth/bluetooth.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

enum {
	PLACES_MAX = 255, /* links at a time */
	PLACES_LINGER_MAX = 64, /* processes whose link has ended */
	PLACES_POLL_MAX = 2 * (PLACES_MAX + PLACES_LINGER_MAX),
};

struct place {
	pid_t pid; /* 0: not a child of this process */
	int done; /* a pidfd: readable once the process has ended */
	int link; /* a pipe: at its end when the link has ended; -1: it has */
	bdaddr_t peer;
};

/* Starts as {0}. */
struct places {
	int count;
	struct place list[PLACES_MAX + PLACES_LINGER_MAX];
};

/* How many links there are, to all peers or (not NULL) to this one. */
int places_taken(const struct places *places, const bdaddr_t *peer);

/* How many processes run on after their link has ended. */
int places_lingering(const struct places *places);

/* fork(2) with a place for the peer. Returns the child's id in the parent, or -1 with a message. In
 * the child 0, with a descriptor in *link: to be closed when the link ends. The child gets SIGTERM
 * when this process ends. There must be space: at most PLACES_MAX links and PLACES_LINGER_MAX
 * others. */
pid_t places_fork(struct places *places, const bdaddr_t *peer, int *link);

/* The same by a starter (see there), which gets the job but for its place. Returns 0, or -1 with a
 * message. */
int places_start(struct places *places, int starter, struct starter_job *job);

/* Fills fds in for poll(); returns how many. */
int places_poll(const struct places *places, struct pollfd fds[PLACES_POLL_MAX]);

/* Takes the results of poll(). Returns whether a link or a process has ended. *status is the wait
 * status of the last process that a signal has killed; else 0. */
bool places_update(struct places *places, const struct pollfd *fds, int *status);

/* Passes the signal on to all processes, and every later one from signals, until all have ended. */
void places_end(struct places *places, int signal, int signals);

#endif
