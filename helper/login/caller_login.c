/* SPDX-License-Identifier: BSD-2-Clause */
/* su or sudo under a rule that asks the caller, not the target, for the code.
 */

#include "helper/login/login.h"

static enum user_result
person_login_deny(const struct login *l, enum reason why)
{
	login_deny(l, VERDICT_DENY, why);
	return USER_ERROR;
}

/* Returns REASON_NONE, or why the login is denied: the target is disabled, or
 * its record cannot be read. A target without a record is allowed. */
static enum reason
target_refusal(const struct login *l, struct user_record *record)
{
	const enum user_result found = user_record_observe(
	    l->env->conf, l->user, NULL, record, l->env->report);
	const bool enabled = record->enabled;

	user_record_wipe(record);
	if (found == USER_ABSENT)
		return REASON_NONE;
	if (found == USER_FOUND || found == USER_PEOPLE)
		return enabled ? REASON_NONE : REASON_DISABLED;
	return admission_unread_reason(l->env->conf, found);
}

static enum reason
find_caller(const struct login *l, struct account *caller)
{
	const uid_t uid = (uid_t)l->env->facts->real_uid;
	const enum account_result found = accounts_find_uid(uid, caller);

	if (found == ACCOUNT_FOUND && user_name_is_valid(caller->name)) {
		user_account_set(l->env->conf, caller->name, uid);
		return REASON_NONE;
	}
	if (found != ACCOUNT_ERROR)
		return REASON_CALLER_UNENROLLED;
	log_problem("uid %u, who calls it, cannot be looked up: check the "
		    "name service (nsswitch.conf)",
	    (unsigned)uid);
	return REASON_ACCOUNT_LOOKUP;
}

static enum user_result
read_caller(
    const struct login *l, struct person_login *w, struct user_record *record)
{
	const enum user_result found =
	    user_record_read(l->env->conf, l->user, record, l->env->report);

	if (found == USER_FOUND) {
		PRINT_TO(w->user, "%s", l->user);
		PRINT_TO(w->shown, "%s", l->user);
		PRINT_TO(w->remembered_as, "%s", l->user);
		return found;
	}
	if (found == USER_PEOPLE)
		return person_login(l, w, record);
	if (found != USER_ABSENT)
		return person_login_deny(
		    l, admission_unread_reason(l->env->conf, found));
	if (user_account_is_other(l->env->conf))
		return person_login_deny(l, REASON_OTHER_ACCOUNT);
	log_notice("%s calls su or sudo, and is not enrolled: run %s", l->user,
	    settings_enrol_command(l->env->conf, l->user));
	return person_login_deny(l, REASON_CALLER_UNENROLLED);
}

enum user_result
caller_login(struct login *l, struct account *caller, struct person_login *w,
    struct user_record *record)
{
	const char *target = l->user;
	enum reason why = target_refusal(l, record);
	enum user_result found;

	if (why == REASON_NONE)
		why = find_caller(l, caller);
	if (why != REASON_NONE)
		return person_login_deny(l, why);
	PRINT_TO(l->result->asked, "%s", caller->name);
	l->user = caller->name;
	found = read_caller(l, w, record);
	if (found == USER_FOUND)
		owner_write_remembered(
		    w->remembered_as, target, w->remembered_as);
	return found;
}

/* lib/rules handles a caller without a record. */
enum user_result
caller_login_observe(
    const struct login *l, struct account *caller, struct user_record *record)
{
	enum reason why = target_refusal(l, record);

	if (why == REASON_STORE_OUTAGE)
		return USER_OUTAGE;
	if (why != REASON_NONE)
		return why == REASON_DISABLED ? USER_FOUND : USER_ERROR;
	why = find_caller(l, caller);
	PRINT_TO(l->result->asked, "%s", caller->name);
	if (why != REASON_NONE)
		return why == REASON_CALLER_UNENROLLED ? USER_ABSENT
						       : USER_ERROR;
	return user_record_observe(
	    l->env->conf, caller->name, NULL, record, l->env->report);
}
