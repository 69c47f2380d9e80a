/* The radio itself: inquiries and name requests by raw HCI events, as any user may. */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "bt/peers.h"

enum inquiry_state {
	INQUIRY_IDLE, /* none of ours runs */
	INQUIRY_STARTING,
	INQUIRY_RUNNING,
	INQUIRY_BUSY, /* it was refused: somebody else's runs */
};

struct inquiry {
	int fd;
	enum inquiry_state state;
	int64_t since; /* when it started; see clock.h */
	bool asking; /* a name request of ours runs */
	bdaddr_t asked; /* who was asked */
	struct peers *peers; /* gets who answers: whoever's inquiry it was */
};

/* Opens hciN. Returns 0, or -1 with errno. */
int inquiry_open(struct inquiry *inquiry, int id, struct peers *peers);

/* Starts an inquiry of about so many milliseconds, at most a minute. Returns 0, or -1 with errno;
 * whether it runs, events tell. */
int inquiry_start(struct inquiry *inquiry, long ms);

/* Asks for a peer's name, one peer at a time. */
int inquiry_ask(struct inquiry *inquiry, const struct peer *peer);

/* Takes one event, when fd is readable. Returns 0, or -1 with errno when the adapter has gone. */
int inquiry_event(struct inquiry *inquiry);

/* Stops what runs of ours, and closes. */
void inquiry_close(struct inquiry *inquiry);

#endif
