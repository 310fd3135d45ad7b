/* SPDX-License-Identifier: BSD-2-Clause */
/* Result of rules, record and state for an account, after the first factor. */
#include "twofactl/lockout/lockout.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define UNUSED_ADDRESS "192.0.2.1" /* RFC 5737 */

int
lockout_record_compare(const void *a, const void *b)
{
	const struct lockout_record *x = a, *y = b;

	return strcmp(x->user, y->user);
}

/* Errors in files are not reported here. */
static enum user_result
read_record(const struct lockout_source *source, bool then, const char *user,
    struct user_record *record)
{
	const struct lockout_record key = { user, NULL }, *new = NULL;
	enum user_result found = USER_ABSENT;

	if (then && source->changes > 0)
		new = bsearch(&key, source->changed, source->changes,
		    sizeof(key), lockout_record_compare);
	/* each person has a record, which decides about the code */
	if (new == NULL || new->text != NULL)
		found = user_record_observe(source->conf, user,
		    new != NULL ? new->text : NULL, record, NULL);
	return found;
}

static enum lockout
code_from_admission(const struct admission *plan)
{
	switch (plan->end) {
	case ADMISSION_DENY:
		if (plan->reason == REASON_NO_METHOD)
			return LOCKOUT_FACTOR;
		/* on purpose, unless the record or the state is unreadable */
		return plan->reason == REASON_USER_FILE ||
			plan->reason == REASON_STATE ||
			plan->reason == REASON_STORE_OUTAGE
		    ? LOCKOUT_FILE
		    : LOCKOUT_MEANT;
	case ADMISSION_DECOY:
	case ADMISSION_TELL:
		return LOCKOUT_RECORD;
	case ADMISSION_ENROL:
		return LOCKOUT_ENROL;
	case ADMISSION_SKIP:
	case ADMISSION_OBSERVE:
	case ADMISSION_UNENROLLED:
		return LOCKOUT_IN;
	case ADMISSION_ON:
		break;
	}
	return LOCKOUT_ASKED;
}

/* One account under some settings. */
struct code_check {
	const struct settings *conf;
	struct rule_facts facts;
	struct denial_login login;
	char address[INET6_ADDRSTRLEN]; /* facts.address points to it */
};

static enum lockout
from_address(struct code_check *a, const char *address, struct admission *plan)
{
	enum lockout code;

	a->facts.address = address;
	*plan = denial_find(a->conf, &a->login);
	code = code_from_admission(plan);
	return code == LOCKOUT_FACTOR &&
		(policy_decide(a->conf, &a->facts).methods & ~METHODS_TYPED) ==
		    0
	    ? LOCKOUT_TYPED
	    : code;
}

static enum lockout
best_code(struct code_check *a, struct admission *plan)
{
	enum lockout best = from_address(a, UNUSED_ADDRESS, plan), code;
	struct admission here;

	for (size_t r = 0; r < a->conf->rule_count; r++) {
		const struct network_list *from = &a->conf->rule[r].from;

		for (size_t i = 0; i < from->count; i++) {
			if (inet_ntop(from->item[i].family, from->item[i].addr,
				a->address, sizeof(a->address)) == NULL)
				continue;
			code = from_address(a, a->address, &here);
			if (code != LOCKOUT_MEANT &&
			    (best == LOCKOUT_MEANT || code > best)) {
				best = code;
				*plan = here;
			}
		}
	}
	return best;
}

enum lockout
lockout_code(const struct lockout_source *source, bool then,
    const struct host_accounts *hosts, const struct host_account *account,
    bool ask, struct admission *plan)
{
	const char *name = account->name;
	struct user_record record = { .enabled = false };
	struct code_check a = { .conf = then && source->then != NULL
		    ? source->then
		    : source->conf,
		.login = { .facts = &a.facts, .record = &record },
		.facts = { .user = name,
		    .service = source->service,
		    .first_factor = true,
		    .real_root = true,
		    .week_minute = source->week_minute } };
	struct group_fact *groups;
	enum lockout code;
	bool recorded;

	*plan = (struct admission){ .reason = REASON_USER_NAME };
	if (!user_name_is_valid(name))
		return LOCKOUT_RECORD;
	groups =
	    host_accounts_group_facts(hosts, account, a.conf, &a.facts.groups);
	a.facts.group = groups;
	a.facts.today = admission_today(a.conf);
	a.login.found = USER_ABSENT;
	user_account_set(a.conf, name, account->uid);
	if (ask)
		a.login.found = read_record(source, then, name, &record);
	if (source->state != NULL)
		a.login.state = source->state(source->state_ctx, name);
	code = best_code(&a, plan);
	free(groups);
	user_record_wipe(&record);
	recorded = code != LOCKOUT_RECORD && code != LOCKOUT_ENROL;
	if (!recorded && ask && source->conf->account != NULL &&
	    source->conf->account->owner == USER_LEFT)
		return LOCKOUT_MEANT;
	if (ask || recorded)
		return code;
	plan->end = ADMISSION_ON;
	return LOCKOUT_UNSEEN;
}
