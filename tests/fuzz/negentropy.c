/* Any bytes as a message of the other end's: it is refused, or answered by a message that fits, and
 * that the other end takes. The first byte says whose message it is, and to whom. */
#include "chat/lineid.h"
#include "chat/negentropy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETS = 4, SPACE = 2 * NEGENTROPY_MIN };

static void
count(void *arg, struct line_item *item)
{
	size_t *lines = arg;
	*lines += line_second(&item->key) < LINE_TIME_MAX;
}

static void
count_needed(void *arg, const uint8_t *hash)
{
	size_t *lines = arg;
	*lines += hash[0] == 0;
}

/* None, few, some and many lines, without stamps and with them. */
static struct lineset *
sets(void)
{
	static struct lineset all[SETS];
	static const unsigned counts[SETS] = {0, 3, 40, 700};
	for (size_t i = 0; i < SETS && all[SETS - 1].count == 0; i++) {
		for (unsigned n = 0; n < counts[i]; n++) {
			struct line_key key;
			char line[64];
			int len = snprintf(line, sizeof line, "2026-01-01T00:%02u:%02uZ %u",
				n / 60 % 60, n % 60, n);
			size_t start = n % 3 ? 0 : 3;
			lineid_key(&key, line + start, (size_t)len - start);
			if (lineset_append(&all[i], &key, (struct line_place){n, 0}) < 0)
				abort();
		}
		lineset_sort(&all[i]);
	}
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[SPACE], back[SPACE];
	size_t lines = 0;
	if (size == 0)
		return 0;
	struct negentropy n = {.set = &sets()[data[0] % SETS],
		.initiator = data[0] & 0x10,
		.pushes = data[0] & 0x20,
		.have = count,
		.need = count_needed,
		.arg = &lines};
	size_t space = data[0] & 0x40 ? SPACE : NEGENTROPY_MIN;
	ssize_t len = negentropy_answer(&n, data + 1, size - 1, out, space);
	if (len < -1 || len > (ssize_t)space || (len == 0 && !n.initiator))
		abort();
	if (len <= 0)
		return 0;
	n.initiator = !n.initiator;
	n.set = &sets()[data[0] / 4 % SETS];
	len = negentropy_answer(&n, out, (size_t)len, back, space);
	if (len < 0 || len > (ssize_t)space)
		abort();
	return 0;
}
