/* The conversation as one sees it: bubbles, days, notes; the newest below. */
#ifndef UI_LOG_H
#define UI_LOG_H

#include "window/said.h"

#include <gtk/gtk.h>

/* More rows than these are not kept: the oldest go. */
enum { LOG_ROWS = 2000 };

struct log;

/* Freed with its widget. */
struct log *log_new(void);

GtkWidget *log_widget(const struct log *log);

/* A line that somebody has said. */
void log_said(struct log *log, const struct said *said);

/* A message, such as why a link was lost. */
void log_note(struct log *log, const char *text);

/* The last so many lines of one's own are not delivered yet. */
void log_undelivered(struct log *log, unsigned long count);

/* Whether one's own lines can be said to be delivered: with a plain peer nobody knows. */
void log_marks(struct log *log, gboolean on);

/* Another conversation begins. */
void log_clear(struct log *log);

/* Scrolls by pages: -1 up, 1 down. */
void log_scroll(struct log *log, int pages);

#endif
