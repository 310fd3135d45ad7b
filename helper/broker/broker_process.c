/* SPDX-License-Identifier: BSD-2-Clause */
/* How a broker's process is started, and the keys that it gets. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define TOLD (BROKER_SAYS + 1)
#define ASIDE 16             /* above all three */
#define PIPE_BYTES (1 << 18) /* messages of a page each */

static _Noreturn void
refuse(int told)
{
	(void)!write(told, &errno, sizeof(errno));
	_exit(127);
}

/* Executes the program, or writes errno to the pipe, which execve closes. */
static _Noreturn void
exec_broker(size_t which, int control, int says, int told, const char *program)
{
	char number[] = { (char)('0' + which - 1), '\0' };
	char *const argv[] = { (char *)"twofa-helper",
		(char *)(which > 0 ? BROKER_PROVIDER_ARGUMENT
				   : BROKER_ARGUMENT),
		which > 0 ? number : NULL, NULL };
	char *const envp[] = { NULL };
	const int aside[] = { fcntl(says, F_DUPFD_CLOEXEC, ASIDE),
		fcntl(told, F_DUPFD_CLOEXEC, ASIDE) };

	if (aside[0] < 0 || aside[1] < 0)
		refuse(told);
	(void)dup2(control, BROKER_CONTROL);
	(void)fcntl(BROKER_CONTROL, F_SETFD, 0);
	(void)dup2(aside[0], BROKER_SAYS);
	(void)dup3(aside[1], TOLD, O_CLOEXEC);
	(void)close_range(TOLD + 1, ~0u, 0);
	(void)setsid();
	/* first the program that is running: a newly installed one that is
	 * broken must not stop logins */
	(void)execve("/proc/self/exe", argv, envp);
	(void)execve(program, argv, envp);
	refuse(TOLD);
}

static pid_t
start_child(size_t which, int control, int says, const char *program)
{
	int told[2], error = 0;
	pid_t pid;

	if (pipe2(told, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		exec_broker(which, control, says, told[1], program);
	(void)close(told[1]);
	if (pid > 0)
		(void)!read(told[0], &error, sizeof(error));
	(void)close(told[0]);
	if (error == 0)
		return pid;
	errno = error;
	return -1; /* the listener reaps a failed child */
}

/* In a page that is zero in every child. */
unsigned char (*broker_process_keys(void))[BROKER_KEY_LEN]
{
	static unsigned char(*of)[BROKER_KEY_LEN];
	void *page;

	if (of != NULL)
		return of;
	page = mmap(NULL, BROKER_KEYS_LEN, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, BROKER_KEYS_LEN, MADV_WIPEONFORK) != 0 ||
	    getrandom(page, BROKER_KEYS_LEN, 0) != (ssize_t)BROKER_KEYS_LEN) {
		(void)munmap(page, BROKER_KEYS_LEN);
		return NULL;
	}
	(void)madvise(page, BROKER_KEYS_LEN, MADV_DONTDUMP);
	of = page;
	return of;
}

/* Sends all keys to the state broker, and to a provider broker its own. */
static void
send_keys(size_t which, int control)
{
	for (size_t i = 0; i < SETTINGS_PROVIDERS_MAX; i++) {
		struct broker_control_message m = { .kind = BROKER_KEY,
			.uid = (int64_t)i };

		if (which != 0 && which != i + 1)
			continue;
		memcpy(m.key, broker_process_keys()[i], BROKER_KEY_LEN);
		(void)broker_control_send(control, &m, NULL);
		explicit_bzero(&m, sizeof(m));
	}
}

bool
broker_process_settings_changed(struct broker_slot *k)
{
	const struct stat before = k->conf;

	if (stat(MODULE_ARGUMENTS_CONF, &k->conf) != 0)
		k->conf = (struct stat){ .st_ino = 0 };
	return before.st_ino != 0 &&
	    !broker_settings_are_same(&before, &k->conf);
}

int
broker_process_start(struct broker_slot *k, struct broker_process *made,
    const char *program, int64_t now)
{
	/* for hundreds of workers' connections; the kernel may allow less */
	const int buffer = 1 << 20;
	int pair[2] = { -1, -1 }, says[2];

	if (broker_process_keys() == NULL ||
	    pipe2(says, O_CLOEXEC | O_NONBLOCK | O_DIRECT) != 0)
		return -1;
	*made = (struct broker_process){ -1, now, -1, says[0], false };
	(void)broker_process_settings_changed(k);
	(void)fcntl(says[0], F_SETPIPE_SZ, PIPE_BYTES);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0) {
		made->control = pair[0];
		(void)setsockopt(
		    pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
		/* nothing comes back by it */
		(void)shutdown(pair[0], SHUT_RD);
		made->pid = start_child(k->which, pair[1], says[1], program);
		(void)close(pair[1]);
	}
	(void)close(says[1]);
	if (made->pid > 0) {
		send_keys(k->which, pair[0]);
		return 0;
	}
	broker_control_close((const int[]){ made->control, made->says });
	return -1;
}

/* This line is the only one about its end. */
void
broker_process_kill_oldest(
    const struct broker_slot *k, const struct broker_process *oldest)
{
	log_problem("the %s (process %d) is killed, as %d of them still serve "
		    "logins that began before the newest settings: its "
		    "logins%s are denied; change settings and credentials "
		    "less often",
	    broker_log_name(k), (int)oldest->pid, BROKER_OLD_MAX,
	    broker_log_denied(k));
	(void)kill(oldest->pid, SIGKILL);
}

/* The line about its end only says that it was a signal. */
void
broker_process_kill_late(
    const struct broker_slot *k, const struct broker_process *late)
{
	log_problem("the %s (process %d) is killed, as it was replaced (after "
		    "an hour, or for new settings or credentials) and has not "
		    "ended in time; if it did not wait for a reply, see what "
		    "stopped it",
	    broker_log_name(k), (int)late->pid);
	(void)kill(late->pid, SIGKILL);
}
