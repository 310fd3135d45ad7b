/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of twofactl self. */
#include "helper/dialogue/dialogue_inside.h"

#include "lib/rules/rules.h"

const char words_self_none[] =
    "You have no second factor yet. Log in again to set one up, or ask your "
    "administrator.";
const char words_self_unread[] =
    "Your record is shared, disabled, broken or of another user. Ask your "
    "administrator.";
const char words_self_not_you[] =
    "This account may not use twofactl self. Ask your administrator "
    "(self_for in twofa.conf).";
const char words_self_no_invitation[] =
    "No invitation of yours that let you log in within this hour.";
const char words_self_number[] =
    "Verification code: your new mobile number, such as +44 7700 900123 (q "
    "cancel): ";
const char words_self_untold[] =
    "Not changed: that is your number, or your old phone could not be "
    "notified. "
    "Try later, or ask your administrator (Enter ends): ";
const char words_self_before[] =
    "Your record was changed meanwhile. Look: twofactl self (Enter ends): ";

const char words_self_invitation[] =
    "Verification code: an invitation of your administrator (q cancel): ";

const char words_self_invited_here[] =
    "This host takes an invitation alone, which your administrator makes by: "
    "twofactl code --invite";

const char words_self_unsaid[] =
    "You have several phones: add --instead and the number of the one that is "
    "replaced, or --add.";
const char words_self_no_phone[] =
    "You have no such phone, or three already: see twofactl self.";
const char words_self_needed[] =
    "No other phone of yours gets all that this one gets: first add one.";

const char *
words_self_proof(const char *masked)
{
	return words_make("Verification code: s sends one to %s; or type an "
			  "invitation (q cancel): ",
	    masked);
}

const char *
words_self_devices(const struct user_record *r)
{
	char list[USER_PHONES_TEXT],
	    now[USER_PHONES_SHOWN] = "none", next[USER_PHONES_SHOWN] = "",
	    when[DAY_TIME_MAX] = "", from[DAY_TIME_MAX] = "";

	user_phones_text(r, list);
	if (list[0] != '\0')
		user_phones_show(list, false, now);
	if (r->change_waits) {
		user_phones_show(r->changed_to, false, next);
		day_time_text(r->changed_at + USER_CHANGE_WAIT_S, when);
	}
	if (r->app_waits)
		day_time_text(r->app_changed_at + USER_CHANGE_WAIT_S, from);
	return words_make("Phone%s: %s%s%s%s%s. App: %s%s%s.",
	    r->phone_count > 1 ? "s" : "", now,
	    r->change_waits ? ", from " : "", when,
	    r->change_waits ? " on " : "", next,
	    user_record_apps(r) > 0 || r->totp_factor[0] != '\0' ? "yes" : "no",
	    r->app_waits ? ", a new one from " : "", from);
}

const char *
words_self_not_here(const char *why, const char *command)
{
	return words_make("%s: only your administrator changes that, by: "
			  "twofactl %s",
	    why, command);
}

const char *
words_self_changed(const char *number, bool at_once)
{
	if (number == NULL)
		return words_make(
		    "Your new app counts%s.", at_once ? "" : " in 24 hours");
	return words_make("Your new phone is %s%s.", number,
	    at_once ? "" : ", in 24 hours; until then codes go to the old one");
}

const char *
words_self_removed(bool at_once)
{
	return words_make("The phone %s.",
	    at_once ? "is removed"
		    : "counts for 24 hours more, then it is removed");
}

const char *
words_self_notice(const char *what, const char *phones, int64_t at)
{
	char shown[USER_PHONES_SHOWN] = "", when[DAY_TIME_MAX];

	if (phones[0] != '\0')
		user_phones_show(phones, false, shown);
	day_time_text(at, when);
	return words_make(
	    "%s%s on %s. Not you? Tell your administrator.", what, shown, when);
}

const char words_self_codes_untold[] =
    "Not changed: a phone of yours could not be notified. Try later, or ask "
    "your "
    "administrator (Enter ends): ";
const char words_self_codes_once[] =
    "Write them down, and keep them apart from your phone: they are not shown "
    "again.";
const char words_self_codes_last[] =
    "That was your last recovery code. New ones: twofactl self --codes";

const char *
words_self_codes(int64_t from)
{
	char when[DAY_TIME_MAX] = "";

	if (from > 0)
		day_time_text(from, when);
	return words_make(
	    "Your new recovery codes, each for one login%s%s; the old ones "
	    "have ended:",
	    from > 0 ? ", from " : "", when);
}
