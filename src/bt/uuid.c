#include "bt/uuid.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Core Specification, Vol 3, Part B, 2.5.1: xxxxxxxx-0000-1000-8000-00805F9B34FB. */
static const struct uuid base = {
	{0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb}};

/* The names that sdptool(1) and phones' menus use. */
static const struct {
	const char *name;
	uint16_t number;
} names[] = {
	{"spp", UUID_SERIAL_PORT},
	{"lan", 0x1102},
	{"dun", 0x1103},
	{"sync", 0x1104},
	{"opp", 0x1105},
	{"ftp", 0x1106},
	{"hsp", 0x1108},
	{"fax", 0x1111},
	{"hsag", 0x1112},
	{"panu", 0x1115},
	{"nap", 0x1116},
	{"gn", 0x1117},
	{"hfp", 0x111e},
	{"hfag", 0x111f},
	{"sap", 0x112d},
	{"pbap", 0x112f},
	{"map", 0x1132},
	{"mns", 0x1133},
};

struct uuid
uuid_short(uint32_t number)
{
	struct uuid uuid = base;
	for (int i = 0; i < 4; i++)
		uuid.byte[i] = (uint8_t)(number >> (24 - 8 * i));
	return uuid;
}

static int
digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Exactly count hex digits at the start of text, as a number. */
static bool
parse_hex(const char *text, int count, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < count; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
		*value = *value << 4 | (uint32_t)digit(text[i]);
	}
	return true;
}

static bool
parse_long(const char *text, struct uuid *uuid)
{
	for (int i = 0, at = 0; i < 16; i++, at += 2) {
		uint32_t byte;
		if (at == 8 || at == 13 || at == 18 || at == 23) {
			if (text[at] != '-')
				return false;
			at++;
		}
		if (!parse_hex(text + at, 2, &byte))
			return false;
		uuid->byte[i] = (uint8_t)byte;
	}
	return true;
}

bool
uuid_parse(const char *text, struct uuid *uuid)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(text, names[i].name) == 0) {
			*uuid = uuid_short(names[i].number);
			return true;
		}
	size_t len = strlen(text);
	if (len == UUID_TEXT - 1)
		return parse_long(text, uuid);
	if (strncasecmp(text, "0x", 2) == 0) {
		text += 2;
		len -= 2;
	}
	uint32_t number;
	if ((len != 4 && len != 8) || !parse_hex(text, (int)len, &number))
		return false;
	*uuid = uuid_short(number);
	return true;
}

void
uuid_format(const struct uuid *uuid, char text[UUID_TEXT])
{
	const uint8_t *b = uuid->byte;
	if (memcmp(b + 4, base.byte + 4, 12) == 0) {
		if (b[0] || b[1])
			snprintf(text, UUID_TEXT, "0x%02x%02x%02x%02x", b[0], b[1], b[2], b[3]);
		else
			snprintf(text, UUID_TEXT, "0x%02x%02x", b[2], b[3]);
		return;
	}
	snprintf(text, UUID_TEXT,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
}

bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}
