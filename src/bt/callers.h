/* Peers that have called a listener and are not let in yet: the kernel may still pair with them.
 * One that never finishes blocks no other. */
#ifndef CALLERS_H
#define CALLERS_H

#include <bluetooth/bluetooth.h>
#include <stdbool.h>
#include <stdint.h>

enum { CALLERS_MAX = 32 };

struct caller {
	int link; /* see rfcomm_accept() */
	bdaddr_t peer;
	int64_t until; /* monotonic milliseconds; dropped then */
};

/* Starts as {0}. */
struct callers {
	int count;
	struct caller list[CALLERS_MAX];
};

/* Takes one more, and link with it; count must be below CALLERS_MAX. */
void callers_add(struct callers *callers, int link, const bdaddr_t *peer);

/* Lets in the first that is ready: moves it to *in, and returns true. Drops those that have left,
 * did not pair or took too long, and reports that with -v. Does not block: ask again after
 * callers_pause(). */
bool callers_admit(struct callers *callers, struct caller *in);

/* How long until callers_admit() may have news, in milliseconds; -1: never. No event reports it. */
int callers_pause(const struct callers *callers);

/* Refuses all that remain. */
void callers_refuse(struct callers *callers, const char *why);

/* In a child after fork(): closes its copies; the peers notice nothing. */
void callers_forget(struct callers *callers);

/* Closes a link that was not let in, which refuses the peer, and reports it with -v. */
void callers_refuse_one(int link, const bdaddr_t *peer, const char *why);

#endif
