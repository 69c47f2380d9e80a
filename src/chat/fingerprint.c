#include "chat/fingerprint.h"

#include "chat/varint.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

static void
add_hash(uint64_t sum[4], const uint8_t *hash)
{
	uint64_t words[4];
	memcpy(words, hash, sizeof words);
	uint64_t carry = 0;
	for (size_t i = 0; i < 4; i++) {
		uint64_t part = sum[i] + carry;
		carry = part < carry;
		sum[i] = part + le64toh(words[i]);
		carry += sum[i] < part;
	}
}

void
fingerprint(const struct lineset *set, size_t begin, size_t end, uint8_t out[FINGERPRINT_LEN])
{
	uint64_t sum[4] = {0};
	uint8_t text[sizeof sum + VARINT_MAX], hash[crypto_hash_sha256_BYTES];
	for (size_t i = begin; i < end; i++)
		add_hash(sum, set->items[i].key.hash);
	for (size_t i = 0; i < 4; i++)
		sum[i] = htole64(sum[i]);
	memcpy(text, sum, sizeof sum);
	size_t len = sizeof sum + varint_put(text + sizeof sum, end - begin);
	crypto_hash_sha256(hash, text, len);
	memcpy(out, hash, FINGERPRINT_LEN);
}
