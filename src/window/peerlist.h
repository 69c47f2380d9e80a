/* The peers around, from btscan's lines "ADDRESS<TAB>RSSI<TAB>CLASS<TAB>NAME". Pure. */
#ifndef PEERLIST_H
#define PEERLIST_H

#include <stdbool.h>

enum {
	PEERLIST_MAX = 200, /* more are not listed */
	PEERLIST_ADDRESS = 18,
	PEERLIST_NAME = 256,
};

/* What it is, by its class of device (Bluetooth Assigned Numbers, 2.8.2). */
enum peer_sort { PEER_OTHER, PEER_COMPUTER, PEER_PHONE, PEER_AUDIO, PEER_INPUT };

struct found {
	char address[PEERLIST_ADDRESS];
	char name[PEERLIST_NAME]; /* "" where it is not known */
	enum peer_sort sort;
	int bars; /* the signal's strength, 1 to 4; 0: not known */
	bool fresh; /* found in the scan that runs, or in the last one */
};

struct peerlist {
	int count;
	struct found peers[PEERLIST_MAX]; /* in the order in which they were found first */
};

/* Takes a line of btscan's. Returns where the peer is in the list, or -1: it is no such line, or
 * the list is full. */
int peerlist_take(struct peerlist *list, const char *line);

/* A scan begins: none is fresh. */
void peerlist_begin(struct peerlist *list);

/* The scan is over: drops the peers that it has not found. */
void peerlist_end(struct peerlist *list);

/* Where the peer with this address is; -1: nowhere. */
int peerlist_find(const struct peerlist *list, const char *address);

#endif
