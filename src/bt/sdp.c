#include "bt/sdp.h"

#include "bt/channel.h"

#include <string.h>

/* PDU identifiers, 4.2. */
enum { PDU_SEARCH_ATTRIBUTE = 0x06, PDU_ATTRIBUTES = 0x07, PDU_HEAD = 5 };

/* Types of a data element, 3.2. */
enum { TYPE_UNSIGNED = 1, TYPE_UUID = 3, TYPE_TEXT = 4, TYPE_SEQUENCE = 6, TYPE_CHOICE = 7 };

/* Attributes, 5.1: the name is at offset 0 of the primary language's base, 0x0100. */
enum { ATTRIBUTE_CLASSES = 0x0001, ATTRIBUTE_PROTOCOLS = 0x0004, ATTRIBUTE_NAME = 0x0100 };

struct span {
	const uint8_t *at;
	size_t len;
};

struct element {
	int type;
	struct span body;
};

static uint32_t
number(struct span bytes)
{
	uint32_t n = 0;
	for (size_t i = 0; i < bytes.len; i++)
		n = n << 8 | bytes.at[i];
	return n;
}

/* Cuts len bytes off the front. */
static bool
take_span(struct span *from, size_t len, struct span *piece)
{
	if (from->len < len)
		return false;
	*piece = (struct span){from->at, len};
	from->at += len;
	from->len -= len;
	return true;
}

/* Cuts a data element off the front. False when there is none, or not all of it. */
static bool
take_element(struct span *from, struct element *element)
{
	struct span head;
	struct span size;
	if (!take_span(from, 1, &head))
		return false;
	element->type = head.at[0] >> 3;
	int index = head.at[0] & 7;
	if (index < 5) /* 1, 2, 4, 8 or 16 bytes; nil (type 0) has none */
		return take_span(from, element->type ? (size_t)1 << index : 0, &element->body);
	return take_span(from, (size_t)1 << (index - 5), &size) &&
	       take_span(from, number(size), &element->body);
}

/* The next element, when it is of this type. */
static bool
take_typed(struct span *from, int type, struct span *body)
{
	struct element element;
	if (!take_element(from, &element) || element.type != type)
		return false;
	*body = element.body;
	return true;
}

static bool
take_uuid(struct span *from, struct uuid *uuid)
{
	struct span body;
	if (!take_typed(from, TYPE_UUID, &body))
		return false;
	if (body.len == sizeof uuid->byte)
		memcpy(uuid->byte, body.at, sizeof uuid->byte);
	else if (body.len == 2 || body.len == 4)
		*uuid = uuid_short(number(body));
	else
		return false;
	return true;
}

/* The channel in a stack of protocols, ((L2CAP) (RFCOMM channel) ...); 0: none. */
static int
stack_channel(struct span stack)
{
	const struct uuid rfcomm = uuid_short(UUID_RFCOMM);
	struct span layer;
	while (take_typed(&stack, TYPE_SEQUENCE, &layer)) {
		struct uuid protocol;
		struct span value;
		if (!take_uuid(&layer, &protocol) || !uuid_equal(&protocol, &rfcomm) ||
			!take_typed(&layer, TYPE_UNSIGNED, &value) || value.len > 4)
			continue;
		uint32_t channel = number(value);
		if (channel >= RFCOMM_CHANNEL_MIN && channel <= RFCOMM_CHANNEL_MAX)
			return (int)channel;
	}
	return 0;
}

/* The same for an attribute, which may be a choice of stacks. */
static int
find_channel(struct element protocols)
{
	if (protocols.type == TYPE_SEQUENCE)
		return stack_channel(protocols.body);
	struct span stack;
	int channel = 0;
	if (protocols.type == TYPE_CHOICE)
		while (!channel && take_typed(&protocols.body, TYPE_SEQUENCE, &stack))
			channel = stack_channel(stack);
	return channel;
}

static void
store_name(struct sdp_service *service, struct span text)
{
	if (text.len > SDP_NAME_MAX)
		text.len = SDP_NAME_MAX;
	/* Some peers count a NUL, or several. */
	const uint8_t *nul = memchr(text.at, '\0', text.len);
	service->name_len = nul ? (size_t)(nul - text.at) : text.len;
	memcpy(service->name, text.at, service->name_len);
	service->name[service->name_len] = '\0';
}

/* A record: a sequence of attribute numbers, each before its value. True when it has a channel. */
static bool
parse_record(struct span record, struct sdp_service *service)
{
	struct span id;
	struct element value;
	memset(service, 0, sizeof *service);
	while (take_typed(&record, TYPE_UNSIGNED, &id) && take_element(&record, &value))
		switch (number(id)) {
		case ATTRIBUTE_CLASSES:
			if (value.type == TYPE_SEQUENCE)
				take_uuid(&value.body, &service->class);
			break;
		case ATTRIBUTE_PROTOCOLS:
			service->channel = find_channel(value);
			break;
		case ATTRIBUTE_NAME:
			if (value.type == TYPE_TEXT)
				store_name(service, value.body);
			break;
		}
	return service->channel != 0;
}

int
sdp_services(const uint8_t *list, size_t len, struct sdp_service *services, int max)
{
	struct span whole = {list, len};
	struct span records;
	struct span record;
	int count = 0;
	if (!take_typed(&whole, TYPE_SEQUENCE, &records))
		return 0;
	while (count < max && take_typed(&records, TYPE_SEQUENCE, &record))
		count += parse_record(record, &services[count]);
	return count;
}

static uint8_t *
put16(uint8_t *to, unsigned value)
{
	*to++ = (uint8_t)(value >> 8);
	*to++ = (uint8_t)value;
	return to;
}

/* A UUID in its shortest form: some peers compare bytes, in spite of 2.5.1. */
static uint8_t *
put_uuid(uint8_t *to, const struct uuid *uuid)
{
	uint32_t first = number((struct span){uuid->byte, 4});
	struct uuid completed = uuid_short(first);
	if (!uuid_equal(uuid, &completed)) {
		*to++ = TYPE_UUID << 3 | 4;
		memcpy(to, uuid->byte, sizeof uuid->byte);
		return to + sizeof uuid->byte;
	}
	*to++ = first > UINT16_MAX ? TYPE_UUID << 3 | 2 : TYPE_UUID << 3 | 1;
	if (first > UINT16_MAX)
		to = put16(to, first >> 16);
	return put16(to, first & UINT16_MAX);
}

/* Opens a sequence; close_sequence() fills in its length. */
static uint8_t *
open_sequence(uint8_t *to)
{
	*to++ = TYPE_SEQUENCE << 3 | 5;
	return to + 1;
}

static void
close_sequence(uint8_t *body, const uint8_t *end)
{
	body[-1] = (uint8_t)(end - body);
}

size_t
sdp_request(uint8_t pdu[SDP_REQUEST_MAX], uint16_t id, const struct uuid *uuid,
	const struct sdp_more *more)
{
	static const uint16_t wanted[] = {ATTRIBUTE_CLASSES, ATTRIBUTE_PROTOCOLS, ATTRIBUTE_NAME};
	pdu[0] = PDU_SEARCH_ATTRIBUTE;
	put16(pdu + 1, id);
	uint8_t *body = open_sequence(pdu + PDU_HEAD);
	uint8_t *to = put_uuid(body, uuid);
	close_sequence(body, to);
	to = put16(to, UINT16_MAX); /* as many bytes as fit into an answer */
	body = to = open_sequence(to);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		*to++ = TYPE_UNSIGNED << 3 | 1;
		to = put16(to, wanted[i]);
	}
	close_sequence(body, to);
	*to++ = more->len;
	memcpy(to, more->byte, more->len);
	to += more->len;
	put16(pdu + 3, (unsigned)(to - pdu) - PDU_HEAD);
	return (size_t)(to - pdu);
}

bool
sdp_answer(const uint8_t *pdu, size_t len, uint16_t id, const uint8_t **piece, size_t *piece_len,
	struct sdp_more *more)
{
	struct span rest = {pdu, len};
	struct span head, count, list, state;
	if (!take_span(&rest, PDU_HEAD, &head) || head.at[0] != PDU_ATTRIBUTES ||
		number((struct span){head.at + 1, 2}) != id || !take_span(&rest, 2, &count) ||
		!take_span(&rest, number(count), &list) || !take_span(&rest, 1, &state) ||
		state.at[0] > SDP_MORE_MAX || rest.len < state.at[0])
		return false;
	*piece = list.at;
	*piece_len = list.len;
	more->len = state.at[0];
	memcpy(more->byte, rest.at, more->len);
	return true;
}
