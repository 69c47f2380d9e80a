/* The start of a sealed session: three messages of a fixed size from each end, at the same time,
 * and the keys that come of them. Pure. rfseal(1), PROTOCOL, says the same in words.
 *
 *	hello   who can do what, and a nonce
 *	share   of CPace by a code (a first meeting), or an X25519 key (a later one)
 *	proof   that the sender has the key; bound to all that both have said
 *
 * No message says who its sender is: an end that knows many peers tries their keys on the proof. */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HANDSHAKE_VERSION = 1,
	HANDSHAKE_NONCE = 32,
	HANDSHAKE_HELLO = 6 + 1 + 1 + HANDSHAKE_NONCE,
	HANDSHAKE_SHARE = 32,
	HANDSHAKE_PROOF = 32,
	HANDSHAKE_KEY = 32,
};

/* An end's abilities; a byte of its hello. Six combinations make sense. */
enum {
	HANDSHAKE_CODE = 1 << 0, /* meet for the first time, by a code */
	HANDSHAKE_KNOWS = 1 << 1, /* meet again whom it has in mind; with _CODE: it may be that
	                           * the other never got to remember their first meeting */
	HANDSHAKE_ANY = 1 << 2, /* meet again any known peer; only alone */
	HANDSHAKE_MADE = 1 << 3, /* it made the code, and can't type another; only with _CODE */
};

/* Which of the two an end is. At the first meeting the one with the greater nonce is A; later each
 * is what it was then: an end that is connected to itself, or to its own copy, is no peer. */
enum handshake_role { HANDSHAKE_A, HANDSHAKE_B };

enum handshake_kind {
	HANDSHAKE_FIRST,
	HANDSHAKE_LATER,
	/* No meeting: */
	HANDSHAKE_ALIEN, /* not the hello of an rfseal */
	HANDSHAKE_OTHER_VERSION,
	HANDSHAKE_MIRROR, /* our own hello */
	HANDSHAKE_BOTH_MADE, /* a code */
	HANDSHAKE_BOTH_ANY,
	HANDSHAKE_WE_FORGOT, /* the other end, which remembers us */
	HANDSHAKE_THEY_FORGOT,
	HANDSHAKE_WE_ARE_STRANGE, /* the other meets known peers only, and we know nobody */
	HANDSHAKE_THEY_ARE_STRANGE,
};

struct handshake {
	uint8_t ours[HANDSHAKE_HELLO], theirs[HANDSHAKE_HELLO];
	uint8_t secret[32]; /* of our share */
	uint8_t share[HANDSHAKE_SHARE]; /* ours */
};

/* The memory of a first meeting, at either end. */
struct handshake_pair {
	enum handshake_role role;
	uint8_t key[HANDSHAKE_KEY];
};

struct handshake_keys {
	enum handshake_role role;
	uint8_t our_proof[HANDSHAKE_PROOF], their_proof[HANDSHAKE_PROOF];
	uint8_t sending[HANDSHAKE_KEY], receiving[HANDSHAKE_KEY];
	struct handshake_pair pair; /* a first meeting: to be remembered */
};

/* Writes our hello to ours. The nonce has to be random, and never the same twice. */
void handshake_hello(struct handshake *h, unsigned can, const uint8_t nonce[HANDSHAKE_NONCE]);

/* Judges the other's hello. */
enum handshake_kind handshake_judge(struct handshake *h, const uint8_t theirs[HANDSHAKE_HELLO]);

/* A first meeting: makes our share, and then the keys, from the code and 32 random bytes, never the
 * same twice. handshake_first_keys() is false when the other's share is none. */
void handshake_first_share(struct handshake *h, const char *code, const uint8_t secret[32]);
bool handshake_first_keys(struct handshake_keys *keys, const struct handshake *h, const char *code,
	const uint8_t theirs[HANDSHAKE_SHARE]);

/* A later one: the same with a key that both remember. An end that knows many peers makes keys with
 * each, until their_proof is right. */
void handshake_later_share(struct handshake *h, const uint8_t secret[32]);
bool handshake_later_keys(struct handshake_keys *keys, const struct handshake *h,
	const struct handshake_pair *pair, const uint8_t theirs[HANDSHAKE_SHARE]);

/* In constant time. */
bool handshake_proves(const struct handshake_keys *keys, const uint8_t proof[HANDSHAKE_PROOF]);

#endif
