#include "bt/btopt.h"

#include "base/msg.h"
#include "bt/bterror.h"
#include "bt/channel.h"
#include "bt/sdp_record.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

void
btopt_service(const struct opt *opt, const char *value, void *config)
{
	struct btopt_service *service = opt_field(opt, config);
	service->text = value;
	if (!uuid_parse(value, &service->uuid))
		msg_die(MSG_USAGE, "-%c %s: " UUID_EXPECTED, opt->letter, value);
}

void
btopt_name(const struct opt *opt, const char *value, void *config)
{
	if (!sdp_record_name_ok(value))
		msg_die(MSG_USAGE, "-%c %s: " SDP_RECORD_NAME_EXPECTED, opt->letter, value);
	opt_text(opt, value, config);
}

void
btopt_level(const struct opt *opt, const char *value, void *config)
{
	static const char *const names[] = {"low", "medium", "high"};
	for (int i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0) {
			*(int *)opt_field(opt, config) = BT_SECURITY_LOW + i;
			return;
		}
	msg_die(MSG_USAGE, "-%c %s: not one of low, medium, high", opt->letter, value);
}

/* How often to look for an adapter that comes late. */
enum { LOOK_MS = 500 };

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
btopt_adapters(const char *name, struct adapter list[ADAPTER_MAX])
{
	if (name) {
		find_named(name, list);
		return 1;
	}
	int count = adapter_list(list, ADAPTER_MAX);
	if (count < 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(errno));
	if (count == 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(ENODEV));
	int up = 0;
	for (int i = 0; i < count; i++)
		if (list[i].up)
			list[up++] = list[i];
	if (up == 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(EHOSTUNREACH));
	return up;
}

/* Why no adapter can be used yet, as an errno; 0: there is one, or waiting will not bring one. */
static int
lacking(const char *name)
{
	struct adapter list[ADAPTER_MAX];
	if (name && adapter_find(name, list) < 0)
		return errno == ENODEV ? EADDRNOTAVAIL : 0;
	int count = name ? 1 : adapter_list(list, ADAPTER_MAX);
	for (int i = 0; i < count; i++)
		if (list[i].up)
			return 0;
	return count < 0 ? 0 : count == 0 ? ENODEV : EHOSTUNREACH;
}

void
btopt_await_adapter(const char *name)
{
	int error = lacking(name);
	if (error)
		msg_warn("waiting for an adapter: %s%s%s", name ? name : "", name ? ": " : "",
			bterror_connect(error));
	while (lacking(name))
		poll(NULL, 0, LOOK_MS);
}

int
btopt_channel(const char *text, int min)
{
	long channel;
	if (!opt_parse_long(text, min, RFCOMM_CHANNEL_MAX, &channel))
		msg_die(MSG_USAGE, "channel %s: not a whole number from %d to %d%s", text,
			RFCOMM_CHANNEL_MIN, RFCOMM_CHANNEL_MAX,
			min == 0 ? ", or 0 for a free one" : "");
	return (int)channel;
}

bdaddr_t
btopt_address(const char *text)
{
	bdaddr_t addr;
	if (!adapter_parse_addr(text, &addr))
		msg_die(MSG_USAGE,
			"%s: not a Bluetooth address such as 00:1A:7D:DA:71:13 "
			"(btscan finds them)",
			text);
	return addr;
}
