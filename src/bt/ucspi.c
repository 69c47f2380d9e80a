#include "bt/ucspi.h"

#include <stdio.h>
#include <string.h>

void
ucspi_fill(struct ucspi *u, const bdaddr_t *local, const bdaddr_t *peer, int channel,
	bool listening, int number)
{
	ba2str(local, u->local);
	ba2str(peer, u->peer);
	snprintf(u->channel, sizeof u->channel, "%d", channel);
	snprintf(u->number, sizeof u->number, "%d", number);
	const struct spawn_var vars[] = {
		{"PROTO", "RFCOMM"},
		{"RFCOMMLOCALADDR", u->local},
		{"RFCOMMREMOTEADDR", u->peer},
		{"RFCOMMLOCALCHANNEL", listening ? u->channel : NULL},
		{"RFCOMMREMOTECHANNEL", listening ? NULL : u->channel},
		{"RFCOMMCONNNUM", number > 0 ? u->number : NULL},
		{NULL, NULL},
	};
	memcpy(u->vars, vars, sizeof vars);
}
