/* Makes a listener findable: runs btpublish, which knows bluetoothd. */
#ifndef ADVERTISE_H
#define ADVERTISE_H

#include <stdbool.h>

struct advertise {
	const char *adapter; /* hciN or its address; NULL: all */
	const char *name; /* the service's */
	const char *uuid; /* its class, as uuid_parse() takes it */
	bool only; /* just that class, without Serial Port beside it */
	int channel;
};

/* Publishes the channel. Returns a descriptor: closing it, in whatever way this process ends,
 * undoes everything. -1 on failure, which was reported on stderr, or when a signal came meanwhile.
 * Stores that signal in signal, else 0. Leaves no child. */
int advertise_start(const struct advertise *a, int signals, int *signal);

#endif
