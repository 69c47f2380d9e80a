#include "bt/eir.h"

#include <bluetooth/hci.h>

enum { NAME_SHORT = 0x08, NAME_COMPLETE = 0x09 };

const char *
eir_name(const uint8_t *eir, size_t len, size_t *name_len)
{
	/* Structures of length, type, data; a length of 0 ends them early. */
	for (size_t at = 0; at + 1 < len && eir[at] > 0; at += 1 + eir[at]) {
		if (eir[at] > len - at - 1)
			break;
		if (eir[at + 1] == NAME_SHORT || eir[at + 1] == NAME_COMPLETE) {
			*name_len = eir[at] - 1u;
			return (const char *)eir + at + 2;
		}
	}
	return NULL;
}

/* The part that all three layouts share, from the class of device on. */
static void
describe(struct peer *peer, const uint8_t *result, const uint8_t *code)
{
	*peer = (struct peer){.rssi = PEER_NO_RSSI, .seen = true};
	for (int i = 0; i < 6; i++)
		peer->addr.b[i] = result[i];
	peer->page_mode = result[6];
	peer->class = (uint32_t)code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16;
	peer->clock = (uint16_t)(code[3] | code[4] << 8 | 0x8000); /* bit 15: valid */
}

bool
eir_result(int event, const uint8_t *parameters, size_t len, int i, struct peer *peer)
{
	size_t size = event == EVT_INQUIRY_RESULT             ? INQUIRY_INFO_SIZE
		      : event == EVT_INQUIRY_RESULT_WITH_RSSI ? INQUIRY_INFO_WITH_RSSI_SIZE
		      : event == EVT_EXTENDED_INQUIRY_RESULT  ? EXTENDED_INQUIRY_INFO_SIZE
							      : 0;
	if (size == 0 || len < 1 || i < 0 || i >= parameters[0] || (len - 1) / size <= (size_t)i)
		return false;
	const uint8_t *result = parameters + 1 + (size_t)i * size;
	if (event == EVT_INQUIRY_RESULT) {
		describe(peer, result, result + 9);
		return true;
	}
	describe(peer, result, result + 8);
	peer->rssi = (int8_t)result[13];
	size_t name_len;
	const char *name = event == EVT_EXTENDED_INQUIRY_RESULT
				   ? eir_name(result + 14, EIR_LEN, &name_len)
				   : NULL;
	if (name)
		peer_name(peer, name, name_len);
	return true;
}
