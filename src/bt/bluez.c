#include "bt/bluez.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEVICE BLUEZ_NAME ".Device1"

enum { CALL_US = 10 * 1000 * 1000 };

const char *
bluez_path(char path[BLUEZ_PATH], int id)
{
	snprintf(path, BLUEZ_PATH, "/org/bluez/hci%d", id);
	return path;
}

static bool
bluetoothd_runs(sd_bus *bus)
{
	sd_bus_message *reply = NULL;
	int runs = 0;
	/* A question to the bus about the name: any other call would make the bus start
	 * bluetoothd. */
	if (sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		    "org.freedesktop.DBus", "NameHasOwner", NULL, &reply, "s", BLUEZ_NAME) >= 0)
		sd_bus_message_read(reply, "b", &runs);
	sd_bus_message_unref(reply);
	return runs;
}

int
bluez_open(sd_bus **bus)
{
	*bus = NULL;
	if (sd_bus_open_system(bus) >= 0 && sd_bus_set_method_call_timeout(*bus, CALL_US) >= 0 &&
		sd_bus_match_signal(*bus, NULL, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			"org.freedesktop.DBus", "NameOwnerChanged", NULL, NULL) >= 0 &&
		bluetoothd_runs(*bus))
		return 0;
	*bus = sd_bus_close_unref(*bus);
	errno = ENOENT;
	return -1;
}

int
bluez_errno(const sd_bus_error *error)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = {
		{BLUEZ_NAME ".Error.InProgress", EBUSY},
		{BLUEZ_NAME ".Error.Busy", EBUSY},
		{BLUEZ_NAME ".Error.NotReady", ENETDOWN},
		{SD_BUS_ERROR_UNKNOWN_OBJECT, ENODEV},
		{SD_BUS_ERROR_UNKNOWN_METHOD, ENODEV}, /* its answer for an unknown object */
		{SD_BUS_ERROR_ACCESS_DENIED, EACCES},
		{SD_BUS_ERROR_SERVICE_UNKNOWN, ENOENT},
		{SD_BUS_ERROR_NAME_HAS_NO_OWNER, ENOENT},
	};
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (sd_bus_error_has_name(error, errors[i].name))
			return errors[i].number;
	return EIO;
}

int
bluez_discover(sd_bus *bus, int id)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char path[BLUEZ_PATH];
	bluez_path(path, id);
	/* Otherwise it would look for Low Energy devices half of the time. */
	int result = sd_bus_call_method(bus, BLUEZ_NAME, path, BLUEZ_ADAPTER, "SetDiscoveryFilter",
		&error, NULL, "a{sv}", 1, "Transport", "s", "bredr");
	if (result >= 0)
		result = sd_bus_call_method(
			bus, BLUEZ_NAME, path, BLUEZ_ADAPTER, "StartDiscovery", &error, NULL, "");
	if (result >= 0)
		return 0;
	errno = bluez_errno(&error);
	sd_bus_error_free(&error);
	return -1;
}

struct device {
	struct peer peer;
	bool low_energy; /* only Low Energy devices have this kind of address */
	bool advertised; /* it has data of an advertisement, rare in an inquiry's answer */
};

/* Low Energy devices are no peers of ours. Since their addresses may be public, too, only a class
 * proves that a device answered an inquiry. */
static bool
is_peer(const struct device *device)
{
	return device->peer.seen && !device->low_energy &&
	       (device->peer.class || !device->advertised);
}

/* Reads the next property of a device from the message. */
static int
read_property(sd_bus_message *m, struct device *device)
{
	struct peer *peer = &device->peer;
	const char *key;
	const char *text;
	int16_t rssi;
	int result = sd_bus_message_read(m, "s", &key);
	if (result < 0)
		return result;
	if (strcmp(key, "Address") == 0) {
		result = sd_bus_message_read(m, "v", "s", &text);
		if (result >= 0)
			str2ba(text, &peer->addr);
	} else if (strcmp(key, "AddressType") == 0) {
		result = sd_bus_message_read(m, "v", "s", &text);
		device->low_energy = result >= 0 && strcmp(text, "public") != 0;
	} else if (strcmp(key, "Name") == 0) {
		result = sd_bus_message_read(m, "v", "s", &text);
		if (result >= 0)
			peer_name(peer, text, strlen(text));
	} else if (strcmp(key, "Class") == 0) {
		result = sd_bus_message_read(m, "v", "u", &peer->class);
	} else if (strcmp(key, "AdvertisingFlags") == 0 || strcmp(key, "Appearance") == 0 ||
		   strcmp(key, "ServiceData") == 0 || strcmp(key, "ManufacturerData") == 0) {
		result = sd_bus_message_skip(m, "v");
		device->advertised = true;
	} else if (strcmp(key, "RSSI") == 0) {
		result = sd_bus_message_read(m, "v", "n", &rssi);
		peer->rssi = rssi;
		peer->seen = true; /* otherwise bluetoothd only remembers it */
	} else {
		result = sd_bus_message_skip(m, "v");
	}
	return result;
}

/* a{sv} of one interface. */
static int
read_device(sd_bus_message *m, struct device *device)
{
	int result = sd_bus_message_enter_container(m, 'a', "{sv}");
	while (result >= 0 && (result = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		result = read_property(m, device);
		if (result >= 0)
			result = sd_bus_message_exit_container(m);
	}
	return result < 0 ? result : sd_bus_message_exit_container(m);
}

/* a{sa{sv}} of one object: a peer where it has answered. */
static int
read_object(sd_bus_message *m, struct peers *peers)
{
	const char *interface;
	int result = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
	while (result >= 0 && (result = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
		struct device device = {.peer.rssi = PEER_NO_RSSI};
		result = sd_bus_message_read(m, "s", &interface);
		if (result >= 0)
			result = strcmp(interface, DEVICE) == 0 ? read_device(m, &device)
								: sd_bus_message_skip(m, "a{sv}");
		if (result >= 0)
			result = sd_bus_message_exit_container(m);
		if (result >= 0 && peers && is_peer(&device))
			peers_see(peers, &device.peer);
	}
	return result < 0 ? result : sd_bus_message_exit_container(m);
}

void
bluez_seen(sd_bus *bus, int id, struct peers *peers)
{
	sd_bus_message *m = NULL;
	const char *object;
	char path[BLUEZ_PATH];
	size_t len = strlen(bluez_path(path, id));
	int result = sd_bus_call_method(bus, BLUEZ_NAME, "/", "org.freedesktop.DBus.ObjectManager",
		"GetManagedObjects", NULL, &m, "");
	if (result >= 0)
		result = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
	while (result >= 0 && sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}") > 0) {
		result = sd_bus_message_read(m, "o", &object);
		bool ours = result >= 0 && strncmp(object, path, len) == 0 && object[len] == '/';
		if (result >= 0)
			result = read_object(m, ours ? peers : NULL);
		if (result >= 0)
			result = sd_bus_message_exit_container(m);
	}
	sd_bus_message_unref(m);
}

bool
bluez_alive(sd_bus *bus)
{
	int more;
	while ((more = sd_bus_process(bus, NULL)) > 0)
		;
	return more == 0 && bluetoothd_runs(bus);
}
