/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells systemd's unit to reload sshd, or the process if there is no unit. */
#include "twofactl/sshd/sshd_reload.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/link/link.h"
#include "twofactl/sshd/sshd_ask.h"

#define TIMEOUT_S 30
#define OUT_MAX 512

static bool
does(const char *verb, const char *unit, char out[OUT_MAX])
{
	const char *const argv[] = { SYSTEMCTL, verb, unit, NULL };
	const struct program p = { .argv = argv, .timeout_s = TIMEOUT_S };
	int status = -1;

	return run_program(&p, out, OUT_MAX, &status) == PROGRAM_ENDED &&
	    status == 0;
}

/* An sshd that was started by a socket unit may lose that socket at a reload.
 * Debian 12's does: it ends, or listens at another address. So it is restarted;
 * logins survive that. It could not start with wrong files, so these are
 * checked first. */
static enum sshd_reload
renew(const char *unit, char cause[SSHD_RELOAD_CAUSE])
{
	const bool by_socket = sshd_ask_socket();
	const char *sshd = sshd_ask_path(),
		   *verb = by_socket ? "restart" : "reload";
	char out[OUT_MAX] = "";

	if ((!by_socket ||
		(sshd != NULL && sshd_ask_accepts(sshd, out, sizeof(out)))) &&
	    does(verb, unit, out))
		return SSHD_RELOADED;
	out[strcspn(out, "\n")] = '\0';
	(void)snprintf(cause, SSHD_RELOAD_CAUSE, "systemctl %s %s: %.400s",
	    verb, unit, out);
	return SSHD_RELOAD_FAILED;
}

/* With ssh.socket alone, no service is active before the first connection. */
static enum sshd_reload
reload_unit(char cause[SSHD_RELOAD_CAUSE])
{
	bool fresh;
	const char *unit = sshd_ask_unit(&fresh);

	return unit[0] != '\0' ? renew(unit, cause) : SSHD_RELOAD_NONE;
}

/* Is it still sshd? The pid may belong to another process now. */
static bool
is_sshd(long pid)
{
	char path[64], name[16] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) == NULL)
		name[0] = '\0';
	fclose(file);
	return strcmp(name, "sshd\n") == 0;
}

static enum sshd_reload
signal_process(char cause[SSHD_RELOAD_CAUSE])
{
	char text[24] = "";
	FILE *file = fopen("/run/sshd.pid", "re");
	long pid;

	if (file == NULL)
		return SSHD_RELOAD_NONE;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	fclose(file);
	pid = strtol(text, NULL, 10);
	if (pid <= 1 || !is_sshd(pid))
		return SSHD_RELOAD_NONE;
	if (kill((pid_t)pid, SIGHUP) == 0)
		return SSHD_RELOADED;
	(void)snprintf(cause, SSHD_RELOAD_CAUSE,
	    "sshd (pid %ld) cannot be told to read its settings again: %s", pid,
	    strerror(errno));
	return SSHD_RELOAD_FAILED;
}

enum sshd_reload
sshd_reload(char cause[SSHD_RELOAD_CAUSE])
{
	return systemd_runs() ? reload_unit(cause) : signal_process(cause);
}
