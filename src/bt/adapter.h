/* Local adapters, as the kernel's HCI sockets report them; any user may ask. */
#ifndef ADAPTER_H
#define ADAPTER_H

#include <bluetooth/bluetooth.h>
#include <stdbool.h>

enum { ADAPTER_MAX = 16 }; /* HCI_MAX_DEV */

struct adapter {
	int id; /* N of hciN */
	bdaddr_t addr;
	bool up;
	bool page_scan; /* answers a page: peers can connect */
};

/* Fills list with at most max adapters, sorted by id. Returns how many, or -1: EAFNOSUPPORT
 * where there is no Bluetooth in the kernel (or in this network namespace). */
int adapter_list(struct adapter *list, int max);

/* How an adapter looks to peers. */
struct adapter_info {
	bool connectable; /* peers that know the address can connect */
	bool discoverable; /* it answers inquiries */
	char name[249];
};

/* Fills info in for hciN. Returns 0, or -1 with errno. */
int adapter_info(int id, struct adapter_info *info);

/* The adapter called text: "hci0", or an address. Returns 0, or -1: EINVAL not of that form,
 * ENODEV no such adapter, EAFNOSUPPORT as above. */
int adapter_find(const char *text, struct adapter *adapter);

/* Pure: "00:1A:7D:DA:71:13", "00-1A-7D-DA-71-13" or "001A7DDA7113" in either case, and nothing else
 * (str2ba(3) takes anything). */
bool adapter_parse_addr(const char *text, bdaddr_t *addr);

/* The link mode (HCI_LM_AUTH, HCI_LM_ENCRYPT, ...; <bluetooth/hci.h>) of the ACL link between a
 * local adapter (BDADDR_ANY: any) and a peer: the actual state, where BT_SECURITY reports only the
 * level that was asked for. -1 where no link can be found. */
int adapter_link_mode(const bdaddr_t *local, const bdaddr_t *peer);

#endif
