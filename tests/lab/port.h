/* Where a controller is plugged in to this machine's kernel: /dev/vhci, or, where the kernel has
 * none (Debian's for arm64), a serial line with a controller at its other end (H4). */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct port {
	int fd; /* readable: the kernel sends a packet; -1: unplugged */
	int line; /* the kernel's end of the serial line; -1: /dev/vhci */
	int index; /* N of hciN */
};

/* False with errno. */
int port_plug(struct port *port);

void port_unplug(struct port *port);

/* The next packet from the kernel, whole. Waits for it. Its length, or -1. */
ssize_t port_read(const struct port *port, uint8_t *packet, size_t size);

/* A packet to the kernel. -1 with errno. */
int port_write(const struct port *port, const void *packet, size_t length);

/* Reads that many bytes. -1: there is no more, or errno. */
int read_whole(int fd, uint8_t *data, size_t length);

#endif
