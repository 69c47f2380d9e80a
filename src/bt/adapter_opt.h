/* The adapter that a tool is to use: its option -i. */
#ifndef ADAPTER_OPT_H
#define ADAPTER_OPT_H

#include "bt/adapter.h"

/* Fills list with the adapter called name, or with all where that is NULL; only those that are up.
 * Returns how many, at least 1: where there is none it says why, and exits (2 when name has not
 * the form of one, else 1). */
int adapter_opt(const char *name, struct adapter list[ADAPTER_MAX]);

#endif
