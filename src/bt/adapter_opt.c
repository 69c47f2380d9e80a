#include "bt/adapter_opt.h"

#include "base/msg.h"
#include "bt/bterror.h"

#include <errno.h>

static void
find_named(const char *name, struct adapter *adapter)
{
	if (adapter_find(name, adapter) < 0) {
		if (errno == EINVAL)
			msg_die(MSG_USAGE,
				"-i %s: not an adapter such as hci0, nor the address of one "
				"(btscan -l lists them)",
				name);
		msg_die(MSG_FAIL, "-i %s: %s", name,
			bterror_connect(errno == ENODEV ? EADDRNOTAVAIL : errno));
	}
	if (!adapter->up)
		msg_die(MSG_FAIL, "-i %s: %s", name, bterror_connect(EHOSTUNREACH));
}

int
adapter_opt(const char *name, struct adapter list[ADAPTER_MAX])
{
	if (name) {
		find_named(name, list);
		return 1;
	}
	int count = adapter_list(list, ADAPTER_MAX);
	if (count < 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(errno));
	if (count == 0)
		msg_die(MSG_FAIL, "no Bluetooth adapter (is it plugged in? rfkill list)");
	int up = 0;
	for (int i = 0; i < count; i++)
		if (list[i].up)
			list[up++] = list[i];
	if (up == 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(EHOSTUNREACH));
	return up;
}
