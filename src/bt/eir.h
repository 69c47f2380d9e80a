/* Parses a controller's report of a peer that answered an inquiry. Pure.
 *
 * Core Specification: events in Vol 4, Part E, 7.7.2, 7.7.33 and 7.7.38; the extended inquiry
 * response (EIR) in Vol 3, Part C, 8. */
#ifndef EIR_H
#define EIR_H

#include "bt/peers.h"

enum { EIR_LEN = 240 };

/* The name in an extended inquiry response, complete or shortened: NULL when there is none. It is
 * not NUL-terminated. */
const char *eir_name(const uint8_t *eir, size_t len, size_t *name_len);

/* The i-th peer of an inquiry result, with or without RSSI or EIR: event is its code, the
 * parameters follow. False when it holds no such peer, or is another event. */
bool eir_result(int event, const uint8_t *parameters, size_t len, int i, struct peer *peer);

#endif
