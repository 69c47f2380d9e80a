/* A connection from its start to the exit status: relays, hangs up, reports how it ended; and the
 * options that rfcat-listen and rfcat-connect share. */
#ifndef SESSION_H
#define SESSION_H

#include "base/nowait.h"
#include "base/opt.h"
#include "bt/rfcomm.h"

/* The longest time that an option takes, 24 days: it fits a 32-bit long. */
#define SESSION_LONGEST_MS (24L * 24 * 3600 * 1000)

struct session {
	/* By session_opts and session_open(). */
	struct rfcomm_end end; /* the caller fills in peer and channel */
	const char *adapter; /* -i as it was given; NULL: any */
	bool no_stdin; /* -d */
	bool quiet_given; /* -q or -N was */
	long quiet_ms; /* -q */
	long idle_ms; /* -T */
	long hangup_ms; /* -L */
	long wait_ms; /* -w */
	long grace_ms; /* -g */
	char **program; /* NULL: our own stdin and stdout */
	bool patient; /* set by the caller before session_open(), which then waits for an adapter */
	int signals; /* see signals.h */
	struct nowait out; /* our stdout, where there is no program */

	/* By the caller. */
	int link; /* a connected RFCOMM socket; closed at the end */
	bool listening; /* the peer has connected to us */
	int place; /* a descriptor that is closed with the link; -1: none */
	int number; /* how many connections from the peer there are now; 0: not known */

	char name[RFCOMM_NAME]; /* by session_run(), for messages */
};

/* The defaults of these options; end with letter 0. */
extern const struct session session_defaults;
extern const struct opt session_opts[];

/* Checks the program and the adapter of -i, or that any is up where none was named, takes signals
 * over, and prepares stdout. On failure reports it, and exits: 2 for the command line, else 1. */
void session_open(struct session *session);

/* Runs it to its end, and reports failures on stderr. Returns the exit status; dies by the signal
 * that ended it, and by SIGPIPE when stdout's reader went away. */
int session_run(struct session *session);

#endif
