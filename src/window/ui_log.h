/* The view of the conversation: bubbles, days, notes; the newest below. */
#ifndef UI_LOG_H
#define UI_LOG_H

#include "window/said.h"

#include <gtk/gtk.h>

/* Keeps at most this number of rows: the oldest go. */
enum { LOG_ROWS = 2000 };

struct log;

/* Freed with its widget. */
struct log *log_new(void);

GtkWidget *log_widget(const struct log *log);

/* Adds a line of the conversation. */
void log_said(struct log *log, const struct said *said);

/* Adds a message, such as why a link was lost. */
void log_note(struct log *log, const char *text);

/* The last count own lines are not delivered yet. */
void log_undelivered(struct log *log, unsigned long count);

/* Whether own lines have marks: with a plain peer it is not known whether they were delivered. */
void log_marks(struct log *log, gboolean on);

/* Another conversation begins. */
void log_clear(struct log *log);

/* Scrolls by pages: -1 up, 1 down. */
void log_scroll(struct log *log, int pages);

#endif
