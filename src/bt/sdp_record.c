#include "bt/sdp_record.h"

#include "base/sanitize.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
sdp_record_name_ok(const char *name)
{
	char safe[SDP_RECORD_NAME_MAX + 1];
	size_t len = strlen(name);
	return len > 0 && len <= SDP_RECORD_NAME_MAX &&
	       sanitize_copy(safe, sizeof safe, name, len) == len && memcmp(safe, name, len) == 0;
}

__attribute__((format(printf, 2, 3))) static void
add(char *xml, const char *format, ...)
{
	size_t used = strlen(xml);
	va_list args;
	va_start(args, format);
	vsnprintf(xml + used, SDP_RECORD_XML_MAX - used, format, args);
	va_end(args);
}

static void
add_escaped(char *xml, const char *text)
{
	for (; *text; text++)
		add(xml, strchr("&<>\"'", *text) ? "&#%d;" : "%c", *text);
}

void
sdp_record_xml(char xml[SDP_RECORD_XML_MAX], const struct uuid *uuid, bool only, int channel,
	const char *name)
{
	const struct uuid serial_port = uuid_short(UUID_SERIAL_PORT);
	bool own = !uuid_equal(uuid, &serial_port);
	char class[UUID_TEXT];
	char general[UUID_TEXT];
	uuid_format(uuid, class);
	uuid_format(&serial_port, general);
	*xml = '\0';
	add(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><record>");
	/* ServiceClassIDList: the most specific class first */
	add(xml, "<attribute id=\"0x0001\"><sequence><uuid value=\"%s\"/>", class);
	if (own && !only)
		add(xml, "<uuid value=\"%s\"/>", general);
	add(xml, "</sequence></attribute>");
	/* ProtocolDescriptorList: L2CAP, RFCOMM */
	add(xml,
		"<attribute id=\"0x0004\"><sequence>"
		"<sequence><uuid value=\"0x0100\"/></sequence>"
		"<sequence><uuid value=\"0x0003\"/><uint8 value=\"0x%02x\"/></sequence>"
		"</sequence></attribute>",
		channel);
	/* BrowseGroupList: PublicBrowseRoot */
	add(xml, "<attribute id=\"0x0005\"><sequence><uuid "
		 "value=\"0x1002\"/></sequence></attribute>");
	/* LanguageBaseAttributeIDList: English, UTF-8, 0x0100 */
	add(xml, "<attribute id=\"0x0006\"><sequence><uint16 value=\"0x656e\"/>"
		 "<uint16 value=\"0x006a\"/><uint16 value=\"0x0100\"/></sequence></attribute>");
	/* BluetoothProfileDescriptorList: Serial Port Profile 1.2 */
	if (!own || !only)
		add(xml,
			"<attribute id=\"0x0009\"><sequence><sequence><uuid value=\"%s\"/>"
			"<uint16 value=\"0x0102\"/></sequence></sequence></attribute>",
			general);
	/* ServiceName */
	add(xml, "<attribute id=\"0x0100\"><text value=\"");
	add_escaped(xml, name);
	add(xml, "\"/></attribute></record>");
}
