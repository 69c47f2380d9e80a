/* Any bytes instead of the other end's three messages: no peer is met. A byte for what we can do,
 * then a hello, a share and a proof; what is missing is zero. */
#include "base/handshake.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next len bytes of the input, in memory of their own. The caller frees it. */
static uint8_t *
message(const uint8_t **data, size_t *size, size_t len)
{
	uint8_t *copy = calloc(1, len);
	size_t have = *size < len ? *size : len;
	if (!copy)
		abort();
	if (have > 0)
		memcpy(copy, *data, have);
	*data += have;
	*size -= have;
	return copy;
}

static void
meet(struct handshake *h, enum handshake_kind kind, const uint8_t *share, const uint8_t *proof)
{
	static const struct handshake_pair pair = {HANDSHAKE_B, {7}};
	struct handshake_keys keys;
	bool good;
	if (kind == HANDSHAKE_FIRST)
		good = handshake_first_keys(&keys, h, "482913", share);
	else
		good = handshake_later_keys(&keys, h, &pair, share);
	if (good && handshake_proves(&keys, proof))
		abort();
	if (good && kind == HANDSHAKE_LATER && keys.role != HANDSHAKE_B)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t can[] = {1, 2, 3, 4, 9, 11};
	static const uint8_t nonce[HANDSHAKE_NONCE] = {1, 2, 3};
	if (sodium_init() < 0 || size == 0)
		return 0;
	struct handshake h = {.secret = {4, 5, 6}, .share = {7, 8, 9}};
	handshake_hello(&h, can[data[0] % sizeof can], nonce);
	data++, size--;
	uint8_t *hello = message(&data, &size, HANDSHAKE_HELLO);
	uint8_t *share = message(&data, &size, HANDSHAKE_SHARE);
	uint8_t *proof = message(&data, &size, HANDSHAKE_PROOF);
	enum handshake_kind kind = handshake_judge(&h, hello);
	if (kind > HANDSHAKE_THEY_ARE_STRANGE)
		abort();
	if (kind == HANDSHAKE_FIRST || kind == HANDSHAKE_LATER)
		meet(&h, kind, share, proof);
	free(hello);
	free(share);
	free(proof);
	return 0;
}
