#include "chat/roomerror.h"

#include <errno.h>
#include <string.h>

const char *
roomerror_open(int error, bool post)
{
	switch (error) {
	case ENOENT:
		return post ? roomerror_use(error) : "no such room (without -d it is made)";
	case EMFILE:
		return "no more inotify instances (raise sysctl fs.inotify.max_user_instances)";
	case ENOSPC:
		return "the disk is full, or no more inotify watches (sysctl "
		       "fs.inotify.max_user_watches)";
	default:
		return roomerror_use(error);
	}
}

const char *
roomerror_use(int error)
{
	switch (error) {
	case EAGAIN:
		return "a stopped process holds its lock";
	case ENOSPC:
		return "the disk is full";
	case EDQUOT:
		return "the quota is used up";
	case EFBIG:
		return "the limit of the file's size is reached (ulimit -f)";
	case ENOENT:
		return "its folder is not there";
	case EINVAL:
		return "not a regular file";
	case EBADMSG:
		return "not a room: it has no newline";
	case EILSEQ:
		return "its end is longer than a line can be (not a room?)";
	default:
		return strerror(error);
	}
}
