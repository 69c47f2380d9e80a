#include "bt/adapter.h"

#include "base/opt.h"

#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINKS_MAX = 32 };

/* The kernel's management interface (BlueZ doc/mgmt-api.txt), of which any user may read. */
enum {
	MGMT_READ_INFO = 0x0004,
	MGMT_COMMAND_COMPLETE = 0x0001,
	MGMT_COMMAND_STATUS = 0x0002,
	MGMT_CONNECTABLE = 1 << 1,
	MGMT_DISCOVERABLE = 1 << 3,
	MGMT_ANSWER_MS = 2000,
};

struct mgmt_head {
	uint16_t code, index, len;
} __attribute__((packed));

struct mgmt_info {
	struct mgmt_head head;
	uint16_t command;
	uint8_t status;
	bdaddr_t addr;
	uint8_t version;
	uint16_t manufacturer;
	uint32_t supported, current;
	uint8_t class[3];
	char name[249], short_name[11];
} __attribute__((packed));

static int
hci_socket(void)
{
	int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
	/* It comes from a security module; for RFCOMM, EACCES means that pairing failed. */
	if (fd < 0 && errno == EACCES)
		errno = EPERM;
	return fd;
}

/* BlueZ's ioctl() numbers have 32 bits, and musl's ioctl() takes an int: the kernel sees the
 * same. */
static int
ask(int fd, unsigned long what, void *answer)
{
	return ioctl(fd, (int)what, answer);
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
		char space[sizeof(struct hci_dev_list_req) +
			   HCI_MAX_DEV * sizeof(struct hci_dev_req)];
	} request = {.head.dev_num = HCI_MAX_DEV};
	int fd = hci_socket();
	if (fd < 0)
		return -1;
	int count = ask(fd, HCIGETDEVLIST, &request) < 0 ? -1 : 0;
	for (int i = 0; count >= 0 && i < request.head.dev_num && count < max; i++) {
		struct hci_dev_info info = {.dev_id = request.head.dev_req[i].dev_id};
		if (ask(fd, HCIGETDEVINFO, &info) == 0) /* else it was just pulled out */
			describe(&info, &list[count++]);
	}
	close(fd);
	if (count > 0)
		sort_by_id(list, count);
	return count;
}

/* Asks the kernel for the info. */
static int
read_info(int fd, int id, struct mgmt_info *info)
{
	struct sockaddr_hci addr = {.hci_family = AF_BLUETOOTH,
		.hci_dev = HCI_DEV_NONE,
		.hci_channel = HCI_CHANNEL_CONTROL};
	struct mgmt_head request = {htobs(MGMT_READ_INFO), htobs((uint16_t)id), 0};
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0 ||
		write(fd, &request, sizeof request) < 0)
		return -1;
	/* Events may come before the answer. */
	while (poll(&answer, 1, MGMT_ANSWER_MS) > 0) {
		ssize_t got = read(fd, info, sizeof *info);
		if (got < 0)
			return -1;
		if (got >= (ssize_t)offsetof(struct mgmt_info, addr) &&
			btohs(info->command) == MGMT_READ_INFO &&
			(btohs(info->head.code) == MGMT_COMMAND_COMPLETE ||
				btohs(info->head.code) == MGMT_COMMAND_STATUS)) {
			errno = ENODEV;
			return info->status == 0 && got == sizeof *info ? 0 : -1;
		}
	}
	errno = ETIMEDOUT;
	return -1;
}

int
adapter_info(int id, struct adapter_info *info)
{
	struct mgmt_info answer;
	int fd = hci_socket();
	int result = fd < 0 ? -1 : read_info(fd, id, &answer);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	if (result < 0)
		return -1;
	*info = (struct adapter_info){
		.connectable = btohl(answer.current) & MGMT_CONNECTABLE,
		.discoverable = btohl(answer.current) & MGMT_DISCOVERABLE,
	};
	memcpy(info->name, answer.name, sizeof info->name - 1);
	return 0;
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
	size_t len = strlen(text);
	char separator = '\0';
	if (len == 17)
		separator = text[2];
	if (len != 12 && separator != ':' && separator != '-')
		return false;
	/* A bdaddr_t starts with the byte that is written last. */
	for (int i = 5; i >= 0; i--) {
		char byte[] = {text[0], text[1], '\0'};
		if (!isxdigit((unsigned char)byte[0]) || !isxdigit((unsigned char)byte[1]))
			return false;
		addr->b[i] = (uint8_t)strtoul(byte, NULL, 16);
		text += 2;
		if (separator && i > 0 && *text++ != separator)
			return false;
	}
	return true;
}

/* The same for one adapter. */
static int
link_mode(int fd, int id, const bdaddr_t *peer)
{
	union {
		struct hci_conn_list_req head;
		char space[sizeof(struct hci_conn_list_req) +
			   LINKS_MAX * sizeof(struct hci_conn_info)];
	} request = {.head = {.dev_id = (uint16_t)id, .conn_num = LINKS_MAX}};
	if (ask(fd, HCIGETCONNLIST, &request) < 0)
		return -1;
	for (int i = 0; i < request.head.conn_num; i++)
		if (request.head.conn_info[i].type == ACL_LINK &&
			bacmp(&request.head.conn_info[i].bdaddr, peer) == 0)
			return (int)request.head.conn_info[i].link_mode;
	return -1;
}

int
adapter_link_mode(const bdaddr_t *local, const bdaddr_t *peer)
{
	struct adapter list[ADAPTER_MAX];
	int count = adapter_list(list, ADAPTER_MAX);
	int fd = hci_socket();
	int mode = -1;
	for (int i = 0; i < count && fd >= 0 && mode < 0; i++)
		if (bacmp(local, BDADDR_ANY) == 0 || bacmp(local, &list[i].addr) == 0)
			mode = link_mode(fd, list[i].id, peer);
	if (fd >= 0)
		close(fd);
	return mode;
}
