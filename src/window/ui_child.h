/* A program that runs beside the window: its output comes as lines, by the main loop. Nothing here
 * blocks. */
#ifndef UI_CHILD_H
#define UI_CHILD_H

#include <glib.h>

struct child;

/* Callbacks; each is called with self. Lines are valid UTF-8 without a newline, and belong to the
 * caller. err may be NULL, and then stderr is the window's own. */
struct child_events {
	void (*out)(void *self, const char *line);
	void (*err)(void *self, const char *line);
	/* Once, after all its lines; the child is freed then. ok: exit status 0. */
	void (*ended)(void *self, gboolean ok);
};

enum child_input { CHILD_NO_INPUT, CHILD_INPUT };

/* Starts argv, found along PATH. events and self are kept. NULL with error where it can't be
 * run. */
struct child *child_start(const char *const *argv, enum child_input input,
	const struct child_events *events, void *self, GError **error);

/* Queues a line, to which a newline is added. FALSE where the program takes no more: too much
 * waits, or its input has ended. */
gboolean child_write(struct child *child, const char *line);

/* Asks it to end: by the end of its input, and by signals if it takes too long; one without input
 * by SIGTERM at once. ended() is called as usual. To ask again changes nothing. */
void child_stop(struct child *child);

#endif
