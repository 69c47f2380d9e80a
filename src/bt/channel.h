/* Channel numbers of RFCOMM servers. */
#ifndef CHANNEL_H
#define CHANNEL_H

/* TS 07.10 DLCI / 2. bind(2) takes others, which no peer can reach. */
enum { RFCOMM_CHANNEL_MIN = 1, RFCOMM_CHANNEL_MAX = 30 };

/* The service for which BlueZ uses this channel: bluetoothd itself (SIM Access, with BlueZ 5.82),
 * or on behalf of a program, as obexd, PipeWire or oFono. NULL: none. Pure; the string is
 * constant. */
const char *channel_service(int channel);

#endif
