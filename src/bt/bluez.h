/* bluetoothd, by D-Bus. */
#ifndef BLUEZ_H
#define BLUEZ_H

#include "bt/peers.h"

#include <systemd/sd-bus.h>

#define BLUEZ_NAME "org.bluez"
#define BLUEZ_ADAPTER BLUEZ_NAME ".Adapter1"

/* Connects to the system bus, if bluetoothd is there. Returns 0, or -1 with errno: ENOENT it does
 * not run, or there is no bus. Does not start it. */
int bluez_open(sd_bus **bus);

/* Makes bluetoothd scan with hciN until the bus is closed; other programs may scan at the same
 * time. Returns 0, or -1 with errno: EBUSY another program uses the radio, or as bluez_errno(). */
int bluez_discover(sd_bus *bus, int id);

/* Adds the peers that have answered already, where bluetoothd was scanning for another program. */
void bluez_seen(sd_bus *bus, int id, struct peers *peers);

/* Whether bluetoothd is still there. Takes what has arrived; does not block. */
bool bluez_alive(sd_bus *bus);

/* The errno of a method's error: EACCES where the bus's policy forbids it, ENETDOWN the adapter is
 * off, ENODEV bluetoothd has no such adapter, ENOENT it went away, else EIO. */
int bluez_errno(const sd_bus_error *error);

enum { BLUEZ_PATH = 24 };

/* bluetoothd's object for hciN. */
const char *bluez_path(char path[BLUEZ_PATH], int id);

#endif
