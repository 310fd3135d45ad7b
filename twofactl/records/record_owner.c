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

enum user_result
record_owner_read(const struct settings *conf, const char *user,
    const char *text, struct record_owner *who, struct user_record *record,
    const struct settings_report *report)
{
	static struct settings own;
	struct user_account of = { .owner = USER_OWN };
	enum user_result found;

	own = *conf;
	own.account = &of;
	if (record_owner_account(user, &who->account) == ACCOUNT_FOUND)
		user_account_set(&own, user, who->account.uid);
	else
		who->account.name[0] = '\0';
	found = user_record_parse(&own, user, text, record, report);
	who->is = of.owner;
	own.account = NULL;
	return found;
}

struct record_owner
record_owner_find(
    const struct settings *conf, const char *user, const char *text)
{
	struct user_record record OWNED(user_record_wipe);
	struct record_owner who;

	(void)record_owner_read(conf, user, text, &who, &record, NULL);
	return who;
}

enum ctl_exit
record_owner_refuse(
    const struct settings *conf, const char *user, const char *text)
{
	const char *word = terminal_shell_quote(user);

	if (record_owner_find(conf, user, text).is < USER_LEFT)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "the record of %s is of a user who has left, or of another uid; "
	    "first run: twofactl remove %s; or, for the same user: twofactl "
	    "enroll %s --again",
	    user, word, word);
}

int
record_owner_add_uid(
    const char *user, char text[RECORD_FILE_TEXT_MAX], size_t *len)
{
	static char before[RECORD_FILE_TEXT_MAX];
	struct account account;
	char number[16];
	const struct record_text_change uid = {
		.key = "uid", .value = number, .literal = true
	};
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
