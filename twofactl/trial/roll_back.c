/* SPDX-License-Identifier: BSD-2-Clause */
/* Rolls a trial back. */
#include "twofactl/trial/roll_back.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#include "lib/system/system.h"
#include "twofactl/install/trial_step.h"
#include "twofactl/rehearsal/rehearsal.h"
#include "twofactl/sshd/sshd.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/trial_timer.h"
#include "twofactl/undo/trial_restore.h"

static const char *const reasons[] = { [ROLL_BACK_TIMEOUT] = "timeout",
	[ROLL_BACK_BOOT] = "boot",
	[ROLL_BACK_HAND] = "hand",
	[ROLL_BACK_SSHD_CHECK] = "sshd-check",
	[ROLL_BACK_NOT_OFFERED] = "not-offered" };

/* Only root's terminals: other users could read there that the second factor is
 * gone. */
static void
tell_terminal(const char *path, const char *text)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0 || !S_ISCHR(st.st_mode) || st.st_uid != 0)
		return;
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_uid == 0)
		(void)!write(fd, text, strlen(text));
	close(fd);
}

/* A line of utmp must name a terminal: its writer could name a device that
 * reacts to being opened. */
static void
tell_console(const char *line, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/dev/%.40s", line);
	if (strncmp(line, "tty", 3) == 0 && strstr(line, "..") == NULL)
		tell_terminal(path, text);
}

/* One of logind's. */
static void
tell_session(const char *path, const char *text)
{
	FILE *f = fopen(path, "re");
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "TTY=", 4) == 0)
			tell_console(line + 4, text);
	}
	if (f != NULL)
		fclose(f);
}

static size_t
tell_all(const char *pattern, void (*tell_one)(const char *, const char *),
    const char *text)
{
	glob_t found = { 0 };
	size_t count;

	(void)glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		tell_one(found.gl_pathv[i], text);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

/* Windows are told by their owner, since those of sudo are in no list, and
 * consoles where somebody is logged in. Debian 13 has no utmp. */
static void
tell_root(const char *text)
{
	struct utmpx *u;

	(void)tell_all("/dev/pts/[0-9]*", tell_terminal, text);
	if (tell_all("/run/systemd/sessions/*[0-9]", tell_session, text) > 0)
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

/* True when an earlier trial of the service was confirmed. */
static bool
is_enabled(const char *service)
{
	char cause[TRIAL_CAUSE];
	struct trial t;
	const int found = trial_read_enabled(service, &t, cause);

	trial_free(&t);
	return found != 0;
}

static void
tell(const struct trial *t, enum roll_back_reason reason)
{
	char text[256];

	log_mend("enable %s: rolled back (%s): %s", t->service, reasons[reason],
	    is_enabled(t->service)
		? "it is enabled as it was before"
		: "logins by it are without a second factor, as before");
	(void)snprintf(text, sizeof(text),
	    "\r\ntwofactl: %s was rolled back (%s): its files are as before "
	    "twofactl enable.\r\n",
	    t->service, reasons[reason]);
	if (reason == ROLL_BACK_TIMEOUT)
		tell_root(text);
}

/* At boot sshd has not been started yet. */
static void
reload(const struct trial *t, enum roll_back_reason reason)
{
	char cause[SSHD_RELOAD_CAUSE];

	if (strcmp(t->service, "sshd") == 0 && reason != ROLL_BACK_BOOT &&
	    sshd_reload(cause) == SSHD_RELOAD_FAILED)
		log_mend("enable sshd: after the roll-back sshd was not "
			 "reloaded: %s; correct that, and run: systemctl "
			 "restart ssh",
		    cause);
}

int
roll_back(const struct trial *t, enum roll_back_reason reason,
    char cause[TRIAL_CAUSE])
{
	char first[TRIAL_CAUSE];
	const int restored = trial_restore(t, false, first);

	if (restored < 0) {
		(void)snprintf(cause, TRIAL_CAUSE, "%s", first);
		log_mend("enable %s: it cannot be rolled back: %s; correct "
			 "that, and run: twofactl rollback",
		    t->service, first);
		return -1;
	}
	if (restored > 0) {
		complain("%s", first);
		log_mend("enable %s: rolled back, but %s", t->service, first);
	}
	reload(t, reason);
	if (t->rehearsal)
		rehearsal_stop();
	trial_step("reloaded");
	tell(t, reason);
	if (trial_forget(t, cause) != 0)
		return -1;
	if (reason != ROLL_BACK_TIMEOUT)
		trial_timer_disarm(t);
	return 0;
}
