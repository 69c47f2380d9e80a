/* Packets on their way through the air, in the order of their arrival. */
#ifndef FLIGHT_H
#define FLIGHT_H

#include <stddef.h>
#include <stdint.h>

struct controller;

struct packet {
	struct packet *next;
	int64_t due_us;
	struct controller
		*from; /* the owner of the buffer that it holds until it arrives; NULL: none */
	struct controller *to;
	uint16_t handle; /* the sender's */
	size_t length;
	uint8_t data[];
};

struct flight {
	struct packet *first, *last;
};

/* A copy of the packet takes off, and will land at due_us. */
void flight_add(struct flight *flight, const struct packet *head, const void *data, size_t length);

/* The next packet that has landed by now, NULL when there is none; the caller frees it. */
struct packet *flight_landed(struct flight *flight, int64_t now_us);

/* How long until the next one lands, in ms; -1: none is in the air. */
int flight_wait(const struct flight *flight, int64_t now_us);

/* Forgets a controller's packets on a link that has ended. */
void flight_forget(struct flight *flight, const struct controller *from, uint16_t handle);

#endif
