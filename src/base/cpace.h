/* CPace, a balanced password-authenticated key exchange: draft-irtf-cfrg-cpace-21, in the suite
 * CPACE-RISTR255-SHA512 and the setting with an initiator A and a responder B. Pure.
 *
 * Ends with the same password get the same key. An end without it can try one password an exchange,
 * and learns nothing that would help to test others elsewhere. */
#ifndef CPACE_H
#define CPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CPACE_SCALAR = 32, CPACE_SHARE = 32, CPACE_KEY = 64 };

struct cpace_bytes {
	const void *data;
	size_t len;
};

/* The inputs that both ends must share. */
struct cpace {
	struct cpace_bytes password; /* the draft's PRS */
	struct cpace_bytes channel; /* CI */
	struct cpace_bytes session; /* sid: never the same twice */
};

/* One end's message: its share Y, and associated data (AD). */
struct cpace_message {
	const uint8_t *share;
	struct cpace_bytes beside;
};

/* Makes our share from 32 random bytes, of which 252 bits count: the draft's sample_scalar. False:
 * no random bytes make that happen. */
bool cpace_share(
	uint8_t share[CPACE_SHARE], const struct cpace *cpace, const uint8_t scalar[CPACE_SCALAR]);

/* The key (ISK) from our scalar and both messages, of which one is ours. False, where the draft has
 * us abort: the other's share is no element, or the neutral one. */
bool
cpace_key(uint8_t key[CPACE_KEY], const struct cpace *cpace, const uint8_t scalar[CPACE_SCALAR],
	const struct cpace_message *a, const struct cpace_message *b, bool we_are_a);

#endif
