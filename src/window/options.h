/* The command line's options for the window and for the conversation in it. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

/* All is kept, and given to rfchat. */
struct window_options {
	const char *adapter, *nick, *log, *chat_room; /* NULL: not given; nick always is */
	bool seal;
	bool listen;
	const char *peer; /* to call; NULL: wait, or with a room and without listen nothing */
	const char *channel; /* may be NULL */
};

#endif
