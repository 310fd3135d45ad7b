/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PAM application for tests: logs in as often as told, answers from a script,
 * is as odd as real hosts are, and looks at itself before and after.
 *
 *   host [OPTION VALUE]... CONFDIR SERVICE USER
 *
 *   logins N       so many logins, all with the same script
 *   attempts N     so many times on one handle, until one is let in; the script
 *                  goes on
 *   answer TEXT    to the next prompt; @null, @fail, @line (one of stdin),
 *                  @user:NAME (set PAM_USER, then answer "123456"),
 *                  @none (success without responses), @error:N; one that only
 *                  tells and that Enter ends takes none: it is answered by ""
 *   item NAME=TEXT tty, rhost, ruser; env NAME=TEXT: PAM's environment
 *   heap TEXT      say whether the heap holds it at the end
 *   conv none      no conversation function; flags silent: PAM_SILENT
 *   sigchld HOW    ignore, nocldwait or thief
 *   thread HOW     a thread in waitpid(-1): plain, or wall (with __WALL)
 *   fds HOW        closed: 0 to 2; high: 300 is open; all: those up to 999
 *   block sigint   as sudo does; or sigchld
 *   umask N, locale NAME, memory N (MiB in use)
 *   child yes      a child of its own that must stay as it is
 *   nosys yes      close_range and pidfd_send_signal give ENOSYS
 *   nofile N, fsize N, nproc N    hard limits
 *   groups N: supplementary groups 1 to N
 *   keepcaps yes   capabilities stay when the uid changes
 *   pester yes     signals to its process group all the time, and a handler
 *   ruid N, euid N set before the first login
 *
 * Prints `shown STYLE TEXT`, `result N`, `same` or `changed ...`, `memory N`.
 */
#include <fcntl.h>
#include <locale.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/host/odd.h"
#include "tests/host/snapshot.h"

#define ANSWERS_MAX 32
#define ITEMS_MAX 8
#define WARM_UP 20 /* logins before memory counts */
#define NO_RESPONSES (-1)

struct host {
	const char *answers[ANSWERS_MAX];
	int answers_len, next;
	const char *items[ITEMS_MAX], *envs[ITEMS_MAX];
	int items_len, envs_len;
	int logins, attempts, flags;
	bool no_conv, want_child;
	const char *heap; /* NULL: not looked for */
	pam_handle_t *pamh;
	pid_t child;
};

static void
print_shown(int style, const char *text)
{
	(void)dprintf(ODD_OUT, "shown %d ", style);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		(void)dprintf(
		    ODD_OUT, c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
	}
	(void)dprintf(ODD_OUT, "\n");
}

/* One line of stdin. */
static char *
line_read(void)
{
	char line[8192] = "";
	size_t len = 0;

	while (len < sizeof(line) - 1 && read(0, line + len, 1) == 1 &&
	    line[len] != '\n')
		len++;
	line[len] = '\0';
	return strdup(line);
}

/* It tells why the login was refused, and waits for Enter. */
static bool
only_tells(const char *prompt)
{
	static const char end[] = "(Enter ends): ";
	const size_t len = strlen(prompt);

	return len >= sizeof(end) - 1 &&
	    strcmp(prompt + len - (sizeof(end) - 1), end) == 0;
}

/* The answer for a prompt; NULL with *result for one that fails. */
static char *
answer_make(struct host *h, const char *prompt, int *result)
{
	const char *answer;

	if (only_tells(prompt))
		return strdup("");
	answer = h->next < h->answers_len ? h->answers[h->next++] : "@fail";
	*result = PAM_SUCCESS;
	if (strcmp(answer, "@null") == 0)
		return NULL;
	if (strcmp(answer, "@line") == 0)
		return line_read();
	if (strncmp(answer, "@user:", 6) == 0) {
		(void)pam_set_item(h->pamh, PAM_USER, answer + 6);
		return strdup("123456");
	}
	if (strcmp(answer, "@none") == 0)
		*result = NO_RESPONSES;
	else if (strcmp(answer, "@fail") == 0)
		*result = PAM_CONV_ERR;
	else if (strncmp(answer, "@error:", 7) == 0)
		*result = (int)strtol(answer + 7, NULL, 10);
	else
		return strdup(answer);
	return NULL;
}

static int
converse(int n, const struct pam_message **messages,
    struct pam_response **responses, void *ctx)
{
	struct host *h = ctx;
	int result = PAM_SUCCESS;

	*responses = calloc((size_t)n, sizeof(**responses));
	if (*responses == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		print_shown(messages[i]->msg_style, messages[i]->msg);
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON ||
		    messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			(*responses)[i].resp =
			    answer_make(h, messages[i]->msg, &result);
	}
	if (result != PAM_SUCCESS) {
		free(*responses);
		*responses = NULL;
	}
	return result == NO_RESPONSES ? PAM_SUCCESS : result;
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
		odd_fail("pam_start");
	items_set(h);
	result = PAM_AUTH_ERR;
	for (int n = 0; n < h->attempts && result != PAM_SUCCESS; n++)
		result = pam_authenticate(h->pamh, h->flags);
	if (result == PAM_SUCCESS &&
	    pam_setcred(h->pamh, PAM_ESTABLISH_CRED) != PAM_SUCCESS)
		result = -1;
	(void)pam_end(h->pamh, result);
	return result;
}

static bool
login_option(struct host *h, const char *name, const char *value)
{
	if (strcmp(name, "logins") == 0)
		h->logins = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "attempts") == 0)
		h->attempts = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "answer") == 0 && h->answers_len < ANSWERS_MAX)
		h->answers[h->answers_len++] = value;
	else if (strcmp(name, "item") == 0 && h->items_len < ITEMS_MAX)
		h->items[h->items_len++] = value;
	else if (strcmp(name, "env") == 0 && h->envs_len < ITEMS_MAX)
		h->envs[h->envs_len++] = value;
	else if (strcmp(name, "heap") == 0)
		h->heap = value;
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

/* What was freed is there, too, unless it was wiped. */
static void
heap_look(const struct host *h)
{
	char line[256];
	void *from, *to;
	FILE *maps;

	if (h->heap == NULL || (maps = fopen("/proc/self/maps", "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, "[heap]") != NULL &&
		    sscanf(line, "%p-%p", &from, &to) == 2)
			(void)dprintf(ODD_OUT, "heap %s\n",
			    memmem(from, (size_t)((char *)to - (char *)from),
				h->heap, strlen(h->heap)) != NULL
				? "holds it"
				: "clean");
	(void)fclose(maps);
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
		odd_fail("child");
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
		(void)dprintf(ODD_OUT, "changed child: status %d\n", status);
}

int
main(int argc, char **argv)
{
	static char before[SNAPSHOT_MAX], after[SNAPSHOT_MAX];
	struct host h = { .logins = 1, .attempts = 1 };
	long memory = 0;
	int i = 1, fd;

	if (dup2(1, ODD_OUT) != ODD_OUT ||
	    fcntl(ODD_OUT, F_SETFD, FD_CLOEXEC) != 0)
		return 3;
	(void)setlocale(LC_ALL, "C.UTF-8");
	(void)umask(027);
	syslog(LOG_AUTHPRIV | LOG_DEBUG, "host: begins"); /* opens its socket */
	for (; argc - i > 3; i += 2) {
		if (!login_option(&h, argv[i], argv[i + 1]) &&
		    !odd_option(argv[i], argv[i + 1]))
			odd_fail(argv[i]);
	}
	if (argc - i != 3)
		odd_fail("usage: host [OPTION VALUE]... CONFDIR SERVICE USER");
	fd = child_start(&h);
	snapshot_take(before);
	odd_begin();
	for (int n = 0; n < h.logins; n++) {
		const int result = login(&h, argv[i], argv[i + 1], argv[i + 2]);

		(void)dprintf(ODD_OUT, "result %d\n", result);
		if (n == WARM_UP)
			memory = snapshot_memory();
	}
	if (h.logins > WARM_UP + 1)
		(void)dprintf(
		    ODD_OUT, "memory %ld\n", snapshot_memory() - memory);
	heap_look(&h);
	odd_end();
	snapshot_take(after);
	if (snapshot_same(before, after, ODD_OUT))
		(void)dprintf(ODD_OUT, "same\n");
	child_check(&h, fd);
	return 0;
}
