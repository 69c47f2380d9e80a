/* What became of a meeting, in words. */
#ifndef MEET_EXPLAIN_H
#define MEET_EXPLAIN_H

#include "base/meet.h"

/* Pure: what a result but MEET_DONE and MEET_SIGNAL means, with what to do about it. */
const char *meet_explain(const struct meet *meet, enum meet_result result);

#endif
