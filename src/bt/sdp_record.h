/* A service record as XML, for bluetoothd. Pure. */
#ifndef SDP_RECORD_H
#define SDP_RECORD_H

#include "bt/uuid.h"

#include <stddef.h>

enum {
	SDP_RECORD_NAME_MAX = 240, /* bytes: the whole record then fits into one packet */
	SDP_RECORD_XML_MAX = 4096, /* every byte of a name may be six of XML */
};

/* What sdp_record_name_ok() takes, for a message. */
#define SDP_RECORD_NAME_EXPECTED "not a name (1 to 240 bytes of printable UTF-8)"

/* Whether it can be a service's name: UTF-8 that is safe to show, not empty, not too long. */
bool sdp_record_name_ok(const char *name);

/* Writes the record of a service on an RFCOMM channel: its class, then Serial Port unless only is
 * set, since phones and PyBluez look for that; the protocols, the public browse group, the profile,
 * its name. */
void sdp_record_xml(char xml[SDP_RECORD_XML_MAX], const struct uuid *uuid, bool only, int channel,
	const char *name);

#endif
