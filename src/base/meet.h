/* Meets the other end of a link: the handshake, with the keyring and, the first time, a code. */
#ifndef MEET_H
#define MEET_H

#include "base/handshake.h"
#include "base/keyring.h"
#include "base/nowait.h"
#include "base/seal.h"

enum meet_result {
	MEET_DONE,
	MEET_WRONG_CODE,
	MEET_VOID, /* a code that was wrong too often: code.wrong times */
	MEET_WRONG_KEY, /* not the peer that we know by that name */
	MEET_NOBODY, /* any: no known peer */
	MEET_REFUSED, /* the hellos don't go together: see kind */
	MEET_FORGED, /* no share */
	MEET_ENDED, /* the link did, see error; stage: the number of messages before */
	MEET_SLOW, /* the other end said nothing for too long */
	MEET_NO_CODE, /* the typed line is none; or, with an error, no line could be read */
	MEET_OVERTAKEN, /* what the keyring has of it changed after our hello */
	MEET_KEYRING, /* see keyring.file, and error */
	MEET_SIGNAL, /* signals became readable */
};

struct meet {
	struct keyring *ring;
	char name[KEYRING_NAME_MAX + 1]; /* any: the peer's, once it is done */
	bool any; /* any known peer */
	bool made; /* code is one that we made, and have shown */
	bool waits; /* for a link that is not there yet */
	struct code code; /* "": it is asked for at terminal */
	int terminal; /* -1: none */
	int link_in;
	const struct nowait *link_out;
	int signals;

	/* The outcome. */
	enum meet_stage { MEET_HELLO, MEET_SHARE, MEET_PROOF } stage;
	enum handshake_kind kind;
	int state; /* an enum keyring_state: what we knew by that name at our hello */
	enum handshake_role role;
	struct handshake_pair pair; /* a first meeting: for keyring_confirm() */
	struct seal sending, receiving;
	int error;
};

/* Whether a code is needed: name is not known, or perhaps not. -1: see keyring_find(). */
int meet_needs_code(struct meet *meet);

/* Blocks. Once it is done both ends have proved that they have the key, and, after a first meeting,
 * it is stored as unsure. A guess of our code is counted before the other end can know its
 * result. */
enum meet_result meet_run(struct meet *meet);

#endif
