/* SPDX-License-Identifier: BSD-2-Clause */
/* Users who cannot log in by sshd, although it looks as if they could. */
#include "twofactl/doctor/doctor_sshd.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/fleet/fleet.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/terminal/terminal.h"

#define NAMES_TOLD 10
#define NAMES_MAX 1024

static int
ask(void *ctx, const char *user, struct sshd_settings *sshd,
    struct sshd_access *access)
{
	const struct doctor_sshd *s = ctx;

	if (user[0] == '\0') {
		*sshd = s->general;
		*access = s->access;
		return 0;
	}
	if (doctor_sshd_ask(s, user, NULL, sshd) != 0)
		return -1;
	sshd_access_read(access, s->out);
	return 0;
}

/* "alice, bob and 3 more"; 0: none. */
static size_t
name_them(
    const struct lockout_table *t, enum lockout how, char names[NAMES_MAX])
{
	size_t used = 0, found = 0;

	names[0] = '\0';
	for (size_t i = 0; i < t->count; i++) {
		int n;

		if (t->row[i].how != how || found++ >= NAMES_TOLD)
			continue;
		n = snprintf(names + used, NAMES_MAX - used, "%s%s",
		    found > 1 ? ", " : "", shell_word(t->row[i].name));
		if (n > 0 && (size_t)n < NAMES_MAX - used)
			used += (size_t)n;
	}
	if (found > NAMES_TOLD)
		snprintf(names + used, NAMES_MAX - used, " and %zu more",
		    found - NAMES_TOLD);
	return found;
}

/* Those who pass the first factor, and then are denied or not. */
static size_t
count_able(const struct lockout_table *t)
{
	size_t able = 0;

	for (size_t i = 0; i < t->count; i++)
		able += t->row[i].how == LOCKOUT_IN ||
		    t->row[i].how == LOCKOUT_UNSEEN ||
		    t->row[i].how == LOCKOUT_RECORD;
	return able;
}

/* What a change of sshd's methods and stack together remedies is enable's. */
static const char *
remedy(
    const struct doctor_sshd *s, enum lockout how, char out[DOCTOR_SSHD_TEXT])
{
	const bool enables = how == LOCKOUT_METHODS || how == LOCKOUT_ANSWER ||
	    how == LOCKOUT_ROOT ||
	    (how == LOCKOUT_PASSWORD && !s->doctor->sshd_stack.key_is_enough);
	char asking[SSHD_SETTINGS_METHODS], text[DOCTOR_SSHD_TEXT];

	if (!enables || !doctor_sshd_enables())
		return lockout_remedy(how);
	sshd_settings_asking(&s->general, asking);
	snprintf(
	    text, sizeof(text), "; set AuthenticationMethods %.700s", asking);
	doctor_sshd_remedy(s, NULL, text, out);
	return out + strlen("; ");
}

static void
tell(const struct doctor_sshd *s, const struct lockout_table *t)
{
	struct doctor *d = s->doctor;
	char names[NAMES_MAX], text[DOCTOR_SSHD_TEXT];
	size_t found;

	for (enum lockout how = LOCKOUT_METHODS; lockout_is(how); how++) {
		found = name_them(t, how, names);
		if (found > 0 && how == LOCKOUT_RECORD)
			doctor_problem(d, "lockout",
			    "%zu of %zu accounts that can log in by sshd are "
			    "not enrolled, and such logins are denied: %s; %s",
			    found, count_able(t), names, lockout_remedy(how));
		else if (found > 0)
			doctor_problem(d, "lockout",
			    "%s cannot log in by ssh: %s; %s", names,
			    lockout_cause(how), remedy(s, how, text));
	}
	found = name_them(t, LOCKOUT_UNSEEN, names);
	if (found > 0)
		doctor_note(d, "lockout",
		    "not looked up in the state, since each counts as read by "
		    "this host: %s; see on the administrator's machine: "
		    "twofactl list",
		    names);
	if (t->left > 0)
		doctor_note(d, "lockout",
		    "%zu accounts were not checked, because that takes too "
		    "long",
		    t->left);
}

void
doctor_lockout(struct doctor_sshd *s)
{
	const struct lockout_source source = { .service = "sshd",
		.conf = s->doctor->conf,
		.stack = &s->doctor->sshd_stack,
		.match = s->match,
		.by_user = s->by_user,
		.one_by_one = s->doctor->conf != NULL &&
		    state_records_one_by_one(s->doctor->conf),
		.ctx = s,
		.sshd = ask };
	struct lockout_table table;

	if (s->doctor->conf == NULL || !s->doctor->sshd_judged)
		return;
	if (lockout_table_make(&table, &source) != 0) {
		doctor_note(s->doctor, "lockout",
		    "this host's accounts cannot be looked at; see: getent "
		    "passwd, getent group sudo");
		return;
	}
	tell(s, &table);
	lockout_table_free(&table);
}
