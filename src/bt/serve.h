/* The listening side: admits one peer or many, and serves each until its end. */
#ifndef SERVE_H
#define SERVE_H

#include "bt/allow.h"
#include "bt/places.h"
#include "bt/session.h"

enum { SERVE_MAX = PLACES_MAX };

struct serve {
	struct session session; /* what each peer gets; end.channel is the one that is bound */
	struct allow allow; /* -a */
	int listener; /* a deferred listening socket */
	int advertise; /* see advertise.h; closed with the listener; -1: none */
	bool keep; /* -k */
	int max; /* -m, at most SERVE_MAX */
};

/* Serves one peer, or with keep one after another (with a program, at the same time, each by a
 * process of its own) until a signal, or until nobody was connected for session.wait_ms. Peers that
 * are not allowed, and those past max, are refused before a byte of theirs is read; being full is
 * reported once until a place is free. A place is free as soon as its link has ended. It enters the
 * sandbox (see sandbox.h), unless it runs a single program. Returns the exit status, or dies by the
 * signal. */
int serve_run(struct serve *serve);

#endif
