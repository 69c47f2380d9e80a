/* The window: puts its parts together, and talks through rfchat. */
#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include <gtk/gtk.h>

#include <stdbool.h>

/* The application's name for the desktop; also that of its .desktop file and its icon. */
#define WINDOW_ID "org.rfcat.Chat"

/* The command line; all is kept, and given to rfchat. */
struct window_options {
	const char *adapter, *nick, *log, *chat_room; /* NULL: not given; nick always is */
	bool seal;
	bool listen;
	const char *peer; /* to call; NULL: wait, or with a room and without listen nothing */
	const char *channel; /* may be NULL */
};

/* Opens it, and starts rfchat and btscan. The application quits when it is closed, and rfchat has
 * left. */
void window_open(GtkApplication *app, const struct window_options *options);

#endif
