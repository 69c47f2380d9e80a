#include "bt/bterror.h"

#include <errno.h>
#include <string.h>

bool
bterror_orderly(int error)
{
	return error == 0 || error == ECONNRESET || error == EPIPE || error == ENOTCONN;
}

const char *
bterror_connect(int error)
{
	switch (error) {
	case EAFNOSUPPORT:
		return "no Bluetooth here (the kernel has none, or this is a container: run it "
		       "where the adapter is)";
	case EPROTONOSUPPORT:
		return "the kernel has no RFCOMM (modprobe rfcomm)";
	case ECONNREFUSED:
		return "connection refused (nothing listens on that channel, or the peer refused "
		       "to pair)";
	case ECONNRESET:
		return "the peer hung up before the connection was made (it may have refused to "
		       "pair: bluetoothctl pair ADDRESS)";
	case EHOSTDOWN:
		return "host is down (out of range, switched off, or not connectable: "
		       "on the peer, bluetoothctl discoverable on)";
	case EHOSTUNREACH:
		return "the local adapter is down (bluetoothctl power on; rfkill list)";
	case ENODEV:
		return "no Bluetooth adapter (is it plugged in? rfkill list)";
	case EBUSY:
		return "busy (this adapter already has a connection to that channel of the peer)";
	case EPERM:
		return "Bluetooth is forbidden here (by a sandbox or a container: run it outside)";
	case EACCES:
		return "pairing failed, or nobody was there to confirm it (bluetoothctl pair "
		       "ADDRESS)";
	case EINPROGRESS:
	case ETIMEDOUT:
		return "timed out (out of range, or the peer does not answer)";
	case ECONNABORTED:
		return "the local adapter went away";
	case EADDRINUSE:
		return "that channel is taken (0 takes a free one)";
	case EADDRNOTAVAIL:
		return "no such adapter (btscan -l lists them)";
	default:
		return strerror(error);
	}
}

const char *
bterror_loss(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return "link lost (out of range, or the peer was switched off)";
	case ECONNABORTED:
		return "the local adapter went down or away";
	case EACCES:
		return "link ended (authentication failed)";
	default:
		return strerror(error);
	}
}

const char *
bterror_sdp(int error)
{
	switch (error) {
	case EBADMSG:
		return "the peer's list of services is malformed (give the channel)";
	case ECONNREFUSED:
		return "the peer has no list of services (give the channel)";
	case ECONNRESET:
		return "the peer hung up while it was asked for its services";
	default:
		return bterror_connect(error);
	}
}
