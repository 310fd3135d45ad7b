/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has the running sshd the same settings as its files? One connection asks it
 * for its list of methods. And has it the limits that a helper needs?
 */
#include "twofactl/doctor/doctor_sshd.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/wire/wire.h"

#define REFUSED "Connection refused"
#define PID_FILE "/run/sshd.pid"

/* How it comes to read its files. */
static const char *
renewal(const char *unit)
{
	static char words[64];

	(void)snprintf(words, sizeof(words), "run: systemctl %s %s",
	    sshd_ask_socket() ? "restart" : "reload", unit);
	return unit[0] != '\0' ? words : "run: kill -HUP $(cat " PID_FILE ")";
}

static void
compare(const struct doctor_sshd *s, const struct sshd_place *place,
    const char *offered, const char *unit)
{
	char wanted[SSHD_METHODS_MAX];
	struct sshd_settings conf;

	if (doctor_sshd_ask(s, HELPER_USER, place, &conf) != 0)
		return;
	sshd_offer_wanted(wanted, &conf);
	if (sshd_offer_same(offered, wanted))
		return;
	doctor_problem(s->doctor, "sshd-running",
	    "sshd at %s port %u offers %s, and by its files it would offer "
	    "%s: it has not read them since they changed; %s",
	    place->address, place->port,
	    offered[0] != '\0' ? offered : "nothing",
	    wanted[0] != '\0' ? wanted : "nothing", renewal(unit));
}

/* False: no sshd listens there. */
static bool
ask_at(const struct doctor_sshd *s, const struct sshd_place *place,
    const char *unit)
{
	char text[SSHD_ASK_OFFER], offered[SSHD_METHODS_MAX];

	if (!sshd_ask_offer(place, s->doctor->uid, s->doctor->gid, text))
		return true; /* there is no ssh client */
	if (strstr(text, REFUSED) != NULL)
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

/* Those that the module would refuse, since sshd may not raise them. */
static void
check_limits(struct doctor *d)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct has[2];
	FILE *f = fopen(PID_FILE, "re");
	struct rlimit now;
	char pid[32] = "";

	if (f == NULL || fgets(pid, sizeof(pid), f) == NULL ||
	    (head.pid = (int)strtol(pid, NULL, 10)) < 1 ||
	    syscall(SYS_capget, &head, has) != 0 ||
	    (has[0].effective & CAP_TO_MASK(CAP_SYS_RESOURCE)) != 0)
		head.pid = -1;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (prlimit(head.pid, (__rlimit_resource_t)i, NULL, &now) ==
			0 &&
		    now.rlim_max < helper_limits[i].least)
			doctor_problem(d, "sshd-limit",
			    "the running sshd has too low a limit for the "
			    "helper, so that every login is denied; raise "
			    "Limit%s= of its unit and restart it",
			    helper_limits[i].name);
	if (f != NULL)
		(void)fclose(f);
}

void
doctor_sshd_running(const struct doctor_sshd *s)
{
	bool fresh;
	const char *unit = sshd_ask_unit(&fresh);
	const struct sshd_starts *starts = &s->general.starts;

	check_limits(s->doctor);
	if (starts->now > 0 && starts->now < starts->begin)
		doctor_problem(s->doctor, "sshd-maxstartups",
		    "the running sshd refuses people as soon as %ld are at a "
		    "prompt, and by its files it would from %ld on; %s",
		    starts->now, starts->begin, renewal(unit));
	if (fresh || !s->doctor->user_known)
		return;
	for (size_t i = 0; i < s->places; i++)
		if (sshd_place_is_ours(&s->place[i]) &&
		    ask_at(s, &s->place[i], unit))
			return;
}
