/* SPDX-License-Identifier: BSD-2-Clause */
/* Users who cannot log in by sshd, although it looks as if they could. */
#include "twofactl/doctor/doctor_sshd.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/lockout/lockout_table.h"
#include "twofactl/terminal/shell_word.h"

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

static void
tell(struct doctor *d, const struct lockout_table *t)
{
	char names[NAMES_MAX];

	for (enum lockout how = LOCKOUT_METHODS; lockout_is(how); how++)
		if (name_them(t, how, names) > 0)
			doctor_problem(d, "lockout",
			    "%s cannot log in by ssh: %s; %s", names,
			    lockout_cause(how), lockout_remedy(how));
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
	tell(s->doctor, &table);
	lockout_table_free(&table);
}
