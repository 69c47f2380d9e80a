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

/* Remembers the settings of hciN. Returns 0, or -1 with errno. */
int discoverable_init(struct discoverable *visible, int id);

/* Makes the adapter discoverable unless it is. Call it at the start, and after every change to the
 * adapter. When another program, or bluetoothd's time-out, switches a setting off meanwhile, that
 * is the state to restore. Returns 0, or -1 with errno: see bluez_errno(). */
int discoverable_keep(struct discoverable *visible, sd_bus *bus);

/* Restores the settings. Takes a second or two where it was connectable, but not discoverable. */
void discoverable_restore(const struct discoverable *visible, sd_bus *bus);

#endif
