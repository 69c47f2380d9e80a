/* Connecting with the patience that RFCOMM needs: which errors are tried again, how often, and why
 * is one table in dial.c. */
#ifndef DIAL_H
#define DIAL_H

#include "bt/rfcomm.h"

/* Connects within ms (-1: the kernel's limit, about 30 s) or until signals becomes readable. Tries
 * again after failures that the end of an earlier connection may cause. Returns a socket with
 * O_NONBLOCK, or -1 with errno: see bterror_connect(); ETIMEDOUT after ms; EINTR for signals. */
int dial(const struct rfcomm_end *end, long ms, int signals);

/* Pure: whether a failure with this errno may be over in a while. */
bool dial_passes(int error);

#endif
