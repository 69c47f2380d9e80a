/* The devices of bluetoothd that count as peers: a process plays bluetoothd at the other end of a
 * socket. */
#include "bt/bluez.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct device {
	const char *address, *type;
	const char *more; /* a property beside these, or NULL */
	uint32_t class; /* 0: none */
	bool seen;
	bool is_peer;
} devices[] = {
	{"00:00:00:00:00:01", "public", NULL, 0x00010c, true, true},
	{"00:00:00:00:00:02", "public", NULL, 0, true, true},
	{"00:00:00:00:00:03", "public", "AdvertisingFlags", 0x00010c, true, true}, /* both kinds */
	{"00:00:00:00:00:04", "public", NULL, 0x00010c, false, false}, /* remembered */
	{"00:00:00:00:00:05", "random", NULL, 0, true, false},
	{"00:00:00:00:00:06", "public", "AdvertisingFlags", 0, true, false},
	{"00:00:00:00:00:07", "public", "Appearance", 0, true, false},
	{"00:00:00:00:00:08", "public", "ManufacturerData", 0, true, false},
};

enum { DEVICES = sizeof devices / sizeof *devices };

static void
add_device(sd_bus_message *m, const struct device *d)
{
	char path[64];
	snprintf(path, sizeof path, "/org/bluez/hci0/dev_%s", d->address + 15);
	sd_bus_message_open_container(m, 'e', "oa{sa{sv}}");
	sd_bus_message_append(m, "o", path);
	sd_bus_message_open_container(m, 'a', "{sa{sv}}");
	sd_bus_message_open_container(m, 'e', "sa{sv}");
	sd_bus_message_append(m, "s", "org.bluez.Device1");
	sd_bus_message_open_container(m, 'a', "{sv}");
	sd_bus_message_append(m, "{sv}", "Address", "s", d->address);
	sd_bus_message_append(m, "{sv}", "AddressType", "s", d->type);
	if (d->class)
		sd_bus_message_append(m, "{sv}", "Class", "u", d->class);
	if (d->more)
		sd_bus_message_append(m, "{sv}", d->more, "u", 6);
	if (d->seen)
		sd_bus_message_append(m, "{sv}", "RSSI", "n", -60);
	for (int i = 0; i < 4; i++)
		sd_bus_message_close_container(m);
}

static int
answer(sd_bus_message *call, void *data, sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	(void)data;
	(void)error;
	if (!sd_bus_message_is_method_call(call, NULL, "GetManagedObjects") ||
		sd_bus_message_new_method_return(call, &m) < 0)
		return 0;
	sd_bus_message_open_container(m, 'a', "{oa{sa{sv}}}");
	for (int i = 0; i < DEVICES; i++)
		add_device(m, &devices[i]);
	sd_bus_message_close_container(m);
	sd_bus_send(NULL, m, NULL);
	sd_bus_message_unref(m);
	return 1;
}

/* Ends with its client, or after a minute. */
static _Noreturn void
play_bluetoothd(int fd)
{
	sd_bus *bus = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(60);
	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 ||
		sd_bus_set_server(bus, 1, (sd_id128_t){{1}}) < 0 ||
		sd_bus_set_anonymous(bus, 1) < 0 || sd_bus_start(bus) < 0 ||
		sd_bus_add_filter(bus, NULL, answer, NULL) < 0)
		_exit(1);
	while (sd_bus_process(bus, NULL) > 0 || sd_bus_wait(bus, UINT64_MAX) >= 0)
		continue;
	_exit(0);
}

static sd_bus *
a_bus(pid_t *server)
{
	int pair[2];
	sd_bus *bus = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	*server = fork();
	if (*server == 0) {
		close(pair[0]);
		play_bluetoothd(pair[1]);
	}
	close(pair[1]);
	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, pair[0], pair[0]) < 0 ||
		sd_bus_set_anonymous(bus, 1) < 0 || sd_bus_start(bus) < 0)
		abort();
	return bus;
}

static void
low_energy_devices_are_no_peers(void **state)
{
	(void)state;
	static struct peers peers;
	pid_t server;
	sd_bus *bus = a_bus(&server);
	bluez_seen(bus, 0, &peers);
	sd_bus_close_unref(bus);
	waitpid(server, NULL, 0);
	for (int i = 0; i < DEVICES; i++) {
		bdaddr_t addr;
		str2ba(devices[i].address, &addr);
		bool found = peers_find(&peers, &addr) != NULL;
		assert_int_equal(found, devices[i].is_peer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(low_energy_devices_are_no_peers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
