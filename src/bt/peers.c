#include "bt/peers.h"

#include <string.h>

struct peer *
peers_find(struct peers *peers, const bdaddr_t *addr)
{
	for (int i = 0; i < peers->count; i++)
		if (bacmp(&peers->list[i].addr, addr) == 0)
			return &peers->list[i];
	return NULL;
}

void
peer_name(struct peer *peer, const char *name, size_t len)
{
	len = strnlen(name, len < PEER_NAME_MAX ? len : PEER_NAME_MAX);
	if (len == 0)
		return;
	memcpy(peer->name, name, len);
	peer->name[len] = '\0';
	peer->name_len = len;
	peer->settled = true;
}

struct peer *
peers_see(struct peers *peers, const struct peer *news)
{
	struct peer *peer = peers_find(peers, &news->addr);
	if (!peer) {
		if (peers->count == PEERS_MAX)
			return NULL;
		peer = &peers->list[peers->count++];
		*peer = (struct peer){.addr = news->addr, .rssi = PEER_NO_RSSI};
	}
	if (news->rssi != PEER_NO_RSSI)
		peer->rssi = news->rssi;
	if (news->class)
		peer->class = news->class;
	if (news->clock) {
		peer->clock = news->clock;
		peer->page_mode = news->page_mode;
	}
	peer->seen |= news->seen;
	peer_name(peer, news->name, news->name_len);
	return peer;
}

struct peer *
peers_unreported(struct peers *peers, bool any)
{
	for (int i = 0; i < peers->count; i++) {
		struct peer *peer = &peers->list[i];
		if (peer->seen && !peer->reported && (any || peer->settled))
			return peer;
	}
	return NULL;
}

struct peer *
peers_unsettled(struct peers *peers)
{
	for (int i = 0; i < peers->count; i++)
		if (peers->list[i].seen && !peers->list[i].settled)
			return &peers->list[i];
	return NULL;
}
