/* SPDX-License-Identifier: BSD-2-Clause */
/* Result of rules and record for an account, after the first factor. */
#include "twofactl/lockout/lockout.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define UNUSED_ADDRESS "192.0.2.1" /* RFC 5737 */

/* Errors in files are not reported here. */
static enum user_result
lockout_read_record(
    const struct settings *conf, const char *user, struct user_record *record)
{
	enum user_result found =
	    user_record_read(conf, user, 0, record, &settings_report_none);

	/* each person has a record, which decides about the code */
	if (found == USER_PEOPLE &&
	    user_people_read_enabled(conf, user, 0, &record->enabled,
		&settings_report_none) == USER_PEOPLE)
		found = USER_FOUND;
	return found;
}

static enum lockout_code
code_from_admission(const struct admission *plan)
{
	switch (plan->end) {
	case ADMISSION_DENY:
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

struct address_check {
	const struct settings *conf;
	const struct host_accounts *hosts;
	const struct host_account *account;
	struct rule_facts facts;
	enum user_result found;
	const struct user_record *record;
};

/* Returns the facts about groups that rules.h requires, or NULL if no reached
 * rule names a group or there is no memory. The caller frees them. */
static struct group_fact *
find_group_facts(struct address_check *a)
{
	struct group_fact *fact = NULL;
	size_t most = 0;

	a->facts.groups = 0;
	if (policy_needs_groups(a->conf, &a->facts)) {
		for (size_t r = 0; r < a->conf->rule_count; r++)
			most += a->conf->rule[r].groups.count;
		fact = most > 0 ? calloc(most, sizeof(*fact)) : NULL;
	}
	for (size_t r = 0; fact != NULL && r < a->conf->rule_count; r++) {
		const struct text_list *names = &a->conf->rule[r].groups;

		for (size_t i = 0; i < names->count; i++)
			fact[a->facts.groups++] =
			    (struct group_fact){ .name = names->item[i],
				    .membership = host_accounts_membership(
					a->hosts, a->account, names->item[i]) };
	}
	a->facts.group = fact;
	return fact;
}

static enum lockout_code
code_from_address(struct address_check *a, const char *address)
{
	struct group_fact *groups;
	struct admission plan;
	struct decision d;

	a->facts.address = address;
	groups = find_group_facts(a);
	d = policy_decide(a->conf, &a->facts);
	plan = admission_record(a->conf, &a->facts, &d, a->found, a->record);
	free(groups);
	return code_from_admission(&plan);
}

static enum lockout_code
best_code(struct address_check *a)
{
	enum lockout_code best = code_from_address(a, UNUSED_ADDRESS);
	char address[INET6_ADDRSTRLEN];

	for (size_t r = 0; r < a->conf->rule_count; r++) {
		const struct network_list *from = &a->conf->rule[r].from;

		for (size_t i = 0; i < from->count; i++) {
			enum lockout_code here;

			if (inet_ntop(from->item[i].family, from->item[i].addr,
				address, sizeof(address)) == NULL)
				continue;
			here = code_from_address(a, address);
			if (here > best)
				best = here;
		}
	}
	a->facts.address = UNUSED_ADDRESS;
	return best;
}

enum lockout_code
lockout_code(const struct settings *conf, const char *service,
    const struct host_accounts *hosts, const struct host_account *account,
    bool ask)
{
	struct user_record record = { .enabled = false };
	struct address_check a = { .conf = conf,
		.hosts = hosts,
		.account = account,
		.record = &record,
		.facts = { .user = account->name,
		    .service = service,
		    .first_factor = true,
		    .real_root = true,
		    .today = admission_today(conf) } };
	enum lockout_code code;

	if (!user_name_is_valid(account->name))
		return LOCKOUT_CODE_NO_RECORD;
	a.found = ask ? lockout_read_record(conf, account->name, &record)
		      : USER_ABSENT;
	code = best_code(&a);
	user_record_wipe(&record);
	return !ask && code == LOCKOUT_CODE_NO_RECORD ? LOCKOUT_CODE_UNSEEN
						      : code;
}
