/* The conversation: runs rfchat, shows its output, and gives it the typed lines. */
#ifndef UI_TALK_H
#define UI_TALK_H

#include "window/options.h"
#include "window/said.h"
#include "window/ui_entry.h"
#include "window/ui_header.h"
#include "window/ui_log.h"
#include "window/ui_peers.h"
#include "window/ui_prompt.h"

struct talk;

/* Where it is shown; all are kept. */
struct talk_parts {
	struct header *header;
	struct peers *peers;
	struct log *log;
	struct prompt *prompt;
	struct entry *entry;
};

struct talk_events {
	/* A new line of another person; history doesn't count. */
	void (*said)(void *self, const struct said *said);
	/* The peer's name is this; "": there is no peer. */
	void (*named)(void *self, const char *name);
	/* rfchat has left, as talk_close() wanted. */
	void (*closed)(void *self);
};

/* Starts rfchat as options say, which are kept, as are events and self. The talk lives as long as
 * the program. */
struct talk *talk_start(const struct window_options *options, const struct talk_parts *parts,
	const struct talk_events *events, void *self);

/* Ends the conversation, and calls this address; NULL: waits for a call. Asks first while a peer is
 * connected, or lines are not delivered. */
void talk_with(struct talk *t, const char *address);

/* Ends it, and then calls closed(). Asks first where lines are not delivered, but not twice. TRUE
 * where it is ending. */
gboolean talk_close(struct talk *t);

/* Sends a line; FALSE where that can't be done now. */
gboolean talk_send(struct talk *t, const char *line);

/* Whether no peer is there, and none is called. */
gboolean talk_alone(const struct talk *t);

#endif
