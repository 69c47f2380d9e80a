/* The Service Discovery Protocol (Core Specification, Vol 3, Part B) as far as finding an RFCOMM
 * channel needs it: builds the request, reads the answer. Pure.
 *
 * Not libbluetooth's: its sdp_extract_pdu() recurses as deep as a peer nests (200,000 bytes of
 * empty sequences overflow the stack), and sdp_service_search_attr_req() collects for as long as
 * a peer says that there is more. Here nothing recurses, and the caller bounds the memory. */
#ifndef SDP_H
#define SDP_H

#include "bt/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SDP_PSM = 1,
	SDP_REQUEST_MAX = 64,
	SDP_MORE_MAX = 16, /* a continuation state, 4.3.1 */
	SDP_NAME_MAX = 255,
};

/* A peer sends this with an incomplete answer, and gets it back with the next request. */
struct sdp_more {
	uint8_t len; /* 0: the answer is complete */
	uint8_t byte[SDP_MORE_MAX];
};

struct sdp_service {
	int channel; /* RFCOMM, 1 to 30 */
	struct uuid class; /* the first service class: the most specific one */
	size_t name_len;
	char name[SDP_NAME_MAX + 1]; /* as the peer sent it: make it safe before it is shown */
};

/* Builds the request for the records that hold this UUID anywhere. Returns its length. */
size_t sdp_request(uint8_t pdu[SDP_REQUEST_MAX], uint16_t id, const struct uuid *uuid,
	const struct sdp_more *more);

/* Parses the answer to request id: the piece of the record list that it holds, and the state for
 * the next request. False when it is no answer, or malformed. */
bool sdp_answer(const uint8_t *pdu, size_t len, uint16_t id, const uint8_t **piece,
	size_t *piece_len, struct sdp_more *more);

/* The services with an RFCOMM channel in a complete list of records: at most max of them, in the
 * peer's order. Malformed records are skipped. Returns how many. */
int sdp_services(const uint8_t *list, size_t len, struct sdp_service *services, int max);

#endif
