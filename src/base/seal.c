#include "base/seal.h"

enum {
	TAG = crypto_secretstream_xchacha20poly1305_ABYTES,
	LENGTH = 2,
	WORD = 1, /* the plain length of a record that is not DATA, */
	TAKEN_WORD = 1 + 8, /* but for TAKEN, and FINAL, which is empty */
};

void
seal_sending(
	struct seal *seal, uint8_t header[SEAL_HEADER], const uint8_t key[SEAL_KEY], bool first)
{
	crypto_secretstream_xchacha20poly1305_init_push(&seal->state, header, key);
	seal->next = first ? SEAL_REMEMBERED : SEAL_DATA;
}

void
seal_receiving(struct seal *seal, const uint8_t header[SEAL_HEADER], const uint8_t key[SEAL_KEY],
	bool first)
{
	crypto_secretstream_xchacha20poly1305_init_pull(&seal->state, header, key);
	seal->next = first ? SEAL_REMEMBERED : SEAL_DATA;
}

static size_t
push(struct seal *seal, uint8_t *out, const uint8_t *data, size_t len, unsigned tag)
{
	size_t sealed = len + TAG;
	out[0] = (uint8_t)(sealed >> 8);
	out[1] = (uint8_t)sealed;
	crypto_secretstream_xchacha20poly1305_push(
		&seal->state, out + LENGTH, NULL, data, len, out, LENGTH, (uint8_t)tag);
	return LENGTH + sealed;
}

size_t
seal_data(struct seal *seal, uint8_t *out, const uint8_t *data, size_t len)
{
	return push(seal, out, data, len, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
}

size_t
seal_word(struct seal *seal, uint8_t out[SEAL_WORD_MAX], enum seal_kind kind, uint64_t taken)
{
	uint8_t word[TAKEN_WORD] = {(uint8_t)kind};
	for (size_t i = TAKEN_WORD - 1; i > 0; i--, taken >>= 8)
		word[i] = (uint8_t)taken;
	if (kind == SEAL_FINAL)
		return push(seal, out, word, 0, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
	return push(seal, out, word, kind == SEAL_TAKEN ? TAKEN_WORD : WORD,
		crypto_secretstream_xchacha20poly1305_TAG_PUSH);
}

/* Which kind of record this authentic one is; SEAL_FORGED where it is none. */
static enum seal_kind
kind_of(unsigned tag, const uint8_t *plain, size_t len)
{
	if (tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
		return len > 0 ? SEAL_DATA : SEAL_FORGED;
	if (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL)
		return len == 0 ? SEAL_FINAL : SEAL_FORGED;
	if (tag != crypto_secretstream_xchacha20poly1305_TAG_PUSH || len == 0)
		return SEAL_FORGED;
	if (plain[0] == SEAL_TAKEN)
		return len == TAKEN_WORD ? SEAL_TAKEN : SEAL_FORGED;
	bool word = plain[0] == SEAL_REMEMBERED || plain[0] == SEAL_END;
	return word && len == WORD ? (enum seal_kind)plain[0] : SEAL_FORGED;
}

/* Whether this kind may come now, and which comes after it: all do, but for DATA. */
static bool
in_order(struct seal *seal, enum seal_kind kind)
{
	if (kind != seal->next && !(kind == SEAL_END && seal->next == SEAL_DATA))
		return false;
	seal->next = kind == SEAL_DATA ? SEAL_DATA : (enum seal_kind)(kind + 1);
	return true;
}

enum seal_kind
seal_open(
	struct seal *seal, struct seal_record *record, uint8_t *data, const uint8_t *in, size_t len)
{
	if (len < LENGTH)
		return SEAL_SHORT;
	size_t sealed = (size_t)(in[0] << 8 | in[1]);
	if (sealed < TAG || sealed > SEAL_DATA_MAX + TAG)
		return SEAL_FORGED;
	if (len < LENGTH + sealed)
		return SEAL_SHORT;
	uint8_t tag;
	if (crypto_secretstream_xchacha20poly1305_pull(
		    &seal->state, data, NULL, &tag, in + LENGTH, sealed, in, LENGTH) != 0)
		return SEAL_FORGED;
	enum seal_kind kind = kind_of(tag, data, sealed - TAG);
	if (kind == SEAL_FORGED || !in_order(seal, kind))
		return SEAL_FORGED;
	record->used = LENGTH + sealed;
	record->len = kind == SEAL_DATA ? sealed - TAG : 0;
	record->taken = 0;
	for (size_t i = 1; kind == SEAL_TAKEN && i < TAKEN_WORD; i++)
		record->taken = record->taken << 8 | data[i];
	return kind;
}
