#include "btvirt.h"

#include "port.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BTVIRT_SOCKET "/tmp/bt-server-bredrle" /* BlueZ, emulator/server.c */

int
btvirt_open(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = BTVIRT_SOCKET};
	for (int tries = 0; tries < 500; tries++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
			return fd;
		close(fd);
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
	}
	return -1;
}

static void
read_part(int fd, uint8_t *data, size_t length)
{
	if (read_whole(fd, data, length) < 0) {
		fprintf(stderr, "air: btvirt has gone\n");
		exit(1);
	}
}

size_t
btvirt_read(int fd, uint8_t packet[BTVIRT_PACKET_MAX])
{
	read_part(fd, packet, 3);
	if (packet[0] != HCI_EVENT_PKT) {
		fprintf(stderr, "air: btvirt sent a packet of type %d\n", packet[0]);
		exit(1);
	}
	read_part(fd, packet + 3, packet[2]);
	return 3 + (size_t)packet[2];
}

void
btvirt_write(int fd, const void *packet, size_t length)
{
	if (write(fd, packet, length) < 0) {
		perror("air: btvirt");
		exit(1);
	}
}
