#include "bt/bluez_profile.h"

#include "bt/bluez.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#define MANAGER BLUEZ_NAME ".ProfileManager1"

/* Our object for the profile; bluetoothd would call it for connections, of which it gets none. */
#define PROFILE "/rfcat/profile"

/* A private UUID (RFC 4122, version 4). bluetoothd wants a unique one for each profile; peers never
 * see it: the class that they look for is in the record. */
static int
random_uuid(char text[UUID_TEXT])
{
	struct uuid uuid;
	if (getrandom(uuid.byte, sizeof uuid.byte, 0) != sizeof uuid.byte)
		return -1;
	uuid.byte[6] = (uuid.byte[6] & 0x0f) | 0x40;
	uuid.byte[8] = (uuid.byte[8] & 0x3f) | 0x80;
	uuid_format(&uuid, text);
	return 0;
}

int
bluez_profile_register(sd_bus *bus, const char *xml)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char uuid[UUID_TEXT];
	if (random_uuid(uuid) < 0)
		return -1;
	/* Neither Channel nor PSM: with one, bluetoothd would listen itself. */
	int result = sd_bus_call_method(bus, BLUEZ_NAME, "/org/bluez", MANAGER, "RegisterProfile",
		&error, NULL, "osa{sv}", PROFILE, uuid, 4, "ServiceRecord", "s", xml, "Role", "s",
		"server", "RequireAuthentication", "b", 0, "RequireAuthorization", "b", 0);
	if (result >= 0)
		return 0;
	errno = bluez_errno(&error);
	sd_bus_error_free(&error);
	return -1;
}

void
bluez_profile_unregister(sd_bus *bus)
{
	sd_bus_call_method(bus, BLUEZ_NAME, "/org/bluez", MANAGER, "UnregisterProfile", NULL, NULL,
		"o", PROFILE);
}
