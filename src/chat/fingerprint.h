/* A short digest of a set of lines, as the Negentropy protocol has it: their hashes, as numbers, least
 * significant byte first, are added modulo 2^256; the number of lines follows; and of the SHA-256 of
 * both, the first 16 bytes. Pure. */
#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include "chat/lineset.h"

enum { FINGERPRINT_LEN = 16 };

/* Of items [begin, end). */
void fingerprint(const struct lineset *set, size_t begin, size_t end, uint8_t out[FINGERPRINT_LEN]);

#endif
