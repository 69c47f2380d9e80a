/* What identifies a line of a room: its bytes, and so their hash; and when it was written, by the
 * RFC 3339 stamp that it starts with. Pure. */
#ifndef LINEID_H
#define LINEID_H

#include "chat/lineset.h"

/* The second, since 1970, of the RFC 3339 stamp that the line starts with (date, 'T', 't' or a
 * space, time, perhaps a fraction, then 'Z', 'z' or an offset); 0 where none does, or one before
 * 1970. A leap second is the second after. */
uint64_t lineid_second(const char *line, size_t len);

/* The key of a line, without its LF. */
void lineid_key(struct line_key *key, const char *line, size_t len);

#endif
