/* A code in a file, for scripts. */
#ifndef CODE_FILE_H
#define CODE_FILE_H

#include "base/code.h"

/* Reads the first line of the file, which has to be its owner's alone. Returns NULL, or the reason
 * why there is no code. */
const char *code_file_read(struct code *code, const char *path);

#endif
