#include "flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
flight_add(struct flight *flight, const struct packet *head, const void *data, size_t length)
{
	struct packet *p = malloc(sizeof *p + length);
	if (!p) {
		perror("air");
		exit(1);
	}
	*p = *head;
	p->length = length;
	memcpy(p->data, data, length);
	/* Behind those that are due no later. Delays differ from link to link; mostly, the newest
	 * is due last. */
	struct packet **at = &flight->first;
	if (flight->last && flight->last->due_us <= p->due_us)
		at = &flight->last->next;
	while (*at && (*at)->due_us <= p->due_us)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	if (!p->next)
		flight->last = p;
}

struct packet *
flight_landed(struct flight *flight, int64_t now_us)
{
	struct packet *p = flight->first;
	if (!p || p->due_us > now_us)
		return NULL;
	flight->first = p->next;
	if (!flight->first)
		flight->last = NULL;
	return p;
}

int
flight_wait(const struct flight *flight, int64_t now_us)
{
	if (!flight->first)
		return -1;
	int64_t left = flight->first->due_us - now_us;
	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

void
flight_forget(struct flight *flight, const struct controller *from, uint16_t handle)
{
	struct packet **at = &flight->first;
	flight->last = NULL;
	while (*at) {
		struct packet *p = *at;
		if (p->from == from && p->handle == handle) {
			*at = p->next;
			free(p);
		} else {
			flight->last = p;
			at = &p->next;
		}
	}
}
