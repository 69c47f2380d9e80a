#include "base/code.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

bool
code_parse(struct code *code, const char *line, size_t len)
{
	size_t used = 0;
	code->wrong = 0;
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r-", line[i]) && line[i])
			continue;
		if (line[i] < '!' || line[i] > '~' || used == CODE_MAX)
			return false;
		code->text[used++] = line[i];
	}
	code->text[used] = '\0';
	return used >= CODE_MIN;
}

void
code_make(struct code *code)
{
	for (int i = 0; i < CODE_DIGITS; i++)
		code->text[i] = (char)('0' + randombytes_uniform(10));
	code->text[CODE_DIGITS] = '\0';
	code->wrong = 0;
}

void
code_show(char out[CODE_DIGITS + 2], const struct code *code)
{
	snprintf(out, CODE_DIGITS + 2, "%.3s-%.3s", code->text, code->text + CODE_DIGITS / 2);
}
