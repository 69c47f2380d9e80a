/* What an errno means for a room, and what to do about it. Pure; the strings are constant, or
 * strerror(3)'s. */
#ifndef ROOMERROR_H
#define ROOMERROR_H

#include <stdbool.h>

/* Why room_open() has failed; post as there. */
const char *roomerror_open(int error, bool post);

/* Why an open room can't be read, followed or appended to. */
const char *roomerror_use(int error);

#endif
