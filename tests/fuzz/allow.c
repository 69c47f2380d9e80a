/* Any text as an address, and as a line of a file of addresses: what is taken stands in it. */
#include "bt/adapter.h"
#include "bt/allow.h"

#include "text.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char form[18];
	bdaddr_t addr;
	char *text = text_of(data, size);
	if (adapter_parse_addr(text, &addr)) {
		ba2str(&addr, form);
		if (strcasecmp(form, text) != 0 || allow_parse_line(text, &addr) != 1)
			abort();
	}
	if (allow_parse_line(text, &addr) == 1) {
		ba2str(&addr, form);
		if (strncasecmp(form, text + strspn(text, " \t\r\n"), 17) != 0)
			abort();
	}
	free(text);
	return 0;
}
