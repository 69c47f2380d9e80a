/* Service UUIDs: as text, and as SDP sends them. Pure. */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stdint.h>

/* All 128 bits, in network order; short UUIDs are completed with the Bluetooth base UUID. */
struct uuid {
	uint8_t byte[16];
};

enum { UUID_TEXT = 37 }; /* the longest text, with its NUL */

/* What uuid_parse() takes, for a message. */
#define UUID_EXPECTED \
	"not a UUID (4, 8 or all 32 hex digits, or one of spp lan dun sync opp ftp hsp fax hsag " \
	"panu nap gn hfp hfag sap pbap map mns)"

/* Numbers of the Bluetooth SIG ("Assigned Numbers", 16-bit UUIDs). */
enum {
	UUID_RFCOMM = 0x0003,
	UUID_SERIAL_PORT = 0x1101,
};

/* The UUID of a 16- or 32-bit number. */
struct uuid uuid_short(uint32_t number);

/* "1101" or "0x1101", "00001101" or "0x00001101", all 36 characters, or a name such as "spp".
 * False for anything else. */
bool uuid_parse(const char *text, struct uuid *uuid);

/* Writes the shortest form that uuid_parse() reads: "0x1101", "0x12345678", or all of it. */
void uuid_format(const struct uuid *uuid, char text[UUID_TEXT]);

bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
