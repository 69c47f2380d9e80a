/* The peers around, at the left: shown as soon as they answer btscan. */
#ifndef UI_PEERS_H
#define UI_PEERS_H

#include <gtk/gtk.h>

struct peers;

/* A peer was chosen, by address; NULL: to wait for a call. */
typedef void peers_chosen(void *self, const char *address);

/* adapter is btscan's -i, or NULL; it is kept. Freed with its widget. */
struct peers *peers_new(const char *adapter, peers_chosen *chosen, void *self);

GtkWidget *peers_widget(const struct peers *peers);

/* Starts a scan, unless one runs. */
void peers_scan(struct peers *peers);

/* Marks the peer of the conversation; NULL: the row that waits for a call. */
void peers_mark(struct peers *peers, const char *address);

/* The name that was found for this address; NULL where it is not known. */
const char *peers_name(const struct peers *peers, const char *address);

void peers_focus(const struct peers *peers);

/* Ends a scan that runs, if any; before the end of the main loop. Who was found stays in the list. */
void peers_stop(struct peers *peers);

#endif
