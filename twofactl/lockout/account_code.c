/* SPDX-License-Identifier: BSD-2-Clause */
/* What rules and record mean for an account, by the functions that a login
 * uses. */
#include "twofactl/lockout/account_code.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"

#define NOBODYS "192.0.2.1" /* RFC 5737 */

/* Problems of files were reported before. */
static enum user_result
read_record(
    const struct settings *conf, const char *user, struct user_record *record)
{
	enum user_result found =
	    user_record_read(conf, user, 0, record, &settings_report_none);

	/* each person has a record and is asked by that */
	if (found == USER_PEOPLE &&
	    user_people_enabled(conf, user, 0, &record->enabled,
		&settings_report_none) == USER_PEOPLE)
		found = USER_FOUND;
	return found;
}

/* Not a rule that denies: the record cannot be read, or the state not asked. */
static bool
is_broken(enum reason reason)
{
	return reason == REASON_USER_FILE || reason == REASON_STATE ||
	    reason == REASON_STORE_OUTAGE;
}

static enum account_code
code_of(const struct admission *plan)
{
	switch (plan->end) {
	case PLAN_DENY:
		return is_broken(plan->reason) ? CODE_BROKEN : CODE_MEANT;
	case PLAN_DECOY:
	case PLAN_TELL:
		return CODE_NO_RECORD;
	case PLAN_SKIP:
	case PLAN_OBSERVE:
	case PLAN_UNENROLLED:
		return CODE_FREE;
	case PLAN_ON:
		break;
	}
	return CODE_ASKED;
}

struct asked {
	const struct settings *conf;
	const struct host_accounts *hosts;
	const struct host_account *account;
	struct policy_facts facts;
	enum user_result found;
	const struct user_record *record;
};

/* As lib/rules/rules.h has them for a login, which asks each source. NULL:
 * no rule that is reached names a group, or no memory. */
static struct group_fact *
find_groups(struct asked *a)
{
	struct group_fact *fact = NULL;
	size_t most = 0;

	a->facts.groups = 0;
	if (policy_asks_groups(a->conf, &a->facts)) {
		for (size_t r = 0; r < a->conf->rule_count; r++)
			most += a->conf->rule[r].groups.count;
		fact = most > 0 ? calloc(most, sizeof(*fact)) : NULL;
	}
	for (size_t r = 0; fact != NULL && r < a->conf->rule_count; r++) {
		const struct text_list *names = &a->conf->rule[r].groups;

		for (size_t i = 0; i < names->count; i++)
			fact[a->facts.groups++] =
			    (struct group_fact){ .name = names->item[i],
				    .membership = host_accounts_in(
					a->hosts, a->account, names->item[i]) };
	}
	a->facts.group = fact;
	return fact;
}

static enum account_code
ask_from(struct asked *a, const char *address)
{
	struct group_fact *groups;
	struct admission plan;
	struct decision d;

	a->facts.address = address;
	groups = find_groups(a);
	d = policy_decide(a->conf, &a->facts);
	plan = admission_record(a->conf, &a->facts, &d, a->found, a->record);
	free(groups);
	return code_of(&plan);
}

static enum account_code
ask_everywhere(struct asked *a)
{
	enum account_code best = ask_from(a, NOBODYS);
	char address[INET6_ADDRSTRLEN];

	for (size_t r = 0; r < a->conf->rule_count; r++) {
		const struct network_list *from = &a->conf->rule[r].from;

		for (size_t i = 0; i < from->count; i++) {
			enum account_code here;

			if (inet_ntop(from->item[i].family, from->item[i].addr,
				address, sizeof(address)) == NULL)
				continue;
			here = ask_from(a, address);
			if (here > best)
				best = here;
		}
	}
	a->facts.address = NOBODYS;
	return best;
}

enum account_code
account_code(const struct settings *conf, const char *service,
    const struct host_accounts *hosts, const struct host_account *account,
    bool ask)
{
	struct user_record record = { .enabled = false };
	struct asked a = { .conf = conf,
		.hosts = hosts,
		.account = account,
		.record = &record,
		.facts = { .user = account->name,
		    .service = service,
		    .first_factor = true,
		    .real_root = true } };
	enum account_code code;

	if (!user_name_valid(account->name))
		return CODE_NO_RECORD;
	a.found = ask ? read_record(conf, account->name, &record) : USER_ABSENT;
	code = ask_everywhere(&a);
	user_record_wipe(&record);
	return !ask && code == CODE_NO_RECORD ? CODE_UNSEEN : code;
}
