/* A connection from its start to the exit status: relay it, hang up, say how it ended. */
#ifndef SESSION_H
#define SESSION_H

#include "base/spawn.h"
#include "bt/rfcomm.h"

/* The longest time that an option takes, 24 days: it fits a 32-bit long. */
#define SESSION_LONGEST_MS (24L * 24 * 3600 * 1000)

struct session {
	struct rfcomm_end end; /* its two ends */
	const char *adapter; /* -i as it was given; NULL: any */
	bool no_stdin; /* -d */
	bool quiet_given; /* -q or -N was */
	long quiet_ms; /* -q */
	long idle_ms; /* -T */
	long hangup_ms; /* -L */
	long wait_ms; /* -w */
	char **program; /* NULL: our own stdin and stdout */

	int signals; /* see signals.h */
	int link; /* a connected RFCOMM socket; closed at the end */
	const char *name; /* "ADDRESS channel N", for messages */
	const struct spawn_var *vars; /* the program's environment */
};

/* The options that rfcat-listen and rfcat-connect have in common, and their defaults. */
extern const struct session session_defaults;

/* Takes one of -d -i -L -N -q -s -T -v -w; exits 2 when its value is wrong. False: another. */
bool session_option(struct session *session, int letter);

/* Finds the adapter of -i for end.adapter, and makes sure that it, or any where none was named, is
 * up. Says what is wrong, and exits 2 when the name has not the form of one, else 1. */
void session_adapter(struct session *session);

/* Runs it to its end, with messages on stderr for what failed. Returns the exit status; dies by
 * the signal that ended it, and by SIGPIPE when stdout's reader went away. */
int session_run(struct session *session);

#endif
