/* A peer's answers: a single one, and a whole list of records. */
#include "bt/sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_answer(const uint8_t *data, size_t size)
{
	uint8_t request[SDP_REQUEST_MAX];
	const uint8_t *piece;
	size_t len;
	struct sdp_more more;
	const struct uuid uuid = uuid_short(UUID_SERIAL_PORT);
	if (size < 3 ||
		!sdp_answer(data, size, (uint16_t)(data[1] << 8 | data[2]), &piece, &len, &more))
		return;
	if (piece < data || (size_t)(piece - data) + len > size || more.len > SDP_MORE_MAX)
		abort();
	if (sdp_request(request, 1, &uuid, &more) > sizeof request)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_service services[4];
	char text[UUID_TEXT];
	take_answer(data, size);
	int count = sdp_services(data, size, services, 4);
	for (int i = 0; i < count; i++) {
		uuid_format(&services[i].class, text);
		if (services[i].channel < 1 || services[i].channel > 30 ||
			services[i].name_len > SDP_NAME_MAX ||
			services[i].name[services[i].name_len])
			abort();
	}
	return 0;
}
