/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a record is for the account that has its name now. */
#include "twofactl/records/records.h"

#include <search.h>
#include <stdlib.h>

#define LOOK_UPS_MAX 16 /* then one list: each look-up reads a whole file */

static void *listed; /* tree of struct account */

/* Of accounts of one name the first counts. Directories may not list all. */
static void
list_accounts(void)
{
	const struct passwd *pw;
	struct account *a, **kept;

	setpwent();
	while (
	    (pw = getpwent()) != NULL && (a = calloc(1, sizeof(*a))) != NULL) {
		a->uid = pw->pw_uid;
		a->gid = pw->pw_gid;
		PRINT_TO(a->name, "%.*s", USER_NAME_MAX, pw->pw_name);
		kept = strcmp(a->name, pw->pw_name) == 0
		    ? tsearch(a, &listed, name_list_compare)
		    : NULL;
		if (kept == NULL || *kept != a)
			free(a);
	}
	endpwent();
}

enum account_result
record_owner_account(const char *name, struct account *account)
{
	static unsigned look_ups;
	struct account *const *found;

	if (look_ups++ == LOOK_UPS_MAX)
		list_accounts();
	found = tfind(name, &listed, name_list_compare);
	if (found == NULL)
		return accounts_find(name, account);
	*account = **found;
	return ACCOUNT_FOUND;
}

enum user_owner
record_owner_find(const struct settings *conf, const char *user, uid_t owner,
    struct account *account)
{
	static struct settings own;
	static struct user_account of;
	struct user_record record;

	own = *conf;
	of = (struct user_account){ .owner = USER_OWN };
	own.account = &of;
	if (record_owner_account(user, account) == ACCOUNT_FOUND)
		user_account_set(&own, user, account->uid);
	else
		account->name[0] = '\0';
	(void)user_record_read(
	    &own, user, owner, &record, &settings_report_none);
	user_record_wipe(&record);
	return of.owner;
}

int
record_owner_add_uid(
    const char *user, char text[RECORD_FILE_TEXT_MAX], size_t *len)
{
	static char before[RECORD_FILE_TEXT_MAX];
	struct account account;
	char number[16];
	const struct record_text_change uid = { "uid", number, true };
	struct record_span at = { .begin = NULL };
	const char *stop;

	if (record_reader_find_value(text, '\0', "uid", &at, &stop) != 0 ||
	    at.begin != NULL ||
	    record_owner_account(user, &account) != ACCOUNT_FOUND)
		return 0;
	PRINT_TO(number, "%u", (unsigned)account.uid);
	memcpy(before, text, *len + 1);
	return record_text_put_key(
	    before, NULL, &uid, text, RECORD_FILE_TEXT_MAX, len);
}
