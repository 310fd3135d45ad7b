/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has the running sshd the same settings as its files? One connection asks it
 * for its list of methods.
 */
#include "twofactl/doctor/doctor_sshd.h"

#include <string.h>

#include "lib/wire/helper_path.h"

#define REFUSED "Connection refused"

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
	    unit[0] == '\0'         ? "send its first process the signal HUP"
		: sshd_ask_socket() ? "run: systemctl restart "
				    : "run: systemctl reload ",
	    unit);
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

void
doctor_sshd_running(const struct doctor_sshd *s)
{
	const char *unit;
	bool fresh;

	if (!s->doctor->user_known)
		return;
	unit = sshd_ask_unit(&fresh);
	if (fresh)
		return;
	for (size_t i = 0; i < s->places; i++)
		if (sshd_place_is_ours(&s->place[i]) &&
		    ask_at(s, &s->place[i], unit))
			return;
}
