/* rfchat's state lines on stderr, which report the link and the conversation to programs
 * (rfchat(1), "For programs"). Pure. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>

enum state_kind {
	STATE_NONE, /* not a state line: a message for people */
	STATE_OTHER, /* a state line of a newer rfchat: not for people, and not for us */
	STATE_WAITING, /* nobody is there yet */
	STATE_CONNECTED,
	STATE_AWAY, /* the link is lost, or the peer has left */
	STATE_UNDELIVERED,
	STATE_CODE, /* a code to say to the peer */
	STATE_ASK_CODE, /* the next line on stdin is the peer's code */
	STATE_QUESTION, /* the next line on stdin is y or n */
};

enum state_seal {
	STATE_OPEN,
	STATE_ENCRYPTED, /* by the link: between the two adapters */
	STATE_SEALED, /* by rfseal: between the two rfchats */
};

enum {
	STATE_ADDRESS = 18,
	STATE_SINCE = 9,
	STATE_TEXT = 1024,
};

struct state {
	enum state_kind kind;
	char address[STATE_ADDRESS]; /* connected, away */
	enum state_seal seal; /* connected */
	bool in_step; /* connected: both rooms are kept in step, so lines can be delivered later */
	char since[STATE_SINCE]; /* away: HH:MM:SS */
	unsigned long undelivered;
	char text[STATE_TEXT]; /* the peer's name, the code, or the question; cut where longer */
};

/* Reads a line without its newline. s->kind is STATE_NONE where it is no state line, STATE_OTHER
 * where it is not well-formed or not known. */
void state_parse(struct state *s, const char *line);

#endif
