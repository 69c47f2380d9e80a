/* A code in a file of its own, for who can't type it. */
#ifndef CODE_FILE_H
#define CODE_FILE_H

#include "base/code.h"

/* Reads the first line of the file, which nobody else may be able to read. Returns NULL, or why there is
 * no code. */
const char *code_file_read(struct code *code, const char *path);

#endif
