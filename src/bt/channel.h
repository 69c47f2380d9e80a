/* Channel numbers of RFCOMM servers. */
#ifndef CHANNEL_H
#define CHANNEL_H

/* TS 07.10 DLCI / 2. bind(2) takes others, which no peer can reach. */
enum { RFCOMM_CHANNEL_MIN = 1, RFCOMM_CHANNEL_MAX = 30 };

#endif
