/* SPDX-License-Identifier: BSD-2-Clause */
/* Rolls a trial back, and reports that to the log and to root's terminals. */
#include "twofactl/trial/trial_inside.h"
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

static const char *const roll_back_reasons[] = { [ROLL_BACK_TIMEOUT] =
						     "timeout",
	[ROLL_BACK_BOOT] = "boot",
	[ROLL_BACK_HAND] = "hand",
	[ROLL_BACK_SSHD_CHECK] = "sshd-check",
	[ROLL_BACK_NOT_OFFERED] = "not-offered" };

_Static_assert(COUNT_OF(roll_back_reasons) == ROLL_BACK_NOT_OFFERED + 1,
    "each has its word");

/* Writes only to terminals that root owns: other users must not read that the
 * second factor is gone. */
static void
tell_terminal(const char *path, const char *text)
{
	struct stat st;
	int fd OWNED(owned_fd) = -1;

	if (lstat(path, &st) != 0 || !S_ISCHR(st.st_mode) || st.st_uid != 0)
		return;
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_uid == 0)
		(void)!write(fd, text, strlen(text));
}

/* Accepts only tty names: the writer of utmp could name a device on which
 * open() has side effects. */
static void
tell_console(const char *line, const char *text)
{
	char path[64];

	PRINT_TO(path, "/dev/%.40s", line);
	if (strncmp(line, "tty", 3) == 0 && strstr(line, "..") == NULL)
		tell_terminal(path, text);
}

/* path: a session file of systemd-logind. */
static void
tell_session(const char *path, const char *text)
{
	FILE *f OWNED(owned_file) = fopen(path, "re");
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "TTY=", 4) == 0)
			tell_console(line + 4, text);
	}
}

static size_t
roll_back_tell_all(const char *pattern,
    void (*tell_one)(const char *, const char *), const char *text)
{
	glob_t found OWNED(globfree) = { 0 };

	(void)glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		tell_one(found.gl_pathv[i], text);
	return found.gl_pathc;
}

/* Writes to every pseudoterminal that root owns, as sudo's are in no list, and
 * to consoles with a login: by logind, or else by utmp (not in Debian 13). */
static void
tell_root(const char *text)
{
	struct utmpx *u;

	(void)roll_back_tell_all("/dev/pts/[0-9]*", tell_terminal, text);
	if (roll_back_tell_all(
		"/run/systemd/sessions/*[0-9]", tell_session, text) > 0)
		return;
	setutxent();
	while ((u = getutxent()) != NULL) {
		char line[sizeof(u->ut_line) + 1] = "";

		memcpy(line, u->ut_line, sizeof(u->ut_line));
		if (u->ut_type == USER_PROCESS)
			tell_console(line, text);
	}
	endutxent();
}

static void
roll_back_tell(const struct trial *t, enum roll_back_reason reason)
{
	char text[256];
	struct trial earlier OWNED(trial_free); /* confirmed before */
	const int found = trial_read_enabled(t->service, &earlier);

	log_problem("%senable %s: rolled back (%s): %s",
	    logline_event_prefix(EVENT_TRIAL_ENDED, "-"), t->service,
	    roll_back_reasons[reason],
	    found != 0 ? "it is enabled as it was before"
		       : "logins by it are without a second factor, as before");
	PRINT_TO(text,
	    "\r\ntwofactl: %s was rolled back (%s): its files are as before "
	    "twofactl enable.\r\n",
	    t->service, roll_back_reasons[reason]);
	if (reason == ROLL_BACK_TIMEOUT)
		tell_root(text);
}

/* Has sshd read its files, but at boot, when it has not started yet. Returns 0,
 * or 1 after reporting: it goes on as during the trial. */
static int
reload(const struct trial *t, enum roll_back_reason reason)
{
	if (strcmp(t->service, "sshd") != 0 || reason == ROLL_BACK_BOOT ||
	    sshd_reload() != SSHD_RELOAD_FAILED)
		return 0;
	log_problem("enable sshd: after the roll-back sshd was not reloaded: "
		    "%s; correct that, then run: systemctl restart ssh",
	    trusted_file_cause);
	terminal_error("sshd was not reloaded: %s; correct that, then run: "
		       "systemctl restart ssh",
	    trusted_file_cause);
	return 1;
}

/* Makes /etc and sshd as before the trial, and says so; the trial's record
 * stays. Returns 0, 1 if sshd was not reloaded, or -1 to be tried again. */
static int
end_in_etc(const struct trial *t, enum roll_back_reason reason)
{
	const int restored = trial_restore(t, false);
	int left;

	if (restored < 0) {
		log_problem("enable %s: it cannot be rolled back: %s; correct "
			    "that, then run: twofactl rollback",
		    t->service, etc_cause);
		return -1;
	}
	if (restored > 0) {
		terminal_error("%s", etc_cause);
		log_problem(
		    "enable %s: rolled back, but %s", t->service, etc_cause);
	}
	left = reload(t, reason);
	if (left > 0 && reason == ROLL_BACK_TIMEOUT)
		return -1; /* the timer tries again */
	if (t->rehearsal)
		rehearsal_stop();
	trial_step("reloaded");
	roll_back_tell(t, reason);
	return left;
}

/* While the record cannot be removed, as from a read-only disk, the timer comes
 * here each minute: sshd is reloaded and admins are told the first time alone.
 */
int
roll_back(const struct trial *t, enum roll_back_reason reason)
{
	static int left = -1; /* of the one trial that a process ends */

	if (left < 0)
		left = end_in_etc(t, reason);
	if (left < 0 || trial_forget() != 0)
		return -1;
	if (reason != ROLL_BACK_TIMEOUT)
		trial_timer_disarm(t);
	return left;
}
