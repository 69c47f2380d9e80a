/* Being found while we listen: runs btpublish, which knows bluetoothd. */
#ifndef ADVERTISE_H
#define ADVERTISE_H

#include <stdbool.h>

struct advertise {
	const char *adapter; /* hciN or its address; NULL: all */
	const char *name; /* the service's */
	const char *uuid; /* its class, as uuid_parse() takes it */
	bool only; /* it is no Serial Port, too */
	int channel;
};

/* Publishes the channel. Returns a descriptor: once it is closed, by whatever end of this process,
 * all is taken back. -1 when that failed, which was said on stderr, or by the signal that came
 * meanwhile, which is stored in signal; 0: none did. Leaves no child. */
int advertise_start(const struct advertise *a, int signals, int *signal);

#endif
