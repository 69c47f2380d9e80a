/* A program whose stdin and stdout are the connection: UCSPI, with a relay between, so that it
 * sees a real end of file (an RFCOMM descriptor gives "connection reset" instead). */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* One of the program's environment variables; value NULL: unset, so that nothing is inherited. */
struct spawn_var {
	const char *name;
	const char *value;
};

struct spawn {
	pid_t pid;
	int in; /* read: what it writes to its stdout */
	int out; /* write: its stdin; -1: closed already */
	int done; /* a pidfd: readable once it has ended */
	int gate; /* write: releases a program that is held */
	int report; /* read: the errno of one that was held and could not run */
	long grace_ms; /* -1 (by spawn_start()): spawn_wait() lets it run; else see there */
	int signal; /* the first signal that came while spawn_wait() waited; 0: none */
};

/* How long after a SIGTERM by grace a program gets its SIGKILL. */
enum { SPAWN_KILL_MS = 5000 };

/* Whether the first word of argv can be run: a file, found along PATH as execvp(3) does, and
 * executable. If not, with errno. */
bool spawn_check(char *const *argv);

/* Starts argv with vars (ended by a NULL name) set or unset, stderr inherited, signals as they
 * were before signals_open(), and no other descriptor of ours. Returns 0, or -1 with errno. */
int spawn_start(struct spawn *spawn, char *const *argv, const struct spawn_var *vars);

/* The same in two steps, for a caller that enters a sandbox in between: the process does nothing
 * until it is released, and ends when we end before that. On release one more variable gets its
 * value, of less than PIPE_BUF bytes, if it was named (NULL: none). */
int spawn_hold(
	struct spawn *spawn, char *const *argv, const struct spawn_var *vars, const char *variable);
int spawn_release(struct spawn *spawn, const char *value);

/* Ends one that is held. */
void spawn_drop(struct spawn *spawn);

/* Closes the program's stdin (its end of file) and stdout and waits for its end. A signal on
 * signals is read, kept in spawn->signal, and passed on as SIGTERM; one that comes half a second
 * later or more, as SIGKILL. A program that still runs after grace_ms gets the first by itself, and
 * the second SPAWN_KILL_MS later. Returns its exit status, 128 + n when signal n killed it, and
 * closes the descriptors. */
int spawn_wait(struct spawn *spawn, int signals);

/* The same without delay, and with the pipes open until it has ended: it never sees an end of file,
 * but a SIGTERM, and the SIGKILL after that. */
int spawn_stop(struct spawn *spawn, int signals);

#endif
