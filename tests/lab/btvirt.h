/* The controllers' other end: btvirt's server socket, where each connection is a controller (H4). Each
 * function ends the program, with a message, when btvirt has gone. */
#ifndef BTVIRT_H
#define BTVIRT_H

#include <stddef.h>
#include <stdint.h>

enum { BTVIRT_PACKET_MAX = 3 + 255 }; /* octets of an event, with its head */

/* A new controller: its descriptor, readable when it sends. Waits five seconds for btvirt to
 * start; then -1 with errno. */
int btvirt_open(void);

/* The next packet, always an event. Waits for it. Its length. */
size_t btvirt_read(int fd, uint8_t packet[BTVIRT_PACKET_MAX]);

void btvirt_write(int fd, const void *packet, size_t length);

#endif
