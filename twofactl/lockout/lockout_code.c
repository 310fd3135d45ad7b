/* SPDX-License-Identifier: BSD-2-Clause */
/* Result of rules, record and state for an account, after the first factor. */
#include "twofactl/lockout/lockout.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define UNUSED_ADDRESS "192.0.2.1" /* RFC 5737 */

static enum lockout_code
code_from_admission(const struct admission *plan)
{
	switch (plan->end) {
	case ADMISSION_DENY:
		if (plan->reason == REASON_LOCKED)
			return LOCKOUT_CODE_LOCKED;
		if (plan->reason == REASON_NO_METHOD)
			return LOCKOUT_CODE_NO_FACTOR;
		/* on purpose, unless the record or the state is unreadable */
		return plan->reason == REASON_USER_FILE ||
			plan->reason == REASON_STATE ||
			plan->reason == REASON_STORE_OUTAGE
		    ? LOCKOUT_CODE_BROKEN
		    : LOCKOUT_CODE_MEANT;
	case ADMISSION_DECOY:
	case ADMISSION_TELL:
		return LOCKOUT_CODE_NO_RECORD;
	case ADMISSION_SKIP:
	case ADMISSION_OBSERVE:
	case ADMISSION_UNENROLLED:
		return LOCKOUT_CODE_FREE;
	case ADMISSION_ON:
		break;
	}
	return LOCKOUT_CODE_ASKED;
}

/* One account under some settings. */
struct code_check {
	const struct settings *conf;
	struct rule_facts facts;
	struct denial_login login;
};

/* Returns the facts about all groups that rules name, or NULL if there is none
 * or no memory. The caller frees them. */
static struct group_fact *
find_group_facts(const struct settings *conf, const struct host_accounts *hosts,
    const struct host_account *account, size_t *count)
{
	struct group_fact *fact = NULL;
	size_t most = 0;

	*count = 0;
	for (size_t r = 0; r < conf->rule_count; r++)
		most += conf->rule[r].groups.count;
	if (most > 0)
		fact = calloc(most, sizeof(*fact));
	for (size_t r = 0; fact != NULL && r < conf->rule_count; r++) {
		const struct text_list *names = &conf->rule[r].groups;

		for (size_t i = 0; i < names->count; i++)
			fact[(*count)++] =
			    (struct group_fact){ .name = names->item[i],
				    .membership = host_accounts_membership(
					hosts, account, names->item[i]) };
	}
	return fact;
}

static struct lockout_code_result
from_address(struct code_check *a, const char *address)
{
	struct lockout_code_result result;

	a->facts.address = address;
	result.plan = denial_find(a->conf, &a->login);
	result.code = code_from_admission(&result.plan);
	return result;
}

static struct lockout_code_result
best_code(struct code_check *a)
{
	struct lockout_code_result here, best = from_address(a, UNUSED_ADDRESS);
	char address[INET6_ADDRSTRLEN];

	for (size_t r = 0; r < a->conf->rule_count; r++) {
		const struct network_list *from = &a->conf->rule[r].from;

		for (size_t i = 0; i < from->count; i++) {
			if (inet_ntop(from->item[i].family, from->item[i].addr,
				address, sizeof(address)) == NULL)
				continue;
			here = from_address(a, address);
			if (here.code > best.code)
				best = here;
		}
	}
	return best;
}

static struct lockout_code_result
code_by(const struct settings *conf, const struct lockout_source *source,
    const struct host_accounts *hosts, const struct host_account *account,
    const struct denial_login *login)
{
	struct code_check a = { .conf = conf,
		.login = *login,
		.facts = { .user = account->name,
		    .service = source->service,
		    .first_factor = true,
		    .real_root = true,
		    .week_minute = source->week_minute,
		    .today = admission_today(conf) } };
	struct group_fact *groups =
	    find_group_facts(conf, hosts, account, &a.facts.groups);
	struct lockout_code_result best;

	a.facts.group = groups;
	a.login.facts = &a.facts;
	best = best_code(&a);
	free(groups);
	return best;
}

void
lockout_code(const struct lockout_source *source,
    const struct host_accounts *hosts, const struct host_account *account,
    bool ask, struct lockout_code_result result[2])
{
	const struct settings *conf = source->conf;
	struct user_record record = { .enabled = false };
	struct denial_login login = { .found = USER_ABSENT,
		.record = &record,
		.state = denial_states_find(source->state, account->name) };
	bool changed = source->then != NULL;

	result[0] = (struct lockout_code_result){ LOCKOUT_CODE_NO_RECORD,
		{ .end = ADMISSION_DECOY, .reason = REASON_USER_NAME } };
	result[1] = result[0];
	if (!user_name_is_valid(account->name))
		return;
	if (ask)
		login.found = denial_read_record(conf, account->name, &record);
	result[0] = code_by(conf, source, hosts, account, &login);
	if (source->record != NULL)
		changed |= source->record(
		    source->record_ctx, account->name, &login.found, &record);
	result[1] = changed
	    ? code_by(source->then != NULL ? source->then : conf, source, hosts,
		  account, &login)
	    : result[0];
	user_record_wipe(&record);
	for (int i = 0; i < 2 && !ask; i++)
		if (result[i].code == LOCKOUT_CODE_NO_RECORD)
			result[i].code = LOCKOUT_CODE_UNSEEN;
}
