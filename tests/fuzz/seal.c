/* Records from any other end of a link. First byte even: bytes of an end without the key, of which
 * none opens. Odd: of a hostile peer with the key; each record is a tag, two bytes of length, and
 * the plain text. The records that open are then in order. */
#include "base/seal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAG = crypto_secretstream_xchacha20poly1305_ABYTES };

static uint8_t plain[SEAL_DATA_MAX];

static struct seal
start(bool first)
{
	static const uint8_t header[SEAL_HEADER] = {1, 2, 3};
	static const uint8_t key[SEAL_KEY] = {4, 5, 6};
	struct seal seal;
	seal_receiving(&seal, header, key, first);
	return seal;
}

/* From memory that ends with it. */
static enum seal_kind
open_copy(struct seal *seal, struct seal_record *record, const uint8_t *in, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	if (!copy)
		abort();
	memcpy(copy, in, len);
	enum seal_kind kind = seal_open(seal, record, plain, copy, len);
	free(copy);
	return kind;
}

static void
stranger(struct seal *seal, const uint8_t *data, size_t size)
{
	struct seal_record record;
	enum seal_kind kind = open_copy(seal, &record, data, size);
	if (kind != SEAL_SHORT && kind != SEAL_FORGED)
		abort();
	if (kind == SEAL_SHORT && size >= 2 && size >= 2 + (size_t)(data[0] << 8 | data[1]))
		abort();
}

/* Seals and opens one record; whether it opened. */
static bool
step(struct seal *sender, struct seal *seal, const uint8_t *text, size_t len, uint8_t tag)
{
	static uint8_t out[2 + 65535];
	struct seal_record record;
	enum seal_kind before = seal->next;
	size_t sealed = len + TAG;
	out[0] = (uint8_t)(sealed >> 8);
	out[1] = (uint8_t)sealed;
	crypto_secretstream_xchacha20poly1305_push(
		&sender->state, out + 2, NULL, text, len, out, 2, tag);
	enum seal_kind kind = open_copy(seal, &record, out, 2 + sealed);
	if (kind == SEAL_FORGED)
		return false;
	if (kind == SEAL_SHORT || kind < before || record.used != 2 + sealed)
		abort();
	if (kind == SEAL_DATA && (record.len != len || memcmp(plain, text, len) != 0))
		abort();
	if (kind != SEAL_DATA && record.len != 0)
		abort();
	return true;
}

static void
insider(struct seal *seal, const uint8_t *data, size_t size)
{
	struct seal sender = *seal;
	while (size >= 3) {
		uint8_t tag = data[0] & 0x80 ? data[0] : data[0] & 3;
		size_t len = (size_t)(data[1] << 8 | data[2]);
		data += 3, size -= 3;
		len = len < size ? len : size;
		if (!step(&sender, seal, data, len, tag))
			return;
		data += len, size -= len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (sodium_init() < 0 || size == 0)
		return 0;
	struct seal seal = start(data[0] & 2);
	if (data[0] & 1)
		insider(&seal, data + 1, size - 1);
	else
		stranger(&seal, data + 1, size - 1);
	return 0;
}
