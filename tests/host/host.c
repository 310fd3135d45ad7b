/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PAM application for tests: logs in as often as told, answers from a script,
 * is as odd as real hosts are, and looks at itself before and after.
 *
 *   host [OPTION VALUE]... CONFDIR SERVICE USER
 *
 *   logins N       so many logins, all with the same script
 *   answer TEXT    to the next prompt; @null, @fail, @line (one of stdin),
 *                  @user:NAME (set PAM_USER, then answer "123456")
 *   item NAME=TEXT tty, rhost, ruser; env NAME=TEXT: PAM's environment
 *   conv none      no conversation function; flags silent: PAM_SILENT
 *   sigchld HOW    ignore, nocldwait or thief
 *   thread HOW     a thread in waitpid(-1): plain, or wall (with __WALL)
 *   fds HOW        closed: 0 to 2; high: 300 is open
 *   block sigint   as sudo does
 *   child yes      a child of its own that must stay as it is
 *   nosys yes      close_range and pidfd_send_signal give ENOSYS
 *   nofile N, fsize N, nproc N    hard limits
 *   groups N: supplementary groups 1 to N
 *   ruid N, euid N set before the first login
 *
 * Prints `shown STYLE TEXT`, `result N`, `same` or `changed ...`, `memory N`.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/host/snapshot.h"

#define ANSWERS_MAX 32
#define ITEMS_MAX 8
#define WARM_UP 20 /* logins before memory counts */
#define OUT 200    /* where reports go, whatever is done to 0 to 2 */

struct host {
	const char *answers[ANSWERS_MAX];
	int answers_len, next;
	const char *items[ITEMS_MAX], *envs[ITEMS_MAX];
	int items_len, envs_len;
	int logins, flags;
	bool no_conv, want_child;
	pam_handle_t *pamh;
	pid_t child;
};

static _Noreturn void
fail(const char *what)
{
	(void)dprintf(OUT, "host: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void
print_shown(int style, const char *text)
{
	(void)dprintf(OUT, "shown %d ", style);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		(void)dprintf(OUT, c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
	}
	(void)dprintf(OUT, "\n");
}

/* The answer for a prompt; NULL with *result for one that fails. */
static char *
answer_make(struct host *h, int *result)
{
	const char *answer =
	    h->next < h->answers_len ? h->answers[h->next++] : "@fail";
	char line[8192] = "";
	size_t len = 0;

	*result = PAM_SUCCESS;
	if (strcmp(answer, "@null") == 0)
		return NULL;
	if (strcmp(answer, "@fail") == 0) {
		*result = PAM_CONV_ERR;
		return NULL;
	}
	if (strncmp(answer, "@user:", 6) == 0) {
		(void)pam_set_item(h->pamh, PAM_USER, answer + 6);
		return strdup("123456");
	}
	if (strcmp(answer, "@line") != 0)
		return strdup(answer);
	while (len < sizeof(line) - 1 && read(0, line + len, 1) == 1 &&
	    line[len] != '\n')
		len++;
	line[len] = '\0';
	return strdup(line);
}

static int
converse(int n, const struct pam_message **messages,
    struct pam_response **responses, void *ctx)
{
	struct host *h = ctx;
	int result = PAM_SUCCESS;

	*responses = calloc((size_t)n, sizeof(**responses));
	for (int i = 0; i < n; i++) {
		print_shown(messages[i]->msg_style, messages[i]->msg);
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON ||
		    messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			(*responses)[i].resp = answer_make(h, &result);
	}
	if (result != PAM_SUCCESS) {
		free(*responses);
		*responses = NULL;
	}
	return result;
}

static void
items_set(const struct host *h)
{
	for (int i = 0; i < h->items_len; i++) {
		const char *value = strchr(h->items[i], '=') + 1;
		const int kind = strncmp(h->items[i], "tty", 3) == 0 ? PAM_TTY
		    : strncmp(h->items[i], "rhost", 5) == 0          ? PAM_RHOST
							    : PAM_RUSER;

		(void)pam_set_item(h->pamh, kind, value);
	}
	for (int i = 0; i < h->envs_len; i++)
		(void)pam_putenv(h->pamh, h->envs[i]);
}

static int
login(struct host *h, const char *dir, const char *service, const char *user)
{
	struct pam_conv conv = { h->no_conv ? NULL : converse, h };
	int result;

	h->next = 0;
	if (pam_start_confdir(service, user, &conv, dir, &h->pamh) !=
	    PAM_SUCCESS)
		fail("pam_start");
	items_set(h);
	result = pam_authenticate(h->pamh, h->flags);
	if (result == PAM_SUCCESS &&
	    pam_setcred(h->pamh, PAM_ESTABLISH_CRED) != PAM_SUCCESS)
		result = -1;
	(void)pam_end(h->pamh, result);
	return result;
}

static void
thief(int sig)
{
	const int saved = errno;

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

static void
sigchld_set(const char *how)
{
	struct sigaction action = { .sa_handler = thief };

	if (strcmp(how, "ignore") == 0)
		action.sa_handler = SIG_IGN;
	else if (strcmp(how, "nocldwait") == 0) {
		action.sa_handler = SIG_DFL;
		action.sa_flags = SA_NOCLDWAIT;
	}
	(void)sigaction(SIGCHLD, &action, NULL);
}

/* Reaps whatever it can. Without children it would spin: it sleeps a moment. */
static void *
reaper(void *wall)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (;;) {
		if (waitpid(-1, NULL, wall != NULL ? __WALL : 0) < 0)
			(void)nanosleep(&moment, NULL);
	}
	return NULL;
}

static void
thread_start(const char *how)
{
	static char wall;
	pthread_t thread;

	if (pthread_create(&thread, NULL, reaper,
		strcmp(how, "wall") == 0 ? &wall : NULL) != 0)
		fail("pthread_create");
	(void)pthread_detach(thread);
}

static void
nosys_set(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 2, 0),
		BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_send_signal, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		fail("seccomp");
}

static void
limit_set(__rlimit_resource_t which, const char *value)
{
	const rlim_t n = strtoul(value, NULL, 10);
	const struct rlimit limit = { n, n };

	if (setrlimit(which, &limit) != 0)
		fail("setrlimit");
}

static void
fds_set(const char *how)
{
	if (strcmp(how, "high") == 0) {
		if (dup2(OUT, 300) < 0)
			fail("dup2");
		return;
	}
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
}

static bool
groups_set(const char *value)
{
	gid_t groups[32];
	size_t n = strtoul(value, NULL, 10);

	n = n > 32 ? 32 : n;
	for (size_t i = 0; i < n; i++)
		groups[i] = (gid_t)i + 1;
	return setgroups(n, groups) == 0;
}

static void
sigint_block(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Settings of the process itself. */
static bool
process_option(const char *name, const char *value)
{
	const uid_t uid = (uid_t)strtoul(value, NULL, 10);

	if (strcmp(name, "sigchld") == 0)
		sigchld_set(value);
	else if (strcmp(name, "thread") == 0)
		thread_start(value);
	else if (strcmp(name, "fds") == 0)
		fds_set(value);
	else if (strcmp(name, "block") == 0)
		sigint_block();
	else if (strcmp(name, "nosys") == 0)
		nosys_set();
	else if (strcmp(name, "nofile") == 0)
		limit_set(RLIMIT_NOFILE, value);
	else if (strcmp(name, "fsize") == 0)
		limit_set(RLIMIT_FSIZE, value);
	else if (strcmp(name, "nproc") == 0)
		limit_set(RLIMIT_NPROC, value);
	else if (strcmp(name, "groups") == 0)
		return groups_set(value);
	else if (strcmp(name, "ruid") == 0)
		return setresuid(uid, 0, 0) == 0;
	else if (strcmp(name, "euid") == 0)
		return setresuid(uid, uid, uid) == 0;
	else
		return false;
	return true;
}

static bool
login_option(struct host *h, const char *name, const char *value)
{
	if (strcmp(name, "logins") == 0)
		h->logins = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "answer") == 0 && h->answers_len < ANSWERS_MAX)
		h->answers[h->answers_len++] = value;
	else if (strcmp(name, "item") == 0 && h->items_len < ITEMS_MAX)
		h->items[h->items_len++] = value;
	else if (strcmp(name, "env") == 0 && h->envs_len < ITEMS_MAX)
		h->envs[h->envs_len++] = value;
	else if (strcmp(name, "conv") == 0)
		h->no_conv = true;
	else if (strcmp(name, "flags") == 0)
		h->flags = PAM_SILENT;
	else if (strcmp(name, "child") == 0)
		h->want_child = true;
	else
		return false;
	return true;
}

/* A child that waits to be told to end; its status must be ours to read. */
static int
child_start(struct host *h)
{
	int fds[2];
	char c;

	if (!h->want_child)
		return -1;
	if (pipe(fds) != 0 || (h->child = fork()) < 0)
		fail("child");
	if (h->child == 0) {
		(void)close(fds[1]);
		_exit(read(fds[0], &c, 1) == 0 ? 7 : 8);
	}
	(void)close(fds[0]);
	return fds[1];
}

static void
child_check(const struct host *h, int fd)
{
	int status = 0;

	if (fd < 0)
		return;
	(void)close(fd);
	if (waitpid(h->child, &status, 0) != h->child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 7)
		(void)dprintf(OUT, "changed child: status %d\n", status);
}

int
main(int argc, char **argv)
{
	static char before[SNAPSHOT_MAX], after[SNAPSHOT_MAX];
	struct host h = { .logins = 1 };
	long memory = 0;
	int i = 1, fd;

	if (dup2(1, OUT) != OUT || fcntl(OUT, F_SETFD, FD_CLOEXEC) != 0)
		return 3;
	(void)setlocale(LC_ALL, "C.UTF-8");
	(void)umask(027);
	syslog(LOG_AUTHPRIV | LOG_DEBUG, "host: begins"); /* opens its socket */
	for (; argc - i > 3; i += 2) {
		if (!login_option(&h, argv[i], argv[i + 1]) &&
		    !process_option(argv[i], argv[i + 1]))
			fail(argv[i]);
	}
	if (argc - i != 3)
		fail("usage: host [OPTION VALUE]... CONFDIR SERVICE USER");
	fd = child_start(&h);
	snapshot_take(before);
	for (int n = 0; n < h.logins; n++) {
		const int result = login(&h, argv[i], argv[i + 1], argv[i + 2]);

		(void)dprintf(OUT, "result %d\n", result);
		if (n == WARM_UP)
			memory = snapshot_memory();
	}
	if (h.logins > WARM_UP + 1)
		(void)dprintf(OUT, "memory %ld\n", snapshot_memory() - memory);
	snapshot_take(after);
	if (snapshot_same(before, after, OUT))
		(void)dprintf(OUT, "same\n");
	child_check(&h, fd);
	return 0;
}
