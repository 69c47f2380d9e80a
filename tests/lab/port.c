#include "port.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { VENDOR_PKT = 0xff }; /* drivers/bluetooth/hci_vhci.c: opens a controller */

/* drivers/bluetooth/hci_uart.h */
#define HCIUARTSETPROTO _IOW('U', 200, int)
#define HCIUARTGETDEVICE _IOR('U', 202, int)
enum { HCI_UART_H4 = 0 };

static int
plug_vhci(struct port *port)
{
	uint8_t request[] = {VENDOR_PKT, 0};
	uint8_t reply[4];
	port->line = -1;
	port->fd = open("/dev/vhci", O_RDWR | O_CLOEXEC);
	if (port->fd < 0 || write(port->fd, request, sizeof request) < 0 ||
		read(port->fd, reply, sizeof reply) != sizeof reply)
		return -1;
	port->index = reply[2] | reply[3] << 8;
	return 0;
}

static int
plug_line(struct port *port)
{
	int discipline = N_HCI;
	struct termios raw;
	port->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port->fd < 0 || grantpt(port->fd) < 0 || unlockpt(port->fd) < 0)
		return -1;
	port->line = open(ptsname(port->fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port->line < 0 || tcgetattr(port->line, &raw) < 0)
		return -1;
	cfmakeraw(&raw);
	if (tcsetattr(port->line, TCSANOW, &raw) < 0 ||
		ioctl(port->line, TIOCSETD, &discipline) < 0 ||
		ioctl(port->line, HCIUARTSETPROTO, HCI_UART_H4) < 0)
		return -1;
	/* With musl an int: the kernel sees the same. */
	port->index = ioctl(port->line, (int)HCIUARTGETDEVICE, 0);
	return port->index < 0 ? -1 : 0;
}

int
port_plug(struct port *port)
{
	return access("/dev/vhci", F_OK) == 0 ? plug_vhci(port) : plug_line(port);
}

void
port_unplug(struct port *port)
{
	if (port->line >= 0)
		close(port->line);
	close(port->fd);
	port->fd = port->line = -1;
}

int
read_whole(int fd, uint8_t *data, size_t length)
{
	while (length > 0) {
		ssize_t n = read(fd, data, length);
		if (n <= 0 && (n == 0 || errno != EINTR))
			return -1;
		if (n > 0) {
			data += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* A serial line knows no packets: their heads say how long they are. */
static ssize_t
read_line(int fd, uint8_t *packet, size_t size)
{
	size_t length = 4;
	if (read_whole(fd, packet, length) < 0)
		return -1;
	size_t rest = packet[3];
	if (packet[0] == HCI_ACLDATA_PKT) {
		if (read_whole(fd, packet + length++, 1) < 0)
			return -1;
		rest |= (size_t)packet[4] << 8;
	}
	if (rest > size - length || read_whole(fd, packet + length, rest) < 0)
		return -1;
	return (ssize_t)(length + rest);
}

ssize_t
port_read(const struct port *port, uint8_t *packet, size_t size)
{
	return port->line < 0 ? read(port->fd, packet, size) : read_line(port->fd, packet, size);
}

int
port_write(const struct port *port, const void *packet, size_t length)
{
	const char *data = packet;
	while (length > 0) {
		ssize_t n = write(port->fd, data, length);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			length -= (size_t)n;
		}
	}
	return 0;
}
