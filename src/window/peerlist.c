#include "window/peerlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
peerlist_find(const struct peerlist *list, const char *address)
{
	for (int i = 0; i < list->count; i++) {
		if (strcmp(list->peers[i].address, address) == 0)
			return i;
	}
	return -1;
}

/* Copies the field up to the next tab, and returns the text after it; NULL where it is too long, or
 * without a tab. */
static const char *
take_field(char *field, size_t size, const char *text)
{
	size_t len = strcspn(text, "\t");
	if (len == 0 || len >= size || text[len] != '\t')
		return NULL;
	memcpy(field, text, len);
	field[len] = '\0';
	return text + len + 1;
}

/* The major device class: bits 8 to 12. */
static enum peer_sort
sort_of(unsigned long class)
{
	switch (class >> 8 & 0x1f) {
	case 1:
		return PEER_COMPUTER;
	case 2:
		return PEER_PHONE;
	case 4:
		return PEER_AUDIO;
	case 5:
		return PEER_INPUT;
	default:
		return PEER_OTHER;
	}
}

/* dBm at which an RFCOMM link is good, fair, slow, or on the edge. */
static int
bars_of(const char *rssi)
{
	char *end;
	long dbm = strtol(rssi, &end, 10);
	if (end == rssi || *end)
		return 0;
	return dbm >= -60 ? 4 : dbm >= -72 ? 3 : dbm >= -84 ? 2 : 1;
}

static bool
is_address(const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	if (strlen(text) != PEERLIST_ADDRESS - 1)
		return false;
	for (int i = 0; i < PEERLIST_ADDRESS - 1; i++) {
		if (i % 3 == 2 ? text[i] != ':' : !strchr(hex, text[i]))
			return false;
	}
	return true;
}

int
peerlist_take(struct peerlist *list, const char *line)
{
	struct found peer = {.fresh = true};
	char rssi[16];
	char class[16];
	if (!(line = take_field(peer.address, sizeof peer.address, line)) ||
		!(line = take_field(rssi, sizeof rssi, line)) ||
		!(line = take_field(class, sizeof class, line)) || !is_address(peer.address))
		return -1;
	snprintf(peer.name, sizeof peer.name, "%s", line);
	peer.bars = bars_of(rssi);
	peer.sort = sort_of(strtoul(class, NULL, 16));
	int at = peerlist_find(list, peer.address);
	if (at < 0 && list->count == PEERLIST_MAX)
		return -1;
	if (at < 0)
		at = list->count++;
	else if (!*peer.name)
		memcpy(peer.name, list->peers[at].name, sizeof peer.name);
	list->peers[at] = peer;
	return at;
}

void
peerlist_begin(struct peerlist *list)
{
	for (int i = 0; i < list->count; i++)
		list->peers[i].fresh = false;
}

void
peerlist_end(struct peerlist *list)
{
	int kept = 0;
	for (int i = 0; i < list->count; i++) {
		if (list->peers[i].fresh)
			list->peers[kept++] = list->peers[i];
	}
	list->count = kept;
}
