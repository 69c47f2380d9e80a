/* Secure simple pairing between two of the lab's controllers (Core specification, vol 2 part C 4.2
 * and vol 4 part E 7.1): btvirt's own (emulator/btdev.c) never forgets the IO capabilities of the
 * first pairing, so that the second one fails. Numeric comparison and Just Works. */
#ifndef PAIRING_H
#define PAIRING_H

#include "radio.h"

/* Takes a command from a host that belongs to a pairing; false: it is for btvirt. packet is the
 * whole one, from its type on. */
bool
pairing_command(struct radio *radio, struct controller *c, const uint8_t *packet, size_t length);

#endif
