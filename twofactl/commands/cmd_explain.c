/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl explain */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/enrol/enrol.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/link/link.h"
#include "twofactl/link/made_up_login.h"
#include "twofactl/records/records.h"
#include "twofactl/report/explanation.h"
#include "twofactl/report/status_records.h"

#define DEADLINE_MS 30000 /* no person is asked anything */

static int
take_ask(struct explain_state *s, const struct record *r)
{
	const size_t cap = sizeof(s->ask);

	s->decided = true;
	s->wait_s = r->number[7];
	s->age_s = r->number[8];
	return record_copy(r, 1, s->ask, cap) != 0 ||
		record_copy(r, 2, s->method, cap) != 0 ||
		record_copy(r, 3, s->provider, cap) != 0 ||
		record_copy(r, 4, s->why, cap) != 0 ||
		record_copy(r, 5, s->limit, cap) != 0 ||
		record_copy(r, 6, s->outage, cap) != 0
	    ? -1
	    : 0;
}

static int
take_plan(struct explain_state *s, const struct record *r)
{
	const size_t cap = sizeof(s->end);

	return record_copy(r, 1, s->end, cap) != 0 ||
		record_copy(r, 2, s->reason, cap) != 0 ||
		record_copy(r, 3, s->would, cap) != 0
	    ? -1
	    : 0;
}

static int
take_limit(struct explain_state *s, const struct record *r)
{
	struct explain_limit *l = &s->used[s->limits];

	if (s->limits == EXPLAIN_LIMITS)
		return -1;
	s->limits++;
	l->used = r->number[2];
	l->most = r->number[3];
	return record_copy(r, 1, l->name, sizeof(l->name));
}

static int
take_other(struct explain_state *s, const struct record *r)
{
	struct explain_source *o = &s->other[s->others];

	if (s->others == EXPLAIN_SOURCES)
		return 0;
	s->others++;
	o->wrong = r->number[3];
	o->locked_s = r->number[4];
	return record_copy(r, 2, o->name, sizeof(o->name));
}

/* The state's name for the user who is asked. */
static const char *
asked(const struct explanation *e)
{
	if (e->asked[0] != '\0')
		return e->asked;
	return e->who.user[0] != '\0' ? e->who.user : e->ctl->kept;
}

/* A source that is another one on each host has its host before it. */
static bool
is_here(const struct explanation *e, const char *source)
{
	const size_t host = status_source_host(source);

	if (host == 0)
		return strcmp(source, e->source) == 0;
	return strncmp(source, e->state.store.host, host) == 0 &&
	    e->state.store.host[host] == '\0' &&
	    strcmp(source + host + 1, e->source) == 0;
}

/* Take others' counts too: those under the other names of an account or
 * user. */
static int
take_counts(struct explanation *e, const struct record *r)
{
	if (e->ctl->person != NULL && r->kind == ADMIN_USER &&
	    strcmp(r->text[1], e->ctl->name) == 0)
		memcpy(
		    e->state.account, r->number + 2, sizeof(e->state.account));
	if (strcmp(r->text[1], asked(e)) != 0)
		return 0;
	if (r->kind == ADMIN_USER)
		memcpy(e->state.user, r->number + 2, sizeof(e->state.user));
	else if (is_here(e, r->text[2]))
		memcpy(e->state.source, r->number + 3,
		    2 * sizeof(e->state.source[0]));
	else
		return take_other(&e->state, r);
	return 0;
}

static int
take(void *ctx, const struct record *r)
{
	struct explanation *e = ctx;

	if (r->kind == ADMIN_PLAN)
		return take_plan(&e->state, r);
	if (r->kind == ADMIN_ASK)
		return take_ask(&e->state, r);
	if (r->kind == ADMIN_LIMIT)
		return take_limit(&e->state, r);
	if (r->kind == ADMIN_STORE)
		return status_records_store(&e->state.store, r);
	if (r->kind == ADMIN_PASSED)
		return status_records_provider(
		    e->state.passed, &e->state.providers, r);
	return r->kind == ADMIN_USER || r->kind == ADMIN_SOURCE
	    ? take_counts(e, r)
	    : -1;
}

/* The record that a login would use: the caller's if su asks its caller. */
static void
read_record(struct explanation *e)
{
	const struct passwd *pw = NULL;

	if ((e->decision.action == ACTION_REQUIRE ||
		e->decision.action == ACTION_OBSERVE) &&
	    policy_asks_caller(&e->decision, &e->facts))
		pw = getpwuid((uid_t)e->login->real_uid);
	if (pw != NULL) {
		snprintf(e->asked, sizeof(e->asked), "%.*s", USER_NAME_MAX,
		    pw->pw_name);
		e->found = user_record_read(
		    e->conf, e->asked, 0, &e->record, &complain_report);
		return;
	}
	e->found = command_person_record(e->ctl, e->conf, &e->who, &e->record);
	e->by_key = strcmp(e->login->service, "sshd") == 0 &&
	    (e->who.key[0] != '\0' || e->who.ca[0] != '\0');
}

/* Read rules and record as a login does. 0, or -1 after complaining. */
static int
read_rules(struct explanation *e)
{
	e->account_known =
	    accounts_find(e->ctl->name, &e->account) == ACCOUNT_FOUND;
	admission_login(
	    e->login, e->ctl->name, e->address, e->source, &e->facts);
	if (!e->account_known)
		return 0;
	e->each = calloc(e->conf->rule_count + 1, sizeof(*e->each));
	if (e->each == NULL) {
		complain("%s", strerror(errno));
		return -1;
	}
	(void)accounts_groups(e->conf, &e->account, &e->facts);
	e->decision = policy_explain(e->conf, &e->facts, e->each);
	if (admission_reads_record(&e->decision, &e->facts))
		read_record(e);
	return 0;
}

static enum ctl_exit
answer(struct explanation *e)
{
	const struct helper_request call = {
		.facts = e->login, .ctx = e, .record = take
	};
	enum ctl_exit status = helper_request(e->ctl, &call);

	if (status == CTL_DONE && e->ctl->json)
		explainjson_print(e);
	else if (status == CTL_DONE)
		explaintext_print(e);
	return status == CTL_DONE && explanation_denies(e) ? CTL_NO : status;
}

/* A made-up field of this kind: one code stands for all of its shape. */
static enum ctl_exit
take_field(const char *kind, struct facts *login)
{
	static const struct {
		const char *kind, *part;
	} kinds[] = {
		{ "code", "000000" },
		{ "recovery", "AAAA-AAAA-AAAA-AAAA" },
		{ "sms", "sms" },
		{ "call", "call" },
		{ "push", "push" },
		{ "none", "" },
	};

	login->conversation = false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			login->one_field = kinds[i].part;
	if (login->one_field != NULL)
		return CTL_DONE;
	complain("--field %.20s: allowed is code, recovery, sms, call, push or "
		 "none",
	    kind);
	return CTL_USAGE;
}

/* Find the person by the key that sshd would show, or by name. su may ask its
 * caller instead. */
static enum ctl_exit
find_person(
    struct ctl *ctl, const struct settings *conf, const struct facts *login)
{
	struct ssh_identity id;

	if (ctl->key == NULL)
		return command_person_find(ctl, conf,
		    COMMAND_ENTRY | (login->real_uid != 0 ? COMMAND_WHOLE : 0));
	if (ctl->person != NULL || strcmp(login->service, "sshd") != 0) {
		complain(ctl->person != NULL
			? "--key and --person: give one of them"
			: "--key: sshd alone shows keys");
		return CTL_USAGE;
	}
	if (typed_key_read(&id, "--key", ctl->key) != 0)
		return CTL_USAGE;
	return command_person_by_key(ctl, conf, &id);
}

static enum ctl_exit
explain(struct ctl *ctl, const struct settings *conf, const struct facts *login)
{
	static struct explanation e;
	enum ctl_exit status = find_person(ctl, conf, login);

	if (status != CTL_DONE)
		return status;
	e = (struct explanation){ .ctl = ctl, .conf = conf, .login = login };
	if (read_rules(&e) != 0)
		status = CTL_FAILED;
	else if (e.found == USER_PEOPLE && e.decision.action == ACTION_REQUIRE)
		status = command_person_find(ctl, conf, COMMAND_ENTRY);
	if (status == CTL_DONE)
		status = answer(&e);
	user_record_wipe(&e.record);
	free((void *)e.facts.group);
	free(e.each);
	return status;
}

enum ctl_exit
cmd_explain(struct ctl *ctl)
{
	enum ctl_exit status = command_user_find(ctl, false);
	struct facts login = helper_link_facts(ctl, PURPOSE_EXPLAIN);
	struct settings *conf;

	if (status == CTL_DONE)
		status = made_up_login(
		    ctl, ctl->operand[1], ctl->operand[2], &login);
	if (status == CTL_DONE && ctl->field != NULL)
		status = take_field(ctl->field, &login);
	if (status != CTL_DONE)
		return status;
	login.deadline_ms = DEADLINE_MS;
	conf = settings_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	state_records_use(ctl, conf);
	status = explain(ctl, conf, &login);
	settings_free(conf);
	return status;
}
