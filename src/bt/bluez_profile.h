/* Publishing a service record with bluetoothd, by sd-bus. */
#ifndef BLUEZ_PROFILE_H
#define BLUEZ_PROFILE_H

#include "bt/uuid.h"

#include <systemd/sd-bus.h>

/* Registers the record with bluetoothd, which publishes it until the bus is closed. bluetoothd
 * opens no socket: another program listens on the channel. May be called again when bluetoothd was
 * restarted. Returns 0, or -1 with errno: see bluez_errno(). */
int bluez_profile_register(sd_bus *bus, const char *xml);

/* Withdraws it. */
void bluez_profile_unregister(sd_bus *bus);

#endif
