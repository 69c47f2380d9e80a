/* The header bar: the peer, the state of the link, and the encryption. */
#ifndef UI_HEADER_H
#define UI_HEADER_H

#include "window/state.h"

#include <gtk/gtk.h>

struct header;

enum link_phase {
	LINK_WAITING, /* for a call */
	LINK_CALLING,
	LINK_ROOM, /* in a room, without a call */
	LINK_CONNECTED,
	LINK_AWAY,
	LINK_LEAVING,
	LINK_OVER,
};

struct link {
	enum link_phase phase;
	char name[STATE_TEXT]; /* of the peer, "" where there is none */
	struct state state; /* the last one that said connected or away */
	unsigned long undelivered;
};

/* Freed with its widget. */
struct header *header_new(void);

GtkWidget *header_widget(const struct header *header);

void header_show(struct header *header, const struct link *link);

#endif
