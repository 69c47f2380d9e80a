/* Asks a peer for its RFCOMM services: SDP over L2CAP. */
#ifndef SDP_CLIENT_H
#define SDP_CLIENT_H

#include "bt/sdp.h"

#include <bluetooth/bluetooth.h>

enum { SDP_CLIENT_MS = 20000 }; /* long enough for two page time-outs */

struct sdp_client {
	bdaddr_t adapter; /* BDADDR_ANY: any */
	bdaddr_t peer;
	long ms; /* give up after */
	int signals; /* or when this becomes readable */
};

/* The peer's services with an RFCOMM channel and this UUID: at most max. Returns how many, or -1
 * with errno: see bterror_sdp(); EINTR for signals. */
int sdp_client_search(const struct sdp_client *client, const struct uuid *uuid,
	struct sdp_service *services, int max);

#endif
