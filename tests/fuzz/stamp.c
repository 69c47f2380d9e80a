/* Any format, name and times: 8 bytes for a time, one for the kind, a format, NUL, a name. */
#include "chat/stamp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct stamp *s, int64_t now)
{
	stamp_at(s, now);
	if (s->len > STAMP_MAX || (*s->options.format && s->len == 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t start;
	struct stamp s;
	if (size < 9)
		return 0;
	memcpy(&start, data, sizeof start);
	start /= 4; /* as far as the clocks go, and sums with it */
	char *text = calloc(1, size - 9 + 2);
	memcpy(text, data + 9, size - 9);
	stamp_init(&s, &(struct stamp_options){
			       .kind = (enum stamp_kind)(data[8] % 3),
			       .utc = data[8] & 0x80,
			       .format = text,
			       .name = data[8] & 0x40 ? text + strlen(text) + 1 : NULL,
			       .start = start,
		       });
	check(&s, start);
	check(&s, start);
	check(&s, start + 1500000000);
	check(&s, start + (int64_t)3600 * 1000000000 * 1000);
	free(text);
	return 0;
}
