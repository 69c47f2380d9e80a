/* Any text as an option's value: an accepted value is in its range, and comes back the same when it
 * is written as a number. */
#include "base/opt.h"

#include "text.h"

#include <limits.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_whole(const char *text, long min, long max)
{
	char form[24];
	long value;
	long again;
	if (!opt_parse_long(text, min, max, &value))
		return;
	snprintf(form, sizeof form, "%ld", value);
	if (value < min || value > max || !opt_parse_long(form, min, max, &again) || again != value)
		abort();
}

static void
take_seconds(const char *text, long min, long max)
{
	char form[32];
	long ms;
	long again;
	if (!opt_parse_ms(text, min, max, &ms) || ms == -1)
		return;
	snprintf(form, sizeof form, "%ld.%03ld", ms / 1000, ms % 1000);
	if (ms < min || ms > max || !opt_parse_ms(form, min, max, &again) || again != ms)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	take_whole(text, 1, 30);
	take_whole(text, LONG_MIN, LONG_MAX);
	take_seconds(text, 0, 2000000000);
	take_seconds(text, -1, LONG_MAX);
	free(text);
	return 0;
}
