/* The actual encryption of the link to a peer: BT_SECURITY of an RFCOMM socket has only the level
 * that was asked for. */
#ifndef ENCRYPTION_H
#define ENCRYPTION_H

#include <bluetooth/bluetooth.h>
#include <stdbool.h>

struct encryption {
	bool known; /* whether it is encrypted */
	bool on;
	int key_size; /* in octets, 1 to 16; 0: not known */
};

enum {
	ENCRYPTION_TEXT = 40,
	/* The most that two BR/EDR controllers can agree on (Core specification, vol 2 part C,
	 * 4.2.5.4), and usual; an attacker can make them agree on less (CVE-2019-9506). */
	ENCRYPTION_FULL = 16,
};

/* Checks the link under a connected RFCOMM socket. Sends nothing over the air; waits up to half a
 * second for a key size that the kernel has not asked its controller for yet. */
struct encryption encryption_of(int fd, const bdaddr_t *peer);

/* Pure: " (encrypted, 16-octet key)", " (encrypted)", " (not encrypted)"; "" where nothing is
 * known. */
const char *encryption_text(struct encryption encryption, char text[ENCRYPTION_TEXT]);

/* Pure: whether the key is known to be shorter than it could be. */
bool encryption_is_weak(struct encryption encryption);

#endif
