/* Asking a peer for its RFCOMM services: SDP over L2CAP. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "bt/sdp.h"

#include <bluetooth/bluetooth.h>

enum { LOOKUP_MS = 20000 }; /* long enough for two page time-outs */

struct lookup {
	bdaddr_t adapter; /* BDADDR_ANY: any */
	bdaddr_t peer;
	long ms; /* give up after */
	int signals; /* or when this becomes readable */
};

/* The peer's services with an RFCOMM channel and this UUID: at most max. Returns how many, or -1
 * with errno: see lookup_explain(); EINTR for signals. */
int lookup_run(const struct lookup *lookup, const struct uuid *uuid, struct sdp_service *services,
	int max);

/* Pure: what errno means. */
const char *lookup_explain(int error);

#endif
