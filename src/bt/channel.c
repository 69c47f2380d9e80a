#include "bt/channel.h"

#include <stddef.h>

/* BlueZ src/profile.c, the _DEFAULT_CHANNELs, and profiles/sap/server.c. */
static const char *const services[RFCOMM_CHANNEL_MAX + 1] = {
	[1] = "Dial-Up Networking",
	[3] = "Serial Port",
	[6] = "Headset",
	[7] = "Hands-Free",
	[8] = "SIM Access",
	[9] = "Object Push",
	[10] = "File Transfer",
	[11] = "Basic Imaging",
	[12] = "Headset Audio Gateway",
	[13] = "Hands-Free Audio Gateway",
	[14] = "Synchronization",
	[15] = "Phone Book Access",
	[16] = "Message Access",
	[17] = "Message Notification",
};

const char *
channel_service(int channel)
{
	return channel < 0 || channel > RFCOMM_CHANNEL_MAX ? NULL : services[channel];
}
