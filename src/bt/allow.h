/* The peers that a listener admits. */
#ifndef ALLOW_H
#define ALLOW_H

#include <bluetooth/bluetooth.h>
#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}, which admits everybody; ends by allow_free(). */
struct allow {
	bdaddr_t *list;
	size_t count;
};

/* Adds an address. Any other text is the name of a file with one address per line, blank lines and
 * # comments. Reports an error in it, and exits 2. */
void allow_add(struct allow *allow, const char *text);

void allow_free(struct allow *allow);

bool allow_has(const struct allow *allow, const bdaddr_t *addr);

/* Pure: one line of such a file. Returns 1 with its address, 0 where it is blank or a comment,
 * -1 otherwise. */
int allow_parse_line(const char *line, bdaddr_t *addr);

#endif
