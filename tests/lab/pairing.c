#include "pairing.h"

#include <bluetooth/hci.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0x00, AUTH_FAILURE = 0x05, KEY_MISSING = 0x06, REFUSED = 0x0d };

/* Key types: from P-256, unauthenticated or authenticated. */
enum { KEY_UNAUTHENTICATED = 0x07, KEY_AUTHENTICATED = 0x08 };

enum { MITM = 0x01, DISPLAY_ONLY = 0x00, NO_INPUT_NO_OUTPUT = 0x03 };

/* One end of a pairing, and the other one. */
struct side {
	struct controller *c;
	struct link *link;
};

/* An event whose parameters are text[0..length). */
static void
send_event(const struct side *to, uint8_t code, const void *parameters, size_t length)
{
	uint8_t event[3 + 255] = {HCI_EVENT_PKT, code, (uint8_t)length};
	memcpy(event + 3, parameters, length);
	radio_to_host(to->c, event, 3 + length);
}

/* An event that begins with the peer's address, as nearly all do. */
static void
send_peer_event(const struct side *to, const struct side *peer, uint8_t code, const void *rest,
	size_t length)
{
	uint8_t parameters[64];
	memcpy(parameters, &peer->c->addr, 6);
	if (length)
		memcpy(parameters + 6, rest, length);
	send_event(to, code, parameters, 6 + length);
}

static void
command_complete(const struct side *to, uint16_t opcode, const struct side *peer)
{
	uint8_t parameters[10] = {1, opcode & 0xff, (uint8_t)(opcode >> 8), OK};
	memcpy(parameters + 4, &peer->c->addr, 6);
	send_event(to, EVT_CMD_COMPLETE, parameters, sizeof parameters);
}

/* The end: the host that asked for authentication gets the result. */
static void
authenticated(const struct side *initiator, const struct side *responder, uint8_t status)
{
	uint8_t parameters[3] = {
		status, initiator->link->handle & 0xff, (uint8_t)(initiator->link->handle >> 8)};
	initiator->link->pairing = responder->link->pairing = (struct pairing){0};
	send_event(initiator, EVT_AUTH_COMPLETE, parameters, sizeof parameters);
}

static void
simple_pairing_complete(const struct side *to, const struct side *peer, uint8_t status)
{
	uint8_t parameters[7] = {status};
	memcpy(parameters + 1, &peer->c->addr, 6);
	send_event(to, EVT_SIMPLE_PAIRING_COMPLETE, parameters, sizeof parameters);
}

static void
give_up(const struct side *initiator, const struct side *responder, uint8_t status)
{
	simple_pairing_complete(initiator, responder, status);
	simple_pairing_complete(responder, initiator, status);
	authenticated(initiator, responder, status);
}

/* Protected from a man in the middle: one end asked for it, and both can show and confirm. */
static bool
is_protected(const struct pairing *a, const struct pairing *b)
{
	return (a->requirements | b->requirements) & MITM && a->io != NO_INPUT_NO_OUTPUT &&
	       b->io != NO_INPUT_NO_OUTPUT && a->io != DISPLAY_ONLY && b->io != DISPLAY_ONLY;
}

static void
share_key(const struct side *initiator, const struct side *responder)
{
	uint8_t key[17];
	for (int i = 0; i < 16; i++)
		key[i] = (uint8_t)random();
	key[16] = is_protected(&initiator->link->pairing, &responder->link->pairing)
			  ? KEY_AUTHENTICATED
			  : KEY_UNAUTHENTICATED;
	simple_pairing_complete(initiator, responder, OK);
	simple_pairing_complete(responder, initiator, OK);
	send_peer_event(initiator, responder, EVT_LINK_KEY_NOTIFY, key, sizeof key);
	send_peer_event(responder, initiator, EVT_LINK_KEY_NOTIFY, key, sizeof key);
	authenticated(initiator, responder, OK);
}

static void
compare_numbers(const struct side *initiator, const struct side *responder)
{
	uint32_t number = (uint32_t)(random() % 1000000);
	uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), 0};
	send_peer_event(initiator, responder, EVT_USER_CONFIRM_REQUEST, bytes, sizeof bytes);
	send_peer_event(responder, initiator, EVT_USER_CONFIRM_REQUEST, bytes, sizeof bytes);
}

static void
auth_requested(struct side *own, const struct side *peer)
{
	uint16_t opcode = cmd_opcode_pack(OGF_LINK_CTL, OCF_AUTH_REQUESTED);
	uint8_t status[4] = {OK, 1, opcode & 0xff, (uint8_t)(opcode >> 8)};
	own->link->pairing = (struct pairing){.initiator = true};
	send_event(own, EVT_CMD_STATUS, status, sizeof status);
	send_peer_event(own, peer, EVT_LINK_KEY_REQ, NULL, 0);
}

static void
link_key(struct side *own, const struct side *peer, const uint8_t *key)
{
	struct pairing *p = &own->link->pairing;
	memcpy(p->key, key, sizeof p->key);
	if (p->initiator) {
		send_peer_event(peer, own, EVT_LINK_KEY_REQ, NULL, 0);
		return;
	}
	bool same = memcmp(p->key, peer->link->pairing.key, sizeof p->key) == 0;
	authenticated(peer, own, same ? OK : AUTH_FAILURE);
}

static void
io_capability(struct side *own, const struct side *peer, const uint8_t *io)
{
	struct pairing *p = &own->link->pairing;
	p->io = io[0];
	p->requirements = io[2];
	send_peer_event(peer, own, EVT_IO_CAPABILITY_RESPONSE, io, 3);
	if (p->initiator)
		send_peer_event(peer, own, EVT_IO_CAPABILITY_REQUEST, NULL, 0);
	else
		compare_numbers(peer, own);
}

static void
confirmed(struct side *own, const struct side *peer)
{
	const struct side *initiator = own->link->pairing.initiator ? own : peer;
	own->link->pairing.confirmed = true;
	if (peer->link->pairing.confirmed)
		share_key(initiator, initiator == own ? peer : own);
}

/* The answer to a question of the pairing: parameters follow the peer's address. */
static void
answer(struct side *own, struct side *peer, uint16_t ocf, const uint8_t *rest)
{
	const struct side *initiator = own->link->pairing.initiator ? own : peer;
	const struct side *responder = initiator == own ? peer : own;
	command_complete(own, cmd_opcode_pack(OGF_LINK_CTL, ocf), peer);
	switch (ocf) {
	case OCF_LINK_KEY_REPLY:
		link_key(own, peer, rest);
		break;
	case OCF_LINK_KEY_NEG_REPLY:
		if (initiator == own)
			send_peer_event(own, peer, EVT_IO_CAPABILITY_REQUEST, NULL, 0);
		else
			authenticated(initiator, responder, KEY_MISSING);
		break;
	case OCF_IO_CAPABILITY_REPLY:
		io_capability(own, peer, rest);
		break;
	case OCF_USER_CONFIRM_REPLY:
		confirmed(own, peer);
		break;
	case OCF_IO_CAPABILITY_NEG_REPLY:
		give_up(initiator, responder, REFUSED);
		break;
	default:
		give_up(initiator, responder, AUTH_FAILURE);
	}
}

/* The shortest packet of each answer; 0: not part of a pairing. */
static size_t
answer_length(uint16_t ocf)
{
	switch (ocf) {
	case OCF_LINK_KEY_REPLY:
		return 4 + 6 + 16;
	case OCF_IO_CAPABILITY_REPLY:
		return 4 + 6 + 3;
	case OCF_IO_CAPABILITY_NEG_REPLY:
	case OCF_LINK_KEY_NEG_REPLY:
	case OCF_USER_CONFIRM_REPLY:
	case OCF_USER_CONFIRM_NEG_REPLY:
		return 4 + 6;
	default:
		return 0;
	}
}

bool
pairing_command(struct radio *radio, struct controller *c, const uint8_t *packet, size_t length)
{
	uint16_t opcode = (uint16_t)(packet[1] | packet[2] << 8);
	uint16_t ocf = cmd_opcode_ocf(opcode);
	if (opcode == cmd_opcode_pack(OGF_HOST_CTL, OCF_WRITE_SIMPLE_PAIRING_MODE) && length > 4)
		c->simple_pairing = packet[4];
	if (opcode == cmd_opcode_pack(OGF_HOST_CTL, OCF_RESET))
		c->simple_pairing = false;
	if (cmd_opcode_ogf(opcode) != OGF_LINK_CTL)
		return false;

	struct side own = {.c = c};
	struct side peer = {0};
	if (ocf == OCF_AUTH_REQUESTED && length >= 6) {
		own.link = radio_link_by_handle(c, (uint16_t)(packet[4] | packet[5] << 8));
		peer.c = own.link ? radio_by_addr(radio, &own.link->peer) : NULL;
	} else if (answer_length(ocf) && length >= answer_length(ocf)) {
		bdaddr_t addr;
		memcpy(&addr, packet + 4, sizeof addr);
		peer.c = radio_by_addr(radio, &addr);
		own.link = peer.c ? radio_link(c, peer.c) : NULL;
	}
	if (!own.link || !peer.c || !c->simple_pairing || !peer.c->simple_pairing)
		return false; /* the old pairing by PIN, or none at all */
	peer.link = radio_link(peer.c, c);
	if (!peer.link)
		return false;
	if (ocf == OCF_AUTH_REQUESTED)
		auth_requested(&own, &peer);
	else
		answer(&own, &peer, ocf, packet + 10);
	return true;
}
