/* A program's environment variables, which describe its connection by the UCSPI convention. */
#ifndef UCSPI_H
#define UCSPI_H

#include "base/spawn.h"

#include <bluetooth/bluetooth.h>
#include <stdbool.h>

struct ucspi {
	char local[18], peer[18], channel[12], number[12];
	struct spawn_var vars[7]; /* for spawn_start(); they point into this struct */
};

/* Fills it in, in place. listening: the channel is ours, else the peer's. number: how many
 * connections from that address there are now; not set where it is 0. Pure. */
void ucspi_fill(struct ucspi *u, const bdaddr_t *local, const bdaddr_t *peer, int channel,
	bool listening, int number);

#endif
