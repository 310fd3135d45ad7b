/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares the running sshd's methods with those of its files. */
#include "twofactl/sshd/sshd_offered.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "twofactl/link/link.h"
#include "twofactl/sshd/sshd_ask.h"

#define TIMES 3
#define PLACES 4 /* addresses where sshd may listen */
#define REFUSED "Connection refused"

struct asked {
	const char *sshd;
	char *out; /* SSHD_ASK_OUT bytes */
	const struct passwd *as;
	bool by_socket;
	struct sshd_place place;
	char wanted[SSHD_METHODS_MAX];
};

static enum sshd_offered
unasked(char cause[SSHD_OFFERED_CAUSE], const char *why)
{
	(void)snprintf(
	    cause, SSHD_OFFERED_CAUSE, "%.*s", (int)strcspn(why, "\r\n"), why);
	return SSHD_OFFERED_UNASKED;
}

static enum sshd_offered
unheard(const struct asked *a, char cause[SSHD_OFFERED_CAUSE])
{
	(void)snprintf(cause, SSHD_OFFERED_CAUSE,
	    "no sshd listens at %s port %u, where sshd's settings have it; log "
	    "in where the socket unit listens: systemctl list-sockets",
	    a->place.address, a->place.port);
	return SSHD_OFFERED_UNASKED;
}

/* An address where it listens and that this host can reach, and the methods
 * that it should offer there. */
static bool
find_place(struct asked *a)
{
	struct sshd_settings conf;
	bool found = false;

	if (sshd_ask(a->sshd, "", NULL, a->out, &conf) != SSHD_ASK_DONE)
		return false;
	for (size_t i = 0;
	     !found && i < PLACES && sshd_place_read(&a->place, i, a->out) == 0;
	     i++)
		found = sshd_place_is_ours(&a->place);
	if (!found)
		(void)snprintf(a->out, SSHD_ASK_OUT,
		    "sshd listens at no address of this host");
	if (!found ||
	    sshd_ask(a->sshd, HELPER_USER, &a->place, a->out, &conf) !=
		SSHD_ASK_DONE)
		return false;
	sshd_offer_wanted(a->wanted, &conf);
	return true;
}

static enum sshd_offered
ask_once(const struct asked *a, char cause[SSHD_OFFERED_CAUSE])
{
	char text[SSHD_ASK_OFFER], offered[SSHD_METHODS_MAX];

	if (!sshd_ask_offer(&a->place, a->as->pw_uid, a->as->pw_gid, text))
		return unasked(cause, "there is no /usr/bin/ssh to ask by");
	if (a->by_socket && strstr(text, REFUSED) != NULL)
		return unheard(a, cause);
	if (sshd_offer_read(offered, text) != 0)
		(void)snprintf(cause, SSHD_OFFERED_CAUSE,
		    "sshd at %s port %u does not say what it offers: %.*s",
		    a->place.address, a->place.port, (int)strcspn(text, "\r\n"),
		    text);
	else if (sshd_offer_same(offered, a->wanted))
		return SSHD_OFFERED_SAME;
	else
		(void)snprintf(cause, SSHD_OFFERED_CAUSE,
		    "sshd at %s port %u offers %s, not %s: it has not taken "
		    "the new settings; look at its log, and at the options of "
		    "its command line",
		    a->place.address, a->place.port,
		    offered[0] != '\0' ? offered : "nothing", a->wanted);
	return SSHD_OFFERED_OTHER;
}

/* It may take a moment to read its settings. */
static enum sshd_offered
ask(const struct asked *a, char cause[SSHD_OFFERED_CAUSE])
{
	const struct timespec second = { .tv_sec = 1 };
	enum sshd_offered result = SSHD_OFFERED_OTHER;

	for (unsigned i = 0; i < TIMES && result == SSHD_OFFERED_OTHER; i++) {
		(void)nanosleep(&second, NULL);
		result = ask_once(a, cause);
	}
	return result;
}

enum sshd_offered
sshd_offered(bool by_socket, char cause[SSHD_OFFERED_CAUSE])
{
	struct asked a = { .sshd = sshd_ask_path(), .by_socket = by_socket };
	enum sshd_offered result;
	char why[HELPER_ACCOUNT_CAUSE_MAX];

	a.as = helper_account_find(why);
	if (a.as == NULL)
		return unasked(cause, why);
	a.out = calloc(1, SSHD_ASK_OUT);
	if (a.sshd == NULL || a.out == NULL)
		result = unasked(cause, "there is no sshd, or no memory");
	else if (!find_place(&a))
		result = unasked(cause, a.out);
	else
		result = ask(&a, cause);
	free(a.out);
	return result;
}
