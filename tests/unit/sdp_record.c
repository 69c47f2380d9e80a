#include "bt/sdp_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char xml[SDP_RECORD_XML_MAX];

static void
a_serial_port_has_all_that_peers_look_for(void **state)
{
	(void)state;
	const struct uuid uuid = uuid_short(UUID_SERIAL_PORT);
	sdp_record_xml(xml, &uuid, false, 30, "rfcat");
	assert_string_equal(xml,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?><record>"
		"<attribute id=\"0x0001\"><sequence><uuid value=\"0x1101\"/></sequence></attribute>"
		"<attribute id=\"0x0004\"><sequence><sequence><uuid value=\"0x0100\"/></sequence>"
		"<sequence><uuid value=\"0x0003\"/><uint8 value=\"0x1e\"/></sequence></sequence>"
		"</attribute>"
		"<attribute id=\"0x0005\"><sequence><uuid value=\"0x1002\"/></sequence></attribute>"
		"<attribute id=\"0x0006\"><sequence><uint16 value=\"0x656e\"/><uint16 "
		"value=\"0x006a\"/>"
		"<uint16 value=\"0x0100\"/></sequence></attribute>"
		"<attribute id=\"0x0009\"><sequence><sequence><uuid value=\"0x1101\"/>"
		"<uint16 value=\"0x0102\"/></sequence></sequence></attribute>"
		"<attribute id=\"0x0100\"><text value=\"rfcat\"/></attribute></record>");
}

static void
another_class_comes_first_and_serial_port_second(void **state)
{
	(void)state;
	struct uuid uuid;
	assert_true(uuid_parse("12345678-1234-1234-1234-123456789abc", &uuid));
	sdp_record_xml(xml, &uuid, false, 1, "rfcat");
	assert_non_null(strstr(xml,
		"<attribute id=\"0x0001\"><sequence>"
		"<uuid value=\"12345678-1234-1234-1234-123456789abc\"/><uuid value=\"0x1101\"/>"
		"</sequence></attribute>"));
	assert_non_null(
		strstr(xml, "<sequence><uuid value=\"0x1101\"/><uint16 value=\"0x0102\"/>"));
	sdp_record_xml(xml, &uuid, true, 1, "rfcat");
	assert_null(strstr(xml, "0x1101"));
}

static void
a_name_cannot_break_out(void **state)
{
	(void)state;
	const struct uuid uuid = uuid_short(UUID_SERIAL_PORT);
	sdp_record_xml(xml, &uuid, false, 1, "\"/><&'");
	assert_non_null(
		strstr(xml, "<text value=\"&#34;/&#62;&#60;&#38;&#39;\"/></attribute></record>"));
}

static void
the_longest_name_fits(void **state)
{
	(void)state;
	struct uuid uuid;
	char name[SDP_RECORD_NAME_MAX + 2] = "";
	memset(name, '&', SDP_RECORD_NAME_MAX);
	memset(&uuid, 0xff, sizeof uuid);
	assert_true(sdp_record_name_ok(name));
	sdp_record_xml(xml, &uuid, false, 30, name);
	assert_string_equal(xml + strlen(xml) - 9, "</record>");
	name[SDP_RECORD_NAME_MAX] = '&';
	assert_false(sdp_record_name_ok(name));
}

static void
only_what_can_be_shown_is_a_name(void **state)
{
	(void)state;
	assert_true(sdp_record_name_ok("Gr\xc3\xbc\xc3\x9f dich"));
	assert_false(sdp_record_name_ok(""));
	assert_false(sdp_record_name_ok("a\nb"));
	assert_false(sdp_record_name_ok("a\tb"));
	assert_false(sdp_record_name_ok("\x1b[31m"));
	assert_false(sdp_record_name_ok("\xff"));
	assert_false(sdp_record_name_ok("\xe2\x80\xae")); /* U+202E */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_serial_port_has_all_that_peers_look_for),
		cmocka_unit_test(another_class_comes_first_and_serial_port_second),
		cmocka_unit_test(a_name_cannot_break_out),
		cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(only_what_can_be_shown_is_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
