/* Inquiry results of any form: one byte for the event's code, then its parameters. */
#include "bt/eir.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int events[] = {0x02, 0x22, 0x2f};
	static struct peers peers;
	struct peer peer;
	size_t name_len;
	const char *name = eir_name(data, size, &name_len);
	if (name && ((const uint8_t *)name < data ||
			    (size_t)((const uint8_t *)name - data) + name_len > size))
		abort();
	if (size == 0)
		return 0;
	peers.count = 0;
	for (int i = 0; eir_result(events[data[0] % 3], data + 1, size - 1, i, &peer); i++) {
		if (peer.name_len > PEER_NAME_MAX || peer.name[peer.name_len])
			abort();
		peers_see(&peers, &peer);
	}
	return 0;
}
