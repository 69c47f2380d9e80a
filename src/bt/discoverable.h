/* Keeps adapters discoverable and connectable by bluetoothd, and restores their settings. */
#ifndef DISCOVERABLE_H
#define DISCOVERABLE_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

struct discoverable {
	int id; /* hciN */
	bool discoverable; /* what it would be without us */
	bool connectable;
};

/* Remembers what hciN is. Returns 0, or -1 with errno. */
int discoverable_init(struct discoverable *visible, int id);

/* Makes the adapter discoverable unless it is: at the start, and whenever something about it has
 * changed. A setting that others, or bluetoothd's time-out, switch off meanwhile is the one to be
 * restored. Returns 0, or -1 with errno: see bluez_errno(). */
int discoverable_keep(struct discoverable *visible, sd_bus *bus);

/* Restores the settings. Takes a second or two where it was connectable, but not discoverable. */
void discoverable_restore(const struct discoverable *visible, sd_bus *bus);

#endif
