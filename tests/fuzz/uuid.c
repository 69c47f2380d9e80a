/* Any text as a UUID: an accepted one comes back the same from its own form. */
#include "bt/uuid.h"

#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char form[UUID_TEXT];
	struct uuid uuid;
	struct uuid again;
	char *text = text_of(data, size);
	if (uuid_parse(text, &uuid)) {
		uuid_format(&uuid, form);
		if (!uuid_parse(form, &again) || !uuid_equal(&uuid, &again))
			abort();
	}
	free(text);
	return 0;
}
