/* Finds the peers around: asks bluetoothd to scan where it runs, else the radio itself. Either way
 * their answers are read as raw HCI events, each the moment it comes. */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "bt/peers.h"

struct discover;

enum discover_event {
	DISCOVER_NOTHING, /* is never returned */
	DISCOVER_PEER, /* one more; each comes once, with its name if that is known in time */
	DISCOVER_SECOND, /* another second has passed */
	DISCOVER_BUSY, /* another program uses the radio, and is waited for; comes once */
	DISCOVER_END, /* time is up, and all peers were reported */
	DISCOVER_QUIT, /* the descriptor signals became readable */
	DISCOVER_UNREAD, /* the reader of the descriptor out has gone */
	DISCOVER_FAILED, /* see errno */
};

/* Scans with hciN for ms. Returns NULL with errno when it can't. */
struct discover *discover_open(int id, long ms, int signals, int out);

/* Waits for the next event. For DISCOVER_PEER, *peer points to it until the next call. */
enum discover_event discover_next(struct discover *discover, const struct peer **peer);

/* How many seconds are left, rounded up. */
int discover_left(const struct discover *discover);

/* How it scans: "bluetoothd" or "the radio". */
const char *discover_way(const struct discover *discover);

/* Stops the radio. */
void discover_close(struct discover *discover);

#endif
