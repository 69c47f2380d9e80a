#include "bt/starter.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* With a job, and with its answer: a pidfd, or none and the errno. */
enum { JOB_FDS = 2, ANSWER_FDS = 1, FDS_MAX = 2 };

/* One message with descriptors. */
struct packet {
	struct iovec data;
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct msghdr header;
};

static void
packet_init(struct packet *p, void *data, size_t size)
{
	memset(p, 0, sizeof *p);
	p->data = (struct iovec){data, size};
	p->header.msg_iov = &p->data;
	p->header.msg_iovlen = 1;
}

/* Returns 0, or -1 with errno. */
static int
send_packet(int socket, void *data, size_t size, const int *fds, size_t count)
{
	struct packet p;
	packet_init(&p, data, size);
	if (count > 0) {
		p.header.msg_control = p.control;
		p.header.msg_controllen = CMSG_SPACE(count * sizeof *fds);
		struct cmsghdr *c = (void *)p.control;
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof *fds);
		memcpy(CMSG_DATA(c), fds, count * sizeof *fds);
	}
	ssize_t n;
	do
		n = sendmsg(socket, &p.header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

/* Returns how many descriptors came with it, or -1 with errno: EPIPE where the other has ended. */
static int
receive_packet(int socket, void *data, size_t size, int fds[FDS_MAX])
{
	struct packet p;
	packet_init(&p, data, size);
	p.header.msg_control = p.control;
	p.header.msg_controllen = sizeof p.control;
	ssize_t n;
	do
		n = recvmsg(socket, &p.header, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		errno = EPIPE;
		return -1;
	}
	const struct cmsghdr *c = CMSG_FIRSTHDR(&p.header);
	size_t bytes = c ? c->cmsg_len - CMSG_LEN(0) : 0;
	if (c)
		memcpy(fds, CMSG_DATA(c), bytes);
	return (int)(bytes / sizeof *fds);
}

pid_t
starter_fork(int *socket)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid_t pid = fork();
	int error = errno;
	close(pair[pid != 0]);
	if (pid < 0)
		close(pair[0]);
	*socket = pair[pid == 0];
	errno = error;
	return pid;
}

/* A process for the job. Returns a pidfd, or -1 with errno. */
static int
start(const struct starter_job *job, int (*run)(const void *, const struct starter_job *),
	const void *context, int socket)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(socket);
		_exit(getppid() == parent ? run(context, job) : 1);
	}
	/* Only we reap it, and later: the pid is still its own. */
	int done = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (pid > 0 && done < 0) {
		int error = errno;
		kill(pid, SIGTERM);
		errno = error;
	}
	return done;
}

/* Returns 0, or -1: the listener has ended. */
static int
do_job(int socket, int (*run)(const void *, const struct starter_job *), const void *context)
{
	struct starter_job job;
	int fds[FDS_MAX];
	int got = receive_packet(socket, &job, sizeof job, fds);
	if (got < 0)
		return -1;
	int done = -1;
	errno = EMFILE; /* the kernel has dropped descriptors */
	if (got == JOB_FDS) {
		job.link = fds[0];
		job.place = fds[1];
		done = start(&job, run, context, socket);
	}
	int error = done < 0 ? errno : 0;
	while (got > 0)
		close(fds[--got]);
	int status = send_packet(socket, &error, sizeof error, &done, error ? 0 : ANSWER_FDS);
	if (done >= 0)
		close(done);
	return status;
}

void
starter_run(int socket, int (*run)(const void *, const struct starter_job *), const void *context)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int ended = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	struct pollfd fds[] = {
		{.fd = socket, .events = POLLIN},
		{.fd = ended, .events = POLLIN},
	};
	while (ended >= 0) {
		struct signalfd_siginfo info;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents && do_job(socket, run, context) < 0)
			break;
		while (read(ended, &info, sizeof info) > 0)
			;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	_exit(0);
}

int
starter_start(int socket, const struct starter_job *job)
{
	struct starter_job sent = *job;
	const int fds[JOB_FDS] = {job->link, job->place};
	int sending = send_packet(socket, &sent, sizeof sent, fds, JOB_FDS);
	int error = errno;
	/* Leaves a descriptor free for the answer. */
	close(job->place);
	int answer[FDS_MAX];
	if (sending < 0) {
		errno = error;
		return -1;
	}
	int got = receive_packet(socket, &error, sizeof error, answer);
	if (got == ANSWER_FDS)
		return answer[0];
	if (got == 0)
		errno = error ? error : EMFILE;
	return -1;
}
