/* Whom we know: a directory with a file for each peer, under the name that we gave it, and with
 * what a first meeting needs between two connections. Nobody else may read it: what is less private
 * is refused (EPERM), with the remedy in keyring_explain().
 *
 * 	NAME        the key that both remember, and which end we were
 * 	.NAME.new   the same, while it is not known whether the peer has stored it, too
 * 	.NAME.code  a code, and how many guesses of it were wrong */
#ifndef KEYRING_H
#define KEYRING_H

#include "base/code.h"
#include "base/handshake.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { KEYRING_NAME_MAX = 64 };

struct keyring {
	int dir;
	char path[PATH_MAX];
	char file[PATH_MAX + 1 + KEYRING_NAME_MAX + 14]; /* of which the last failure was */
};

enum keyring_state {
	KEYRING_UNKNOWN,
	KEYRING_UNSURE, /* we have stored a first meeting, and don't know whether the peer has */
	KEYRING_KNOWN,
};

/* Pure: whether this can be a peer's name: 1 to 64 bytes of UTF-8 that are harmless to look at, of
 * ASCII letters, digits and . _ - + @ alone, with neither . nor - first. */
bool keyring_name(const char *name);

/* Opens the directory, and makes it (0700) where it is not there: dir, or, where that is NULL,
 * rfcat/peers in $XDG_STATE_HOME or ~/.local/state. Returns 0, or -1 with errno; with ENOENT and no
 * file there is no home. */
int keyring_open(struct keyring *ring, const char *dir);

/* One first meeting at a time: with two, somebody in between could have us meet ourselves. Returns
 * 0, or -1 with EWOULDBLOCK where another process holds it. */
int keyring_lock(struct keyring *ring);
void keyring_unlock(struct keyring *ring);

/* The state of a name, and the pair if there is one. -1 with errno. */
int keyring_find(struct keyring *ring, const char *name, struct handshake_pair *pair);

/* The next peer of whom something is known: its name, until the next call, and its pair. NULL after
 * the last, with errno 0, and on failure. A peer may come twice. keyring_list() is NULL on
 * failure. */
struct keyring_list;
struct keyring_list *keyring_list(struct keyring *ring);
const char *keyring_next(struct keyring_list *list, struct handshake_pair *pair);
void keyring_list_end(struct keyring_list *list);

/* Stores a pair, on the disk, as unsure; then makes it known, if it is still what the name stands
 * for: EEXIST where the name has another pair now, ENOENT where it was forgotten. Return 0, or -1
 * with errno. */
int keyring_store(struct keyring *ring, const char *name, const struct handshake_pair *pair);
int keyring_confirm(struct keyring *ring, const char *name, const struct handshake_pair *pair);

/* The code of an earlier attempt at a first meeting; an empty one where there was none. And that of
 * this one, on the disk; and no more. Return 0, or -1 with errno. */
int keyring_load_code(struct keyring *ring, const char *name, struct code *code);
int keyring_store_code(struct keyring *ring, const char *name, const struct code *code);
int keyring_drop_code(struct keyring *ring, const char *name);

/* Pure: the meaning of errno here, with a remedy. */
const char *keyring_explain(int error);

#endif
