/* What an errno means over Bluetooth, and what to do about it. Pure; the strings are constant.
 * The kernel makes these of HCI and RFCOMM reasons in bt_to_errno() (net/bluetooth/lib.c) and
 * net/bluetooth/rfcomm/sock.c. */
#ifndef BTERROR_H
#define BTERROR_H

#include <stdbool.h>

/* Why a connection was not made, or why no socket could be made. */
const char *bterror_connect(int error);

/* Why a peer's services could not be listed. EBADMSG: its answer is malformed. */
const char *bterror_sdp(int error);

/* Why a link that was up has ended. */
const char *bterror_loss(int error);

/* Whether a session that ended with this errno ended in order: the peer hung up. */
bool bterror_orderly(int error);

#endif
