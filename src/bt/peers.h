/* The peers of a scan: what is known of each, and which can be reported. Pure.
 *
 * A name may come later than the peer: with another answer, or when it is asked for. */
#ifndef PEERS_H
#define PEERS_H

#include <bluetooth/bluetooth.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PEERS_MAX =
		1024, /* more than a piconet's surroundings ever hold; the rest is passed over */
	PEER_NAME_MAX = 248, /* Core Specification, Vol 4, Part E, 7.1.19 */
	PEER_NO_RSSI = 127,
};

struct peer {
	bdaddr_t addr;
	int rssi; /* dBm, or PEER_NO_RSSI */
	uint32_t class; /* of device; 0: not known */
	uint8_t page_mode; /* page scan repetition mode, for the name request */
	uint16_t clock; /* its clock offset, for the same */
	bool seen; /* it answered in this scan, and is not just remembered */
	bool settled; /* its name is known, or asking for it is of no use */
	bool reported;
	size_t name_len;
	char name[PEER_NAME_MAX + 1]; /* as the peer sent it: make it safe before it is shown */
};

struct peers {
	int count;
	struct peer list[PEERS_MAX];
};

/* Adds what is new to what is known of news->addr. Returns the peer, or NULL when all places are
 * taken. */
struct peer *peers_see(struct peers *peers, const struct peer *news);

/* Gives a peer its name, cut at a NUL; an empty one is none. */
void peer_name(struct peer *peer, const char *name, size_t len);

/* The peer with this address, or NULL. */
struct peer *peers_find(struct peers *peers, const bdaddr_t *addr);

/* A peer that was seen, not reported yet, and settled (any: or not); NULL: none. */
struct peer *peers_unreported(struct peers *peers, bool any);

/* A peer that was seen, and whose name is to be asked for; NULL: none. */
struct peer *peers_unsettled(struct peers *peers);

#endif
