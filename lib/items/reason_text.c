/* SPDX-License-Identifier: BSD-2-Clause */
/* The meaning of each reason (see also docs/guide/reasons.md), and the kinds of
 * limits. Pure. */
#include "lib/items/items.h"

#include "lib/values/values.h"

static const struct reason_text texts[] = {
	[REASON_NONE] = { REASON_CLASS_REFUSED, "", "" },

	[REASON_ARGUMENTS] = { REASON_CLASS_FAILED,
	    "an argument of pam_twofa in /etc/pam.d is unknown or bad",
	    "correct the line that the log names" },
	[REASON_NO_TRANSPORT] = { REASON_CLASS_FAILED,
	    "the service does not run as root, or its arguments rule out a "
	    "socket",
	    "correct the line that the log names" },
	[REASON_NO_USER] = { REASON_CLASS_FAILED, "PAM gave no user name",
	    "look at the other modules of the stack" },
	[REASON_HELPER_USER] = { REASON_CLASS_FAILED,
	    "there is no user twofa, or it has uid or gid 0",
	    "run the useradd that the log names" },
	[REASON_HELPER_MISSING] = { REASON_CLASS_FAILED,
	    "the helper is not there",
	    "install pam_twofa again, or correct helper= in /etc/pam.d" },
	[REASON_HELPER_PATH] = { REASON_CLASS_FAILED,
	    "the helper's file or a folder above it is not safe to run",
	    "run what the log names" },
	[REASON_RESOURCE_LIMIT] = { REASON_CLASS_FAILED,
	    "a resource limit of the service is too low for the helper",
	    "raise the service's limits" },
	[REASON_HELPER_START] = { REASON_CLASS_FAILED,
	    "there is no memory, process or descriptor for the helper",
	    "free some, or raise the service's limits" },
	[REASON_FACTS_TOO_LARGE] = { REASON_CLASS_FAILED,
	    "a name, terminal or certificate of the login is too long",
	    "shorten it" },
	[REASON_HELPER_DIED] = { REASON_CLASS_FAILED,
	    "the helper ended without a verdict", "see its lines in the log" },
	[REASON_SOCKET_MISSING] = { REASON_CLASS_FAILED,
	    "no helper listens for this service",
	    "stop twofa-helper.service, then enable twofa-helper.socket, for "
	    "services that do not run as root twofa-helper-user.socket" },
	[REASON_SOCKET_OWNER] = { REASON_CLASS_FAILED,
	    "another user than root listens on the socket",
	    "see who does, and correct socket= in /etc/pam.d" },
	[REASON_SOCKET_SILENT] = { REASON_CLASS_FAILED,
	    "the helper that listens did not answer",
	    "run: systemctl restart twofa-helper" },
	[REASON_SOCKET_BUSY] = { REASON_CLASS_FAILED,
	    "the helper that listens takes no more logins at the moment",
	    "try again; see the log for what it is short of" },
	[REASON_HELPER_VERSION] = { REASON_CLASS_FAILED,
	    "the module and the helper are of two versions",
	    "install pam_twofa.so and twofa-helper of one version" },
	[REASON_PROTOCOL] = { REASON_CLASS_FAILED,
	    "the helper sent a message that the module does not know",
	    "install module and helper of one version" },
	[REASON_EXIT_STATUS] = { REASON_CLASS_FAILED,
	    "the helper failed after its verdict", "see its lines in the log" },
	[REASON_LOGIN_PASSWORD] = { REASON_CLASS_REFUSED,
	    "the prompt was answered with the login password",
	    "have the client ask the user: sshpass, ansible -k and saved "
	    "passwords answer by themselves" },
	[REASON_USER_CHANGED] = { REASON_CLASS_FAILED,
	    "PAM had another user name at the end of the login",
	    "look at the other modules of the stack" },

	[REASON_DEADLINE] = { REASON_CLASS_REFUSED, "no answer came in time",
	    "" },
	[REASON_NO_ANSWER] = { REASON_CLASS_REFUSED,
	    "the prompt could not be shown or was not answered",
	    "with sshd, set KbdInteractiveAuthentication yes" },
	[REASON_DENIED] = { REASON_CLASS_REFUSED, "the login was denied", "" },

	[REASON_SETTINGS] = { REASON_CLASS_CORRECT, "twofa.conf is wrong",
	    "run: twofactl check" },
	[REASON_USER_FILE] = { REASON_CLASS_CORRECT, "the user's file is wrong",
	    "run: twofactl check" },
	[REASON_USER_NAME] = { REASON_CLASS_REFUSED,
	    "\"%s\" is not a valid user name", "" },
	[REASON_ACCOUNT_LOOKUP] = { REASON_CLASS_FAILED,
	    "the account cannot be looked up", "see: getent passwd %s" },
	[REASON_NO_ACCOUNT] = { REASON_CLASS_REFUSED,
	    "there is no account \"%s\", so a decoy asks for codes, and none "
	    "is sent",
	    "" },
	[REASON_NO_FIRST_FACTOR] = { REASON_CLASS_REFUSED,
	    "no first factor was verified",
	    "put the password's lines before pam_twofa; if they authenticate "
	    "without a password, set first_factor = \"stack\" in a rule of "
	    "that service" },
	[REASON_RULE] = { REASON_CLASS_REFUSED, "the rule says deny", "" },
	[REASON_DISABLED] = { REASON_CLASS_REFUSED,
	    "the user's file says enabled = false", "" },
	[REASON_UNENROLLED] = { REASON_CLASS_REFUSED, "%s is not enrolled",
	    "run: twofactl enroll %s PHONE" },
	[REASON_OTHER_ACCOUNT] = { REASON_CLASS_REFUSED,
	    "the record is not for this account: it has another uid, or its "
	    "user has left; so %s is not enrolled",
	    "if it is the same user: twofactl enroll %s --again; else run: "
	    "twofactl remove %s" },
	[REASON_PERSON_UNCLEAR] = { REASON_CLASS_REFUSED,
	    "the login's ssh keys belong to different people of %s",
	    "see people in the user's file" },
	[REASON_PERSON_UNKNOWN] = { REASON_CLASS_REFUSED,
	    "no person of %s has the name that was typed, so a decoy asks for "
	    "codes, and none is sent",
	    "if the name was right, see people in the user's file" },
	[REASON_CALLER_UNENROLLED] = { REASON_CLASS_REFUSED,
	    "su asks its caller, who is not enrolled or has no account",
	    "enroll the caller: run: twofactl enroll USER PHONE" },
	[REASON_SOCKET_REQUEST] = { REASON_CLASS_REFUSED,
	    "a service that does not run as root asked for more than a login "
	    "by the usual twofa.conf",
	    "see who runs as the uid that the log names" },
	[REASON_SOCKET_USER] = { REASON_CLASS_REFUSED,
	    "a service that does not run as root asked about a user other "
	    "than its own",
	    "if it may, add the log's uid to socket_allow_uids in twofa.conf" },
	[REASON_SOCKET_SELF] = { REASON_CLASS_REFUSED,
	    "self_for leaves this account out, or its uid has several names",
	    "if it may run self, name its group there" },
	[REASON_PREFIX] = { REASON_CLASS_CORRECT,
	    "the number begins with none of allowed_prefixes", "" },
	[REASON_NO_METHOD] = { REASON_CLASS_CORRECT,
	    "no provider delivers by a method that the user's channels and "
	    "the rule allow",
	    "" },

	[REASON_STATE] = { REASON_CLASS_FAILED, "the state cannot be read",
	    "see the log" },
	[REASON_STORE_OUTAGE] = { REASON_CLASS_FAILED,
	    "the state or the users' records cannot be reached for now",
	    "see the log for the disk or server that has them" },
	[REASON_RECORD_REFUSED] = { REASON_CLASS_REFUSED,
	    "the state server denies this host the record of %s: the user is "
	    "in none of the host's groups, or the host has read the records of "
	    "as many users within an hour as it may",
	    "see the log, which says which" },
	[REASON_STORE_BUSY] = { REASON_CLASS_FAILED,
	    "the state server is overloaded",
	    "log in again in a moment; see the log for what it is short of" },
	[REASON_STORE_UNKNOWN] = { REASON_CLASS_FAILED,
	    "the state server or broker did not confirm an operation",
	    "log in again, with the next code; see the log" },
	[REASON_STORE_SETTINGS] = { REASON_CLASS_FAILED,
	    "the state server refuses this host, or is not set up correctly",
	    "correct what the log names: password, certificate, schema" },
	[REASON_NO_RANDOM] = { REASON_CLASS_FAILED,
	    "the kernel gave no random bytes", "" },
	[REASON_STALLED] = { REASON_CLASS_REFUSED,
	    "the helper did not run for a while, as it waited for the provider",
	    "log in again after a minute, and find out what stopped it" },
	[REASON_CLOCK] = { REASON_CLASS_FAILED,
	    "the clock of this host or of the state server is wrong, so no "
	    "app's code can be checked",
	    "run an NTP client, such as chrony, on both" },

	[REASON_NO_CONVERSATION] = { REASON_CLASS_REFUSED,
	    "there is no terminal to type a code at", "log in at one" },
	[REASON_PEER_GONE] = { REASON_CLASS_REFUSED,
	    "the user or the service disconnected", "" },
	[REASON_PROMPTS] = { REASON_CLASS_REFUSED,
	    "too many answers were not codes",
	    "have the client ask the user, if it answers by itself" },
	[REASON_CANCELLED] = { REASON_CLASS_REFUSED,
	    "the user cancelled the login with q", "" },
	[REASON_ANSWERS_REFUSED] = { REASON_CLASS_REFUSED,
	    "sshd refuses this user and hides the answers",
	    "see DenyUsers and PermitRootLogin in sshd_config" },
	[REASON_PASSWORD_AS_CODE] = { REASON_CLASS_REFUSED,
	    "the prompt was answered with the login password", "" },
	[REASON_DECOY] = { REASON_CLASS_REFUSED,
	    "a decoy asks for codes, and none is sent", "" },

	[REASON_WRONG_CODES] = { REASON_CLASS_REFUSED,
	    "too many codes were wrong", "" },
	[REASON_CODE_USED] = { REASON_CLASS_REFUSED,
	    "another login used that code of the app; it counts as no wrong "
	    "code",
	    "if it was not %s, change the password" },
	[REASON_NO_CODE] = { REASON_CLASS_REFUSED,
	    "this service shows no prompt, and no code that could be checked "
	    "followed the password; nothing was sent",
	    "type PASSWORD,CODE, or PASSWORD,sms to be sent one" },
	[REASON_CODE_SENT] = { REASON_CLASS_REFUSED,
	    "a code was sent, as requested after the password",
	    "log in again with PASSWORD,CODE" },
	[REASON_SPENT] = { REASON_CLASS_REFUSED,
	    "too many codes were wrong for the last message",
	    "wait until another can go out" },
	[REASON_LOCKED] = { REASON_CLASS_REFUSED,
	    "%s is locked after wrong codes or a push that was denied",
	    "run: twofactl unlock %s" },
	[REASON_LIMIT] = { REASON_CLASS_REFUSED,
	    "a limit of messages, pushes or money is used up",
	    "wait, or raise the limit that the log names" },
	[REASON_USED] = { REASON_CLASS_REFUSED, "another login used the code",
	    "" },
	[REASON_EXPIRED] = { REASON_CLASS_REFUSED,
	    "the code or the push expired", "" },
	[REASON_ENDED] = { REASON_CLASS_REFUSED,
	    "the provider has ended the verification",
	    "log in again in a minute" },
	[REASON_NUMBER_BUSY] = { REASON_CLASS_REFUSED,
	    "a verification to this number is open that this login may not "
	    "join",
	    "it ends by itself in minutes" },
	[REASON_TOTP_SECRET] = { REASON_CLASS_REFUSED,
	    "the app's secret cannot be used", "run: twofactl totp %s" },
	[REASON_WRONG_ACCOUNT] = { REASON_CLASS_REFUSED,
	    "somebody signed in to another account approved the login",
	    "the user signs in to their own account on the page; if that is "
	    "another one now, run twofactl account USER PROVIDER" },
	[REASON_WEAK] = { REASON_CLASS_REFUSED,
	    "the user approved, but not by what proof and max_age demand",
	    "see which claim the log names, and what the identity provider "
	    "asks for this client" },
	[REASON_PUSH_DENIED] = { REASON_CLASS_REFUSED,
	    "the push was denied on the phone",
	    "change the password; then run: twofactl unlock %s" },
	[REASON_PUSH_OPEN] = { REASON_CLASS_REFUSED,
	    "another push of %s is open", "it ends by itself in minutes" },

	[REASON_DENY] = { REASON_CLASS_REFUSED,
	    "the provider refused, or sent an invalid reply", "" },
	[REASON_NUMBER] = { REASON_CLASS_REFUSED,
	    "the provider refuses the number",
	    "correct phone in the user's file" },
	[REASON_FRAUD] = { REASON_CLASS_REFUSED, "the provider suspects fraud",
	    "see the vendor's dashboard" },
	[REASON_INFLIGHT] = { REASON_CLASS_REFUSED,
	    "the provider has another code for this number open",
	    "wait five minutes" },
	[REASON_THROTTLE] = { REASON_CLASS_FAILED,
	    "the provider is asked too often", "try again in a minute" },
	[REASON_CONFIG] = { REASON_CLASS_FAILED,
	    "the provider or its certificate does not fit the settings",
	    "correct its keys, its secret, ca_file, proxy or the clock" },
	[REASON_ACCOUNT] = { REASON_CLASS_FAILED,
	    "the account at the provider is empty, suspended or limited",
	    "see the vendor's dashboard" },
	[REASON_TRANSIENT] = { REASON_CLASS_FAILED,
	    "the outcome of the last request to a provider is unknown, and no "
	    "other factor is left",
	    "try again in a minute" },

	[REASON_REMEMBERED] = { REASON_CLASS_REFUSED,
	    "a login with a code is remembered", "" },
	[REASON_OUTAGE] = { REASON_CLASS_REFUSED,
	    "all providers are unreachable, and on_outage = \"allow\"", "" },

	[REASON_NOTHING] = { REASON_CLASS_REFUSED, "there was nothing to do",
	    "" },
	[REASON_KEPT] = { REASON_CLASS_REFUSED, "nothing was changed", "" },
	[REASON_USAGE] = { REASON_CLASS_FAILED,
	    "the helper refused a user name or an answer as invalid", "" },
};
_Static_assert(COUNT_OF(texts) == REASON_COUNT, "texts");

const struct reason_text *
reason_text(enum reason reason)
{
	if ((unsigned)reason >= REASON_COUNT)
		return &texts[REASON_NONE];
	return &texts[reason];
}

bool
reason_limit_is_user(const char *key)
{
	return text_has_word("sends_per_user_hour sends_per_user_day "
			     "sends_per_number_day answered_per_number_day "
			     "push_per_hour",
	    key);
}

bool
reason_limit_is_host(const char *key, const char *source)
{
	return text_has_word(
		   "sends_per_host_hour hourly-sends sends_per_other_hour",
		   key) ||
	    (strcmp(key, "sends_per_source_hour") == 0 &&
		source_is_local(source));
}
