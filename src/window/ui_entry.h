/* The entry for a line, earlier lines by Up and Down, and a file to send. */
#ifndef UI_ENTRY_H
#define UI_ENTRY_H

#include <gtk/gtk.h>

struct entry;

/* Takes a line; FALSE leaves it in the entry. */
typedef gboolean entry_send(void *self, const char *line);

/* Freed with its widget. */
struct entry *entry_new(entry_send *send, void *self);

GtkWidget *entry_widget(const struct entry *entry);

/* Takes the focus; the text in it stays. */
void entry_focus(const struct entry *entry);

gboolean entry_empty(const struct entry *entry);

/* Gives it a key that was pressed elsewhere. */
gboolean entry_forward(const struct entry *entry, GtkEventControllerKey *keys);

/* Sends a file: types "/send PATH". */
void entry_send_file(struct entry *entry, GFile *file);

#endif
