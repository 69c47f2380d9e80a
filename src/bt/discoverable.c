#include "bt/discoverable.h"

#include "bt/adapter.h"
#include "bt/bluez.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>

enum { LAPSE_MS = 4000, LAPSE_PAUSE_MS = 50 };

int
discoverable_init(struct discoverable *v, int id)
{
	struct adapter_info now;
	if (adapter_info(id, &now) < 0)
		return -1;
	*v = (struct discoverable){id, now.discoverable, now.connectable};
	return 0;
}

static int
set_discoverable(const struct discoverable *v, sd_bus *bus, bool on)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char path[BLUEZ_PATH];
	if (sd_bus_set_property(bus, BLUEZ_NAME, bluez_path(path, v->id), BLUEZ_ADAPTER,
		    "Discoverable", &error, "b", on) >= 0)
		return 0;
	errno = bluez_errno(&error);
	sd_bus_error_free(&error);
	return -1;
}

int
discoverable_keep(struct discoverable *v, sd_bus *bus)
{
	struct adapter_info now;
	if (adapter_info(v->id, &now) < 0)
		return -1;
	if (now.discoverable && now.connectable)
		return 0;
	v->discoverable = false;
	v->connectable = v->connectable && now.connectable;
	return set_discoverable(v, bus, true);
}

static int
set_timeout(const struct discoverable *v, sd_bus *bus, uint32_t seconds)
{
	char path[BLUEZ_PATH];
	return sd_bus_set_property(bus, BLUEZ_NAME, bluez_path(path, v->id), BLUEZ_ADAPTER,
		"DiscoverableTimeout", NULL, "u", seconds);
}

/* According to bluetoothd, which learns a little later than the kernel. */
static bool
is_discoverable(const struct discoverable *v, sd_bus *bus)
{
	char path[BLUEZ_PATH];
	int on;
	return sd_bus_get_property_trivial(bus, BLUEZ_NAME, bluez_path(path, v->id), BLUEZ_ADAPTER,
		       "Discoverable", NULL, 'b', &on) >= 0 &&
	       on;
}

/* Makes it undiscoverable, and leaves it connectable: only bluetoothd's time-out does that (set to
 * false, Discoverable switches both off). Linux 6.12 then still answers inquiries, until the next
 * link ends: hci_update_discoverable() leaves the controller as it is. */
static void
let_lapse(const struct discoverable *v, sd_bus *bus)
{
	char path[BLUEZ_PATH];
	uint32_t before;
	if (sd_bus_get_property_trivial(bus, BLUEZ_NAME, bluez_path(path, v->id), BLUEZ_ADAPTER,
		    "DiscoverableTimeout", NULL, 'u', &before) < 0 ||
		set_timeout(v, bus, 1) < 0)
		return;
	for (int waited = 0; waited < LAPSE_MS && is_discoverable(v, bus); waited += LAPSE_PAUSE_MS)
		poll(NULL, 0, LAPSE_PAUSE_MS);
	set_timeout(v, bus, before);
}

void
discoverable_restore(const struct discoverable *v, sd_bus *bus)
{
	if (v->discoverable)
		return;
	if (v->connectable)
		let_lapse(v, bus);
	else
		set_discoverable(v, bus, false);
}
