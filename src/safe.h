/* The sanitiser: what a peer's bytes look like on a terminal, in a log, in a message. Pure. */
#ifndef SAFE_H
#define SAFE_H

#include <stddef.h>

/* Writes the safe form of len bytes of src to dst, NUL-terminated; where size (at least 1) runs
 * out, it is cut before the character that did not fit. LF and TAB are shown, too, as ^J and
 * ^I: the result is one field of one line. Returns the length without the NUL. */
size_t safe_copy(char *dst, size_t size, const char *src, size_t len);

#endif
