#include "base/sandbox.h"

#include "base/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* By name, since some exist on some processors only: 32-bit ones have calls with time64. */
static const char *const always[] = {"brk", "clock_gettime", "clock_gettime64", "close", "exit",
	"exit_group", "fcntl", "fcntl64", "fstat", "fstat64", "fstatat64", "futex", "futex_time64",
	"getpid", "getrandom", "gettid", "gettimeofday", "_llseek", "lseek", "madvise", "mremap",
	"munmap", "newfstatat", "poll", "ppoll", "ppoll_time64", "read", "readv", "restart_syscall",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "send", "sendto", "sigreturn", "stat",
	"stat64", "statx", "tgkill", "write", "writev", NULL};

static const char *const for_rooms[] = {"fchmod", "fchown", "fchown32", "fgetxattr", "flock",
	"fremovexattr", "fsetxattr", "ftruncate", "ftruncate64", "inotify_add_watch",
	"inotify_rm_watch", "linkat", "open", "openat", "pread64", "readlink", "readlinkat",
	"setitimer", NULL};

static const char *const for_sessions[] = {"getpeername", "getsockname", "getsockopt", "kill",
	"shutdown", "wait4", "waitid", "waitpid", NULL};

/* sd-bus asks for the user, the machine's name and more. */
static const char *const for_radio[] = {"accept4", "bind", "connect", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_wait", "eventfd2", "getegid", "geteuid", "getgid", "getuid",
	"getegid32", "geteuid32", "getgid32", "getuid32", "ioctl", "listen", "prctl", "recv",
	"recvfrom", "recvmsg", "seccomp", "sendmsg", "setsockopt", "socket", "socketpair", NULL};

/* For fork(), for a sandbox in the child, to have another process start one, and to ask how a link
 * is encrypted. */
static const char *const for_serving[] = {"accept4", "bind", "clone", "clone3", "connect", "fork",
	"getppid", "pidfd_open", "pidfd_send_signal", "pipe2", "prctl", "recv", "recvfrom",
	"recvmsg", "rseq", "seccomp", "sendmsg", "set_robust_list", NULL};

static const char *const for_keyrings[] = {"fchmod", "flock", "fsync", "getdents64", "geteuid",
	"geteuid32", "linkat", "mlock", "munlock", "open", "openat", "prctl", "rename", "renameat",
	"renameat2", "seccomp", "unlink", "unlinkat", NULL};

static bool
allow_call(scmp_filter_ctx filter, const char *name)
{
	int call = seccomp_syscall_resolve_name(name);
	return call == __NR_SCMP_ERROR || seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
}

static bool
allow_calls(scmp_filter_ctx filter, const char *const *names)
{
	while (*names)
		if (!allow_call(filter, *names++))
			return false;
	return true;
}

/* Allows a call when these bits of one of its arguments have this value. */
static bool
allow_when(scmp_filter_ctx filter, const char *name, unsigned argument, scmp_datum_t bits,
	scmp_datum_t value)
{
	int call = seccomp_syscall_resolve_name(name);
	return call == __NR_SCMP_ERROR ||
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		       SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, value)) == 0;
}

/* Memory, but none that could be run. */
static bool
allow_memory(scmp_filter_ctx filter)
{
	return allow_when(filter, "mmap", 2, PROT_EXEC, 0) &&
	       allow_when(filter, "mmap2", 2, PROT_EXEC, 0) &&
	       allow_when(filter, "mprotect", 2, PROT_EXEC, 0);
}

static bool
allow_reading(scmp_filter_ctx filter)
{
	return allow_when(filter, "open", 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY) &&
	       allow_when(filter, "openat", 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
}

/* stdio and isatty() ask whether a descriptor is a terminal: by TCGETS; with musl by TIOCGWINSZ;
 * since glibc 2.42 by TCGETS2, whose struct no header shows beside <termios.h>: any size of it will
 * do. */
static bool
allow_asking_for_terminals(scmp_filter_ctx filter)
{
	const uint32_t any_size = UINT32_MAX - (0x1fffU << 16); /* 13 bits everywhere, or 14 */
	return allow_when(filter, "ioctl", 1, UINT32_MAX, TCGETS) &&
	       allow_when(filter, "ioctl", 1, UINT32_MAX, TIOCGWINSZ) &&
	       allow_when(filter, "ioctl", 1, any_size, _IOR('T', 0x2a, char) & any_size);
}

static bool
allow_only(scmp_filter_ctx filter, unsigned what)
{
	/* TIOCOUTQ and FIONREAD: how much a link or a pipe still holds. */
	bool ok = allow_calls(filter, always) && allow_memory(filter) &&
		  allow_asking_for_terminals(filter);
	if (what & (SANDBOX_READ | SANDBOX_RADIO))
		ok = ok && allow_reading(filter);
	if (what & SANDBOX_ROOM)
		ok = ok && allow_calls(filter, for_rooms);
	if (what & (SANDBOX_SESSION | SANDBOX_RADIO))
		ok = ok && allow_calls(filter, for_sessions) &&
		     allow_when(filter, "ioctl", 1, UINT32_MAX, TIOCOUTQ) &&
		     allow_when(filter, "ioctl", 1, UINT32_MAX, FIONREAD);
	if (what & SANDBOX_RADIO)
		ok = ok && allow_calls(filter, for_radio);
	if (what & SANDBOX_SERVE) /* HCIGETDEVLIST and the like */
		ok = ok && allow_calls(filter, for_serving) &&
		     allow_when(filter, "socket", 0, UINT32_MAX, AF_BLUETOOTH) &&
		     allow_when(filter, "ioctl", 1, UINT32_MAX - 0xff, _IOR('H', 0, int));
	if (what & SANDBOX_KEYRING)
		ok = ok && allow_calls(filter, for_keyrings);
	return ok;
}

#ifndef INSTRUMENTED
enum { CALL_MAX = 512, CALL_NAME_MAX = 32 };

/* For a signal handler: the names of this processor's calls by their numbers. They are looked up
 * beforehand, since that allocates memory, and the call may come from an allocator. */
static char call_names[CALL_MAX][CALL_NAME_MAX];

static void
note_names(void)
{
	for (int call = 0; call < CALL_MAX; call++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
		if (name)
			snprintf(call_names[call], CALL_NAME_MAX, "%s", name);
		free(name);
	}
}

static size_t
add_text(char *line, size_t len, const char *text)
{
	size_t n = strlen(text);
	memcpy(line + len, text, n);
	return len + n;
}

/* Names the call, and dies by the signal. Async-signal-safe. */
static void
on_forbidden(int signal, siginfo_t *info, void *context)
{
	(void)context;
	char line[256];
	char number[] = "call 00000";
	unsigned call = (unsigned)info->si_syscall;
	const char *name = call < CALL_MAX ? call_names[call] : "";
	for (size_t i = sizeof number - 2; call > 0 && number[i] == '0'; i--, call /= 10)
		number[i] = (char)('0' + call % 10);
	size_t len = add_text(line, 0, msg_tool());
	len = add_text(line, len, ": ");
	len = add_text(line, len, *name ? name : number);
	len = add_text(line, len,
		": not a system call that this tool needs (does a preloaded library make it?)\n");
	(void)!write(STDERR_FILENO, line, len);
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigaction(signal, &action, NULL);
	raise(signal); /* delivered when this returns */
}

static void
catch_forbidden(void)
{
	note_names();
	struct sigaction action = {.sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO};
	sigaction(SIGSYS, &action, NULL);
}
#endif

void
sandbox_enter(unsigned what)
{
#ifdef INSTRUMENTED
	(void)what;
	(void)allow_only;
#else
	catch_forbidden();
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int error = !filter || !allow_only(filter, what) ? ENOMEM : -seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (error)
		msg_say("not restricted by seccomp: %s", strerror(error));
#endif
}
