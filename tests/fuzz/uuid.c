/* Any text as a UUID: what is taken comes back the same from its own form. */
#include "uuid.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char form[UUID_TEXT];
	struct uuid uuid;
	struct uuid again;
	char *text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	if (uuid_parse(text, &uuid)) {
		uuid_format(&uuid, form);
		if (!uuid_parse(form, &again) || !uuid_equal(&uuid, &again))
			abort();
	}
	free(text);
	return 0;
}
