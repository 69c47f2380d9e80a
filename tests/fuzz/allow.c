/* Any text as an address, and as a line of a file of addresses: an address that is taken stands in
 * it. */
#include "bt/adapter.h"
#include "bt/allow.h"

#include "text.h"

#include <ctype.h>
#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether text starts with the digits of addr, in any of the spellings. */
static bool
starts_with(const char *text, const bdaddr_t *addr)
{
	char form[18];
	ba2str(addr, form);
	for (const char *c = form; *c; c++) {
		if (*c == ':') {
			text += *text == ':' || *text == '-';
			continue;
		}
		if (toupper((unsigned char)*text++) != *c)
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bdaddr_t addr;
	char *text = text_of(data, size);
	if (adapter_parse_addr(text, &addr)) {
		if (!starts_with(text, &addr) || allow_parse_line(text, &addr) != 1)
			abort();
	}
	if (allow_parse_line(text, &addr) == 1 &&
		!starts_with(text + strspn(text, " \t\r\n"), &addr))
		abort();
	free(text);
	return 0;
}
