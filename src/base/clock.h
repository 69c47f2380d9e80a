/* The time for time-outs. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Monotonic milliseconds since some point in the past. */
int64_t clock_ms(void);

#endif
