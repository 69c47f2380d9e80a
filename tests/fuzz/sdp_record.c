/* Any text as the name of a service: an accepted one can neither leave its place in the XML nor
 * fill the space. */
#include "bt/sdp_record.h"

#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char end[] = "\"/></attribute></record>";
	const struct uuid uuid = uuid_short(UUID_SERIAL_PORT);
	char plain[SDP_RECORD_XML_MAX];
	char xml[SDP_RECORD_XML_MAX];
	char *name = text_of(data, size);
	if (sdp_record_name_ok(name)) {
		sdp_record_xml(plain, &uuid, false, 1, "x");
		sdp_record_xml(xml, &uuid, false, 1, name);
		size_t lead = strlen(plain) - strlen(end) - 1;
		const char *from = xml + lead;
		const char *to = xml + strlen(xml) - strlen(end);
		if (memcmp(xml, plain, lead) != 0 || strcmp(to, end) != 0 ||
			strcspn(from, "<>\"'") != (size_t)(to - from))
			abort();
	}
	free(name);
	return 0;
}
