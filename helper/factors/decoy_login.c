/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A made-up login: the factors of a made-up record, which has the shape that
 * most users of the host have. No record is read, and in a state nothing done.
 */
#include "helper/factors/decoy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/dialogue/dialogue.h"
#include "helper/factors/factors.h"
#include "helper/factors/one_field_login.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

#define HOST_MAX 65 /* Linux HOST_NAME_MAX, and its NUL */
#define DOMAIN "example.com"

/* Mostly that of the host's own people. */
static void
made_up_address(const struct decoy *d, char *out, size_t cap)
{
	const size_t len = strlen(d->phone);
	const int pair = (d->phone[len - 2] - '0') * 10 + d->phone[len - 1];
	char host[HOST_MAX] = "";
	const char *dot;

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	dot = strchr(host, '.');
	snprintf(out, cap, "%c.@%s", 'a' + (pair - '0') % 26,
	    dot != NULL && dot[1] != '\0' ? dot + 1 : DOMAIN);
}

/* A number and an address of the name's own, the same each time. */
static void
fill_in(const struct decoy *d, struct user_record *r)
{
	if (r->phone[0] != '\0')
		snprintf(r->phone, sizeof(r->phone), "%s", d->phone);
	if (r->email[0] != '\0')
		made_up_address(d, r->email, sizeof(r->email));
}

/* Which provider would be asked for a code, and by which methods. While the
 * shape of users is not known, there is a prompt all the same. */
static void
disguise(
    struct decoy *d, const struct user_record *r, unsigned allowed, bool known)
{
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];
	const struct settings *conf = d->login->env->conf;

	if (reach_order(conf, r, allowed, order) > 0)
		decoy_disguise(
		    d, r, order[0], reach_methods(conf, r, allowed, order[0]));
	else
		d->unreachable = known;
}

struct made_up {
	struct login login;
	struct factors factors;
	struct decoy decoy;
	struct user_record record;
	struct decision decision;
};

/* 0, or -1 after a log line. */
static int
prepare(struct made_up *m, struct challenge *c)
{
	struct factors *f = &m->factors;
	char shape[SHAPE_MAX];
	const bool known =
	    record_shape_read(m->login.env->conf->state_dir, shape) == 0;
	bool recovery = false;
	struct challenge phone;

	(void)record_shape_made_up(shape, &m->record, &recovery);
	if (decoy_init(&m->decoy, &m->login, &phone) != 0)
		return -1;
	fill_in(&m->decoy, &m->record);
	/* hardly anybody has a break-glass code */
	factors_made_up(f, recovery && !m->login.offline, c);
	/* records in the state cannot be read, so no user has an app */
	if (m->login.offline && m->login.env->conf->users_state)
		f->use_totp = false;
	f->phone = phone;
	disguise(&m->decoy, &m->record, m->decision.methods, known);
	m->decoy.twin = &f->verify;
	/* as decoy_init says, and for all prompts */
	c->standin = phone.standin;
	/* without a shape, whatever the rule: by the phone */
	f->use_phone = f->use_phone || (!known && !m->login.offline);
	/* the reason in the log tells the admin; the prompts tell the person
	 * nothing */
	if (f->use_phone)
		memcpy(m->login.result->number, m->decoy.number,
		    sizeof(m->decoy.number));
	return 0;
}

static void
run(struct made_up *m)
{
	struct challenge challenge;

	if (prepare(m, &challenge) != 0) {
		m->login.result->reason = REASON_NONE;
		login_deny(&m->login, VERDICT_DENY, REASON_STATE);
	} else if (m->login.env->facts->one_field != NULL) {
		one_field_login(&m->factors, &challenge);
	} else {
		dialogue_run(&m->login, &challenge);
	}
}

void
decoy_login(const struct login *of, const struct decision *decision)
{
	struct made_up *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		log_mend("out of memory: free some");
		login_deny(of, VERDICT_DENY, REASON_STATE);
		return;
	}
	m->decision = *decision;
	m->login = (struct login){ .env = of->env,
		.user = of->env->facts->user,
		.record = &m->record,
		.decision = &m->decision,
		.source = "",
		.seems = of->seems,
		.offline = of->offline,
		.result = of->result };
	m->factors.login = &m->login;
	run(m);
	free(m);
}
