/* Codes that two people speak once. Pure. */
#ifndef CODE_H
#define CODE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	CODE_DIGITS = 6, /* of one that we make: a guess is right once in a million */
	CODE_MIN = 6,
	CODE_MAX = 64,
	CODE_GUESSES = 3, /* after this number of wrong ones it is void */
};

struct code {
	char text[CODE_MAX + 1]; /* "" none */
	int wrong; /* how often it was wrong, or may have been */
};

/* Reads a line as people write codes: spaces and dashes don't count ("482-913", "482 913"). False
 * when less than CODE_MIN or more than CODE_MAX characters are left, or others than printable
 * ASCII. */
bool code_parse(struct code *code, const char *line, size_t len);

/* Makes one of random digits. sodium_init() has been called. */
void code_make(struct code *code);

/* As people speak it: 482-913. */
void code_show(char out[CODE_DIGITS + 2], const struct code *code);

#endif
