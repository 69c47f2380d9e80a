#include "base/cpace.h"

#include <sodium.h>
#include <string.h>

#define DSI "CPaceRistretto255"
#define DSI_ISK DSI "_ISK"

enum { SHA512_BLOCK = 128 };

/* The length as LEB128; how many bytes that takes. */
static size_t
length_of(uint8_t out[10], size_t len)
{
	size_t used = 0;
	for (; len >= 0x80; len >>= 7)
		out[used++] = (uint8_t)(len | 0x80);
	out[used++] = (uint8_t)len;
	return used;
}

/* prepend_len(): the length, then the bytes. */
static void
add(crypto_hash_sha512_state *hash, const void *data, size_t len)
{
	uint8_t length[10];
	crypto_hash_sha512_update(hash, length, length_of(length, len));
	if (len > 0)
		crypto_hash_sha512_update(hash, data, len);
}

/* len_zpad: the number of zeros that lets password and name fill the first block of the hash. */
static size_t
padding(size_t password_len)
{
	uint8_t length[10];
	size_t used = length_of(length, password_len) + password_len + 1 + strlen(DSI) + 1;
	return used < SHA512_BLOCK ? SHA512_BLOCK - used : 0;
}

/* calculate_generator() */
static void
generator(uint8_t element[crypto_core_ristretto255_BYTES], const struct cpace *cpace)
{
	static const uint8_t zeros[SHA512_BLOCK];
	uint8_t digest[crypto_hash_sha512_BYTES];
	crypto_hash_sha512_state hash;
	crypto_hash_sha512_init(&hash);
	add(&hash, DSI, strlen(DSI));
	add(&hash, cpace->password.data, cpace->password.len);
	add(&hash, zeros, padding(cpace->password.len));
	add(&hash, cpace->channel.data, cpace->channel.len);
	add(&hash, cpace->session.data, cpace->session.len);
	crypto_hash_sha512_final(&hash, digest);
	crypto_core_ristretto255_from_hash(element, digest);
	sodium_memzero(&hash, sizeof hash);
	sodium_memzero(digest, sizeof digest);
}

/* Clears the bits beyond the group's 252, and multiplies. False: the element is none, or the result
 * is neutral. */
static bool
multiply(uint8_t *result, const uint8_t scalar[CPACE_SCALAR], const uint8_t *element)
{
	uint8_t number[CPACE_SCALAR];
	memcpy(number, scalar, sizeof number);
	number[CPACE_SCALAR - 1] &= 0x0f;
	int failed = crypto_scalarmult_ristretto255(result, number, element);
	sodium_memzero(number, sizeof number);
	return failed == 0;
}

bool
cpace_share(
	uint8_t share[CPACE_SHARE], const struct cpace *cpace, const uint8_t scalar[CPACE_SCALAR])
{
	uint8_t element[crypto_core_ristretto255_BYTES];
	generator(element, cpace);
	bool made = multiply(share, scalar, element);
	sodium_memzero(element, sizeof element);
	return made;
}

bool
cpace_key(uint8_t key[CPACE_KEY], const struct cpace *cpace, const uint8_t scalar[CPACE_SCALAR],
	const struct cpace_message *a, const struct cpace_message *b, bool we_are_a)
{
	uint8_t point[crypto_scalarmult_ristretto255_BYTES];
	if (!multiply(point, scalar, we_are_a ? b->share : a->share))
		return false;
	crypto_hash_sha512_state hash;
	crypto_hash_sha512_init(&hash);
	add(&hash, DSI_ISK, strlen(DSI_ISK));
	add(&hash, cpace->session.data, cpace->session.len);
	add(&hash, point, sizeof point);
	add(&hash, a->share, CPACE_SHARE);
	add(&hash, a->beside.data, a->beside.len);
	add(&hash, b->share, CPACE_SHARE);
	add(&hash, b->beside.data, b->beside.len);
	crypto_hash_sha512_final(&hash, key);
	sodium_memzero(&hash, sizeof hash);
	sodium_memzero(point, sizeof point);
	return true;
}
