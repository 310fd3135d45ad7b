/* SPDX-License-Identifier: BSD-2-Clause */
/* Reloads sshd, and compares the methods that it offers with its files. */
#include "twofactl/sshd/sshd.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "twofactl/client/client.h"

#define OUT_MAX 4096
#define TRIES 3
#define ADDRESSES 4 /* addresses to try, of those in sshd's settings */
#define REFUSED "Connection refused"

/* True for a warning, for which sshd does not end, if another line follows. */
static bool
is_harmless(const char *line)
{
	static const char *const warns[] = { " Deprecated option ",
		" Unsupported option " };
	const size_t len = strcspn(line, "\n");
	bool found = false;

	for (size_t i = 0; i < COUNT_OF(warns); i++)
		found |= memmem(line, len, warns[i], strlen(warns[i])) != NULL;
	return found && line[len] != '\0' && line[len + 1] != '\0';
}

/* At a reload sshd starts again, and ends if its files are wrong. Not every
 * unit looks before. */
static bool
would_start(void)
{
	char out[OUT_MAX];
	const char *line = out;

	if (sshd_ask_path() == NULL || sshd_ask_accepts(out, sizeof(out)))
		return true;
	while (is_harmless(line))
		line += strcspn(line, "\n") + 1;
	PRINT_TO(trusted_file_cause, "sshd -t: %.*s",
	    (int)strcspn(line, "\r\n"), line);
	return false;
}

/* An sshd that a socket unit started may lose that socket at a reload: Debian
 * 12's exits, or listens at another address. So it is restarted, which sessions
 * survive. */
static enum sshd_reload
reload_unit(const char *unit)
{
	const char *verb = sshd_ask_socket_is_active() ? "restart" : "reload";
	char out[OUT_MAX] = "";

	if (!would_start())
		return SSHD_RELOAD_FAILED;
	if (run_program_systemctl(verb, unit, out, sizeof(out)) == 0)
		return SSHD_RELOADED;
	PRINT_TO(trusted_file_cause, "systemctl %s %s: %.*s", verb, unit,
	    (int)strcspn(out, "\n"), out);
	return SSHD_RELOAD_FAILED;
}

/* The pid may belong to another process by now. */
static bool
is_sshd(long pid)
{
	char path[64], name[16];

	PRINT_TO(path, "/proc/%ld/comm", pid);
	return sshd_file_read_line(path, NULL, name, sizeof(name)) &&
	    strcmp(name, "sshd") == 0;
}

static enum sshd_reload
reload_by_signal(void)
{
	char text[24];
	long pid;

	(void)sshd_file_read_line(SSHD_PID_FILE, NULL, text, sizeof(text));
	pid = decimal_read(text, INT_MAX);
	if (pid <= 1 || !is_sshd(pid))
		return SSHD_RELOAD_NONE;
	if (!would_start())
		return SSHD_RELOAD_FAILED;
	if (kill((pid_t)pid, SIGHUP) == 0)
		return SSHD_RELOADED;
	PRINT_TO(trusted_file_cause,
	    "sshd (pid %ld) cannot be made to read its settings again: %s", pid,
	    strerror(errno));
	return SSHD_RELOAD_FAILED;
}

enum sshd_reload
sshd_reload(void)
{
	const char *unit;

	if (!run_program_has_systemd())
		return reload_by_signal();
	/* with ssh.socket alone, no sshd runs before the first connection */
	unit = sshd_ask_unit();
	return unit[0] != '\0' ? reload_unit(unit) : SSHD_RELOAD_NONE;
}

struct address_check {
	const struct passwd *as;
	bool by_socket;
	struct sshd_address place;
	char expected[SSHD_METHODS_MAX];
};

static enum sshd_offered
not_asked(const char *why)
{
	PRINT_TO(trusted_file_cause, "%.*s", (int)strcspn(why, "\r\n"), why);
	return SSHD_OFFERED_UNASKED;
}

/* Finds a listening address that is this host's own, and the methods that sshd
 * should offer there. False with the cause in sshd_said. */
static bool
find_local_address(struct address_check *a)
{
	struct sshd_settings conf;
	bool found = false;

	if (sshd_ask("", NULL, &conf) != SSHD_ASK_DONE)
		return false;
	for (size_t i = 0; !found && i < ADDRESSES &&
	     sshd_running_read_address(&a->place, i, sshd_said) == 0;
	     i++)
		found = sshd_running_address_is_local(&a->place);
	if (!found)
		PRINT_TO(sshd_said, "sshd listens at no address of this host");
	if (!found || sshd_ask(HELPER_USER, &a->place, &conf) != SSHD_ASK_DONE)
		return false;
	sshd_running_offer_expected(a->expected, &conf);
	return true;
}

static enum sshd_offered
compare_once(const struct address_check *a)
{
	char text[SSHD_ASK_OFFER], offered[SSHD_METHODS_MAX];

	if (!sshd_ask_offer(&a->place, a->as->pw_uid, a->as->pw_gid, text))
		return not_asked("there is no /usr/bin/ssh to ask with");
	if (a->by_socket && strstr(text, REFUSED) != NULL) {
		PRINT_TO(trusted_file_cause,
		    "no sshd listens at %s port %u, where sshd's settings have "
		    "it; log in where the socket unit listens: systemctl "
		    "list-sockets",
		    a->place.address, a->place.port);
		return SSHD_OFFERED_UNASKED;
	}
	if (sshd_running_offer_read(offered, text) != 0)
		PRINT_TO(trusted_file_cause,
		    "sshd at %s port %u does not list its methods: %.*s",
		    a->place.address, a->place.port, (int)strcspn(text, "\r\n"),
		    text);
	else if (sshd_running_offer_is_same(offered, a->expected))
		return SSHD_OFFERED_SAME;
	else
		PRINT_TO(trusted_file_cause,
		    "sshd at %s port %u offers %s, not %s: it has not read the "
		    "new settings; see its log and the options of its command "
		    "line",
		    a->place.address, a->place.port,
		    offered[0] != '\0' ? offered : "nothing", a->expected);
	return SSHD_OFFERED_OTHER;
}

enum sshd_offered
sshd_offered(bool by_socket)
{
	struct address_check a = { .by_socket = by_socket };
	const struct timespec second = { .tv_sec = 1 };
	enum sshd_offered result = SSHD_OFFERED_OTHER;

	a.as = client_helper_account();
	if (a.as == NULL)
		return SSHD_OFFERED_UNASKED;
	if (!find_local_address(&a))
		result = not_asked(sshd_said);
	/* sshd may take a moment to read its settings */
	for (unsigned i = 0; i < TRIES && result == SSHD_OFFERED_OTHER; i++) {
		(void)nanosleep(&second, NULL);
		result = compare_once(&a);
	}
	return result;
}
