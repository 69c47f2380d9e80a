/* The radio itself: inquiries and name requests by raw HCI events, as any user may. */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "bt/peers.h"

enum inquiry_state {
	INQUIRY_IDLE, /* none of ours runs */
	INQUIRY_STARTING,
	INQUIRY_RUNNING,
	INQUIRY_BUSY, /* it was refused: another program's inquiry runs */
};

struct inquiry {
	int fd;
	enum inquiry_state state;
	int64_t since; /* when it started; see clock.h */
	bool asking; /* a name request of ours runs */
	bdaddr_t asked; /* the peer that was asked */
	struct peers *peers; /* gets all that answer, also to other programs' inquiries */
};

/* Opens hciN. Returns 0, or -1 with errno. */
int inquiry_open(struct inquiry *inquiry, int id, struct peers *peers);

/* Starts an inquiry of about ms milliseconds, at most a minute. Returns 0, or -1 with errno; events
 * report whether it runs. */
int inquiry_start(struct inquiry *inquiry, long ms);

/* Asks for a peer's name, one peer at a time. */
int inquiry_ask(struct inquiry *inquiry, const struct peer *peer);

/* Takes one event, when fd is readable. Returns 0, or -1 with errno when the adapter has gone. */
int inquiry_event(struct inquiry *inquiry);

/* Stops our inquiry and our name request, and closes. */
void inquiry_close(struct inquiry *inquiry);

#endif
