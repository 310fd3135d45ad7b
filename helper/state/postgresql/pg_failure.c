/* SPDX-License-Identifier: BSD-2-Clause */
/* From PostgreSQL's Appendix A, and from what libpq says of TLS. */
#include "helper/state/postgresql/pg_failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The first that fits; two letters are a class of states. */
static const struct {
	const char *state;
	enum pg_failure entering, asked;
} states[] = {
	{ "08", PG_OUT_OF_REACH, PG_UNKNOWN },
	{ "25006", PG_OUT_OF_REACH, PG_OUT_OF_REACH }, /* read-only */
	{ "57014", PG_BUSY, PG_BUSY },                 /* statement_timeout */
	{ "57P01", PG_OUT_OF_REACH, PG_UNKNOWN },      /* shutting down */
	{ "57P02", PG_OUT_OF_REACH, PG_UNKNOWN },      /* crashed */
	{ "57P03", PG_OUT_OF_REACH, PG_UNKNOWN },      /* starting up */
	{ "40001", PG_BUSY, PG_BUSY },                 /* serialization */
	{ "40P01", PG_BUSY, PG_BUSY },                 /* deadlock */
	{ "53", PG_BUSY, PG_BUSY },         /* connections, memory, disk */
	{ "55P03", PG_BUSY, PG_BUSY },      /* lock_timeout */
	{ "0P", PG_SETTINGS, PG_SETTINGS }, /* no such role */
	{ "28", PG_SETTINGS, PG_SETTINGS }, /* password, certificate, hba */
	{ "3D", PG_SETTINGS, PG_SETTINGS }, /* no such database */
	{ "3F", PG_SETTINGS, PG_SETTINGS }, /* no such schema */
	{ "42", PG_SETTINGS, PG_SETTINGS }, /* no right, no such function */
	{ "55", PG_SETTINGS, PG_UNKNOWN },  /* the database takes no logins */
};

static bool
tells_of_certificate(const char *text)
{
	return strstr(text, "certificate") != NULL ||
	    strstr(text, "private key") != NULL ||
	    strstr(text, "does not support SSL") != NULL;
}

/* What this machine is short of is not the server's absence: any user can take
 * all local ports. A host without IPv6 has no address for ::1. */
static bool
tells_of_shortage(const char *text)
{
	static const char *const shortages[] = { "Too many open files",
		"Cannot allocate memory", "out of memory",
		"No buffer space available", "Address already in use",
		"Resource temporarily unavailable" };

	for (size_t i = 0; i < sizeof(shortages) / sizeof(*shortages); i++)
		if (strstr(text, shortages[i]) != NULL)
			return true;
	return strstr(text, "Cannot assign requested address") != NULL &&
	    strstr(text, "(::1)") == NULL;
}

enum pg_failure
pg_failure_of(enum pg_stage stage, const char *state, const char *text)
{
	if (stage == PG_TLS && tells_of_certificate(text))
		return PG_SETTINGS;
	/* a pooler or another server: somebody has to change it */
	if (stage != PG_ASKED && strstr(text, "channel binding") != NULL)
		return PG_SETTINGS;
	if (state[0] == '\0' && stage != PG_ASKED)
		return tells_of_shortage(text) ? PG_BUSY : PG_OUT_OF_REACH;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (strncmp(states[i].state, state, strlen(states[i].state)) ==
		    0)
			return stage == PG_ASKED ? states[i].asked
						 : states[i].entering;
	return PG_UNKNOWN;
}

void
pg_failure_state(const char *text, char state[PG_STATE_LEN + 1])
{
	static const char of[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *at = text;

	state[0] = '\0';
	while ((at = strstr(at, ":  ")) != NULL) {
		at += strlen(":  ");
		if (strspn(at, of) != PG_STATE_LEN || at[PG_STATE_LEN] != ':')
			continue;
		memcpy(state, at, PG_STATE_LEN);
		state[PG_STATE_LEN] = '\0';
		return;
	}
}
