#include "base/handshake.h"

#include "base/cpace.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NAME "rfseal"
#define LABEL "rfseal 1"

enum { CAN = 7, NONCE = 8 }; /* where they are in a hello */

void
handshake_hello(struct handshake *h, unsigned can, const uint8_t nonce[HANDSHAKE_NONCE])
{
	memcpy(h->ours, NAME, strlen(NAME));
	h->ours[strlen(NAME)] = HANDSHAKE_VERSION;
	h->ours[CAN] = (uint8_t)can;
	memcpy(h->ours + NONCE, nonce, HANDSHAKE_NONCE);
}

static bool
makes_sense(unsigned can)
{
	if (can & HANDSHAKE_MADE)
		can = can & HANDSHAKE_CODE ? can ^ HANDSHAKE_MADE : 0;
	return can == HANDSHAKE_ANY || (can > 0 && can < HANDSHAKE_ANY);
}

/* The kind of meeting of two ends with these abilities. */
static enum handshake_kind
kind_of(unsigned we, unsigned they)
{
	if (we & they & HANDSHAKE_CODE)
		return we & they & HANDSHAKE_MADE ? HANDSHAKE_BOTH_MADE : HANDSHAKE_FIRST;
	if (we & they & HANDSHAKE_ANY)
		return HANDSHAKE_BOTH_ANY;
	bool we_know = we & (HANDSHAKE_KNOWS | HANDSHAKE_ANY);
	bool they_know = they & (HANDSHAKE_KNOWS | HANDSHAKE_ANY);
	if (we_know && they_know)
		return HANDSHAKE_LATER;
	if (they_know)
		return they & HANDSHAKE_ANY ? HANDSHAKE_WE_ARE_STRANGE : HANDSHAKE_WE_FORGOT;
	return we & HANDSHAKE_ANY ? HANDSHAKE_THEY_ARE_STRANGE : HANDSHAKE_THEY_FORGOT;
}

enum handshake_kind
handshake_judge(struct handshake *h, const uint8_t theirs[HANDSHAKE_HELLO])
{
	memcpy(h->theirs, theirs, HANDSHAKE_HELLO);
	if (memcmp(theirs, NAME, strlen(NAME)) != 0)
		return HANDSHAKE_ALIEN;
	if (theirs[strlen(NAME)] != HANDSHAKE_VERSION)
		return HANDSHAKE_OTHER_VERSION;
	if (!makes_sense(theirs[CAN]))
		return HANDSHAKE_ALIEN;
	if (memcmp(theirs + NONCE, h->ours + NONCE, HANDSHAKE_NONCE) == 0)
		return HANDSHAKE_MIRROR;
	return kind_of(h->ours[CAN], theirs[CAN]);
}

static enum handshake_role
role_by_nonce(const struct handshake *h)
{
	return memcmp(h->ours + NONCE, h->theirs + NONCE, HANDSHAKE_NONCE) > 0 ? HANDSHAKE_A
									       : HANDSHAKE_B;
}

/* A's part of something, then B's. */
static void
join(uint8_t *out, enum handshake_role role, const uint8_t *ours, const uint8_t *theirs, size_t len)
{
	memcpy(out, role == HANDSHAKE_A ? ours : theirs, len);
	memcpy(out + len, role == HANDSHAKE_A ? theirs : ours, len);
}

/* HMAC-SHA-512 (RFC 2104). */
static void
mac(uint8_t out[crypto_auth_hmacsha512_BYTES], const uint8_t *key, size_t key_len, const void *text,
	size_t len)
{
	crypto_auth_hmacsha512_state state;
	crypto_auth_hmacsha512_init(&state, key, key_len);
	crypto_auth_hmacsha512_update(&state, text, len);
	crypto_auth_hmacsha512_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

/* HKDF-Expand (RFC 5869) of at most one block, with "rfseal 1", the purpose and, where it matters,
 * a role as its info. */
static void
expand(uint8_t out[32], const uint8_t *secret, const char *purpose, const char *role)
{
	char info[32];
	uint8_t block[crypto_auth_hmacsha512_BYTES];
	int len = snprintf(info, sizeof info, LABEL "%s%s%c", purpose, role, 1);
	mac(block, secret, crypto_auth_hmacsha512_BYTES, info, (size_t)len);
	memcpy(out, block, 32);
	sodium_memzero(block, sizeof block);
}

/* As Finished of TLS 1.3 (RFC 8446, 4.4.4): the transcript's hash, under a key for just that. */
static void
prove(uint8_t proof[HANDSHAKE_PROOF], const uint8_t *secret, const char *role,
	const uint8_t transcript[crypto_hash_sha512_BYTES])
{
	uint8_t key[32];
	uint8_t block[crypto_auth_hmacsha512_BYTES];
	expand(key, secret, " prove ", role);
	mac(block, key, sizeof key, transcript, crypto_hash_sha512_BYTES);
	memcpy(proof, block, HANDSHAKE_PROOF);
	sodium_memzero(key, sizeof key);
}

/* Everything from what the two ends agreed on, salted with the hash of all that they said. */
static void
derive(struct handshake_keys *keys, const struct handshake *h, enum handshake_role role,
	const uint8_t *agreed, size_t len, const uint8_t *their_share)
{
	static const char *const roles[] = {"A", "B"};
	const char *us = roles[role];
	const char *them = roles[role == HANDSHAKE_A];
	uint8_t said[2 * HANDSHAKE_HELLO + 2 * HANDSHAKE_SHARE];
	join(said, role, h->ours, h->theirs, HANDSHAKE_HELLO);
	join(said + 2 * HANDSHAKE_HELLO, role, h->share, their_share, HANDSHAKE_SHARE);

	uint8_t transcript[crypto_hash_sha512_BYTES];
	uint8_t secret[crypto_auth_hmacsha512_BYTES];
	crypto_hash_sha512(transcript, said, sizeof said);
	mac(secret, transcript, sizeof transcript, agreed, len); /* HKDF-Extract */
	keys->role = keys->pair.role = role;
	prove(keys->our_proof, secret, us, transcript);
	prove(keys->their_proof, secret, them, transcript);
	expand(keys->sending, secret, " seal ", us);
	expand(keys->receiving, secret, " seal ", them);
	expand(keys->pair.key, secret, " remember", "");
	sodium_memzero(secret, sizeof secret);
}

/* The session's id has both nonces, the version, and what both can do; their order is the roles. */
static struct cpace
cpace_of(const struct handshake *h, const char *code, uint8_t session[2 * HANDSHAKE_HELLO])
{
	join(session, role_by_nonce(h), h->ours, h->theirs, HANDSHAKE_HELLO);
	return (struct cpace){
		.password = {code, strlen(code)},
		.channel = {LABEL, strlen(LABEL)},
		.session = {session, 2 * HANDSHAKE_HELLO},
	};
}

void
handshake_first_share(struct handshake *h, const char *code, const uint8_t secret[32])
{
	uint8_t session[2 * HANDSHAKE_HELLO];
	struct cpace cpace = cpace_of(h, code, session);
	memcpy(h->secret, secret, sizeof h->secret);
	/* It fails for a scalar of zero alone, and the other end refuses what is left then. */
	if (!cpace_share(h->share, &cpace, h->secret))
		memset(h->share, 0, sizeof h->share);
}

bool
handshake_first_keys(struct handshake_keys *keys, const struct handshake *h, const char *code,
	const uint8_t theirs[HANDSHAKE_SHARE])
{
	uint8_t session[2 * HANDSHAKE_HELLO];
	uint8_t agreed[CPACE_KEY];
	struct cpace cpace = cpace_of(h, code, session);
	enum handshake_role role = role_by_nonce(h);
	bool we_are_a = role == HANDSHAKE_A;
	struct cpace_message a = {we_are_a ? h->share : theirs, {"A", 1}};
	struct cpace_message b = {we_are_a ? theirs : h->share, {"B", 1}};
	if (!cpace_key(agreed, &cpace, h->secret, &a, &b, we_are_a))
		return false;
	derive(keys, h, role, agreed, sizeof agreed, theirs);
	sodium_memzero(agreed, sizeof agreed);
	return true;
}

void
handshake_later_share(struct handshake *h, const uint8_t secret[32])
{
	memcpy(h->secret, secret, sizeof h->secret);
	crypto_scalarmult_base(h->share, h->secret);
}

bool
handshake_later_keys(struct handshake_keys *keys, const struct handshake *h,
	const struct handshake_pair *pair, const uint8_t theirs[HANDSHAKE_SHARE])
{
	uint8_t agreed[HANDSHAKE_KEY + crypto_scalarmult_BYTES];
	memcpy(agreed, pair->key, HANDSHAKE_KEY);
	/* False for the points that make any secret zero (RFC 7748, 6.1). */
	bool good = crypto_scalarmult(agreed + HANDSHAKE_KEY, h->secret, theirs) == 0;
	if (good)
		derive(keys, h, pair->role, agreed, sizeof agreed, theirs);
	sodium_memzero(agreed, sizeof agreed);
	return good;
}

bool
handshake_proves(const struct handshake_keys *keys, const uint8_t proof[HANDSHAKE_PROOF])
{
	return sodium_memcmp(proof, keys->their_proof, HANDSHAKE_PROOF) == 0;
}
