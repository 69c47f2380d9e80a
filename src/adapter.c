#include "adapter.h"

#include "opt.h"

#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINKS_MAX = 32 };

static int
hci_socket(void)
{
	return socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
}

static void
describe(const struct hci_dev_info *info, struct adapter *adapter)
{
	*adapter = (struct adapter){
		.id = info->dev_id,
		.addr = info->bdaddr,
		.up = info->flags & 1u << HCI_UP,
		.page_scan = info->flags & 1u << HCI_PSCAN,
	};
}

static void
sort_by_id(struct adapter *list, int count)
{
	for (int i = 1; i < count; i++)
		for (int j = i; j > 0 && list[j].id < list[j - 1].id; j--) {
			struct adapter swap = list[j];
			list[j] = list[j - 1];
			list[j - 1] = swap;
		}
}

int
adapter_list(struct adapter *list, int max)
{
	union {
		struct hci_dev_list_req head;
		char room[sizeof(struct hci_dev_list_req) +
			  HCI_MAX_DEV * sizeof(struct hci_dev_req)];
	} request = {.head.dev_num = HCI_MAX_DEV};
	int fd = hci_socket();
	if (fd < 0)
		return -1;
	int count = ioctl(fd, HCIGETDEVLIST, &request);
	for (int i = 0; count >= 0 && i < request.head.dev_num && count < max; i++) {
		struct hci_dev_info info = {.dev_id = request.head.dev_req[i].dev_id};
		if (ioctl(fd, HCIGETDEVINFO, &info) == 0) /* it may just have been pulled out */
			describe(&info, &list[count++]);
	}
	close(fd);
	if (count > 0)
		sort_by_id(list, count);
	return count;
}

int
adapter_find(const char *text, struct adapter *adapter)
{
	bdaddr_t addr;
	long id = -1;
	bool by_addr = adapter_parse_addr(text, &addr);
	if (!by_addr && (strncmp(text, "hci", 3) != 0 || !isdigit((unsigned char)text[3]) ||
				!opt_parse_long(text + 3, 0, UINT16_MAX, &id))) {
		errno = EINVAL;
		return -1;
	}
	struct adapter list[ADAPTER_MAX];
	int count = adapter_list(list, ADAPTER_MAX);
	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++)
		if (by_addr ? bacmp(&list[i].addr, &addr) == 0 : list[i].id == id) {
			*adapter = list[i];
			return 0;
		}
	errno = ENODEV;
	return -1;
}

bool
adapter_parse_addr(const char *text, bdaddr_t *addr)
{
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false; /* the NUL of a shorter text ends it here */
	return text[17] == '\0' && str2ba(text, addr) == 0;
}

int
adapter_link_mode(const bdaddr_t *local, const bdaddr_t *peer)
{
	union {
		struct hci_conn_list_req head;
		char room[sizeof(struct hci_conn_list_req) +
			  LINKS_MAX * sizeof(struct hci_conn_info)];
	} request = {.head.conn_num = LINKS_MAX};
	struct adapter adapter;
	char text[18];
	ba2str(local, text);
	if (adapter_find(text, &adapter) < 0)
		return -1;
	request.head.dev_id = (uint16_t)adapter.id;
	int fd = hci_socket();
	int mode = -1;
	if (fd < 0 || ioctl(fd, HCIGETCONNLIST, &request) < 0)
		request.head.conn_num = 0;
	for (int i = 0; i < request.head.conn_num; i++)
		if (request.head.conn_info[i].type == ACL_LINK &&
			bacmp(&request.head.conn_info[i].bdaddr, peer) == 0)
			mode = (int)request.head.conn_info[i].link_mode;
	if (fd >= 0)
		close(fd);
	return mode;
}
