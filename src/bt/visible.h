/* Keeps adapters discoverable and connectable by way of bluetoothd, and puts back what was. */
#ifndef VISIBLE_H
#define VISIBLE_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

struct visible {
	int id; /* hciN */
	bool discoverable; /* what it would be without us */
	bool connectable;
};

/* Remembers what hciN is. Returns 0, or -1 with errno. */
int visible_init(struct visible *visible, int id);

/* Makes the adapter discoverable unless it is: at the start, and whenever something about it has
 * changed. What others switch off meanwhile, and what bluetoothd's time-out does, is what will be
 * put back. Returns 0, or -1 with errno: see bus_errno(). */
int visible_keep(struct visible *visible, sd_bus *bus);

/* Puts back what was. Takes a second or two where it was connectable, but not discoverable. */
void visible_restore(const struct visible *visible, sd_bus *bus);

#endif
