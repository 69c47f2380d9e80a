/* Sealed records: one direction of a session. Pure. rfseal(1), PROTOCOL, says the same in words.
 *
 * The sender's header comes first, then records, each with its length before it in two bytes, the
 * higher first, which are authenticated too. Records of libsodium's secretstream can't be left out,
 * repeated or put in another order. They are, in this order: one REMEMBERED (only after a first
 * meeting), any number of DATA, one END, one TAKEN, one FINAL. */
#ifndef SEAL_H
#define SEAL_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEAL_HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	SEAL_KEY = crypto_secretstream_xchacha20poly1305_KEYBYTES,
	SEAL_DATA_MAX = 16384, /* a record */
	SEAL_OVERHEAD = 2 + crypto_secretstream_xchacha20poly1305_ABYTES,
	SEAL_RECORD_MAX = SEAL_DATA_MAX + SEAL_OVERHEAD,
	SEAL_WORD_MAX = SEAL_OVERHEAD + 9, /* a record that is not DATA */
};

enum seal_kind {
	SEAL_REMEMBERED = 0, /* the sender has stored the first meeting */
	SEAL_DATA = 1,
	SEAL_END = 2, /* the sender has no more data */
	SEAL_TAKEN = 3, /* the number of bytes that the sender has written out; it takes no more */
	SEAL_FINAL, /* nothing comes after it */
	/* Not a record: */
	SEAL_SHORT, /* it is incomplete yet */
	SEAL_FORGED, /* it is not the sender's next record: nothing more may be taken */
};

struct seal {
	crypto_secretstream_xchacha20poly1305_state state;
	enum seal_kind next; /* the kind that comes now; or, instead of DATA, END */
};

struct seal_record {
	size_t used; /* bytes of the input that it took */
	size_t len; /* SEAL_DATA: how much there is of it, at least 1 */
	uint64_t taken; /* SEAL_TAKEN */
};

/* Starts a direction. first: of a first meeting. */
void seal_sending(
	struct seal *seal, uint8_t header[SEAL_HEADER], const uint8_t key[SEAL_KEY], bool first);
void seal_receiving(struct seal *seal, const uint8_t header[SEAL_HEADER],
	const uint8_t key[SEAL_KEY], bool first);

/* Seals 1 to SEAL_DATA_MAX bytes into out, which has space for SEAL_OVERHEAD more. Returns the
 * record's length. */
size_t seal_data(struct seal *seal, uint8_t *out, const uint8_t *data, size_t len);

/* Seals a record of another kind; taken counts for SEAL_TAKEN alone. */
size_t
seal_word(struct seal *seal, uint8_t out[SEAL_WORD_MAX], enum seal_kind kind, uint64_t taken);

/* Opens the record at the start of in. data has space for SEAL_DATA_MAX bytes, and holds nothing of
 * a record that is not authentic. */
enum seal_kind seal_open(struct seal *seal, struct seal_record *record, uint8_t *data,
	const uint8_t *in, size_t len);

#endif
