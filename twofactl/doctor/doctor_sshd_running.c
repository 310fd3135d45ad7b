/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has the running sshd the settings that its files have now? One connection
 * asks it, as far as the list of methods, as the helper's user: an account that
 * there is, so that sshd logs no unknown user, and counts no failed login.
 */
#include "twofactl/doctor/doctor_sshd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/helper_path.h"
#include "twofactl/host/run_program.h"
#include "twofactl/host/sshd_running.h"

#define SSH "/usr/bin/ssh"
#define SYSTEMCTL "/usr/bin/systemctl"
#define SYSTEMD "/run/systemd/system" /* there while it is PID 1 */
#define PLACES 4                      /* where sshd may listen */
#define TIMEOUT_S 10
#define TEXT_MAX 4096
#define REFUSED "Connection refused"

/* What ssh says, as user twofa: what listens on a high port may be anybody's.
 * False: it could not be run. */
static bool
connect_to(
    const struct doctor *d, const struct sshd_place *place, char text[TEXT_MAX])
{
	char port[16];
	const char *const argv[] = { SSH, "-F", "none", "-T", "-o",
		"PreferredAuthentications=none", "-o", "BatchMode=yes", "-o",
		"StrictHostKeyChecking=no", "-o",
		"UserKnownHostsFile=/dev/null", "-o",
		"GlobalKnownHostsFile=/dev/null", "-o", "IdentityAgent=none",
		"-o", "IdentityFile=none", "-o", "LogLevel=ERROR", "-o",
		"ConnectTimeout=5", "-p", port, "-l", HELPER_USER,
		place->address, "true", NULL };
	const struct program ssh = { .argv = argv,
		.uid = d->uid,
		.gid = d->gid,
		.timeout_s = TIMEOUT_S };
	int status = 0;

	snprintf(port, sizeof(port), "%u", place->port);
	return run_program(&ssh, text, TEXT_MAX, &status) == PROGRAM_ENDED &&
	    status != 126 && status != 127;
}

/* The unit that runs sshd, "ssh.service"; "" none. */
static const char *
find_unit(bool *fresh)
{
	static const char *const argv[] = { SYSTEMCTL, "is-active",
		"ssh.service", "sshd.service", "ssh.socket", "sshd.socket",
		NULL };
	const struct program systemctl = { .argv = argv,
		.timeout_s = TIMEOUT_S };
	const char *unit = NULL;
	char text[TEXT_MAX];
	int status = 0;

	*fresh = false;
	if (access(SYSTEMD, F_OK) == 0 && access(SYSTEMCTL, X_OK) == 0 &&
	    run_program(&systemctl, text, sizeof(text), &status) ==
		PROGRAM_ENDED)
		unit = sshd_unit_read(text, fresh);
	return unit != NULL ? unit : "";
}

static void
compare(const struct doctor_sshd *s, const struct sshd_place *place,
    const char *offered, const char *unit)
{
	char wanted[SSHD_METHODS_MAX];
	struct sshd_settings conf;

	if (doctor_sshd_ask_from(s, HELPER_USER, place, &conf) != 0)
		return;
	sshd_offer_wanted(wanted, &conf);
	if (sshd_offer_same(offered, wanted))
		return;
	doctor_problem(s->doctor, "sshd-running",
	    "sshd at %s port %u offers %s, and by its files it would offer "
	    "%s: it has not read them since they changed; %s%s",
	    place->address, place->port,
	    offered[0] != '\0' ? offered : "nothing",
	    wanted[0] != '\0' ? wanted : "nothing",
	    unit[0] != '\0' ? "run: systemctl reload "
			    : "send its first process the signal HUP",
	    unit);
}

/* False: nobody listens there. */
static bool
ask_at(const struct doctor_sshd *s, const struct sshd_place *place,
    const char *unit)
{
	char text[TEXT_MAX], offered[SSHD_METHODS_MAX];

	if (connect_to(s->doctor, place, text) && strstr(text, REFUSED) != NULL)
		return false;
	if (sshd_offer_read(offered, text) == 0) {
		compare(s, place, offered, unit);
		return true;
	}
	text[strcspn(text, "\r\n")] = '\0';
	doctor_note(s->doctor, "sshd-running",
	    "sshd at %s port %u does not say what it offers: %.200s; look at "
	    "its log, and after a change of its settings reload it",
	    place->address, place->port, text);
	return true;
}

void
doctor_sshd_running(const struct doctor_sshd *s)
{
	struct sshd_place place[PLACES];
	struct sshd_settings conf;
	size_t count = 0;
	const char *unit;
	bool fresh;

	if (!s->doctor->user_known || access(SSH, X_OK) != 0)
		return;
	unit = find_unit(&fresh);
	if (fresh || doctor_sshd_ask(s, "", &conf) != 0)
		return;
	while (count < PLACES &&
	    sshd_place_read(&place[count], count, s->out) == 0)
		count++;
	for (size_t i = 0; i < count; i++)
		if (sshd_place_is_ours(&place[i]) && ask_at(s, &place[i], unit))
			return;
}
