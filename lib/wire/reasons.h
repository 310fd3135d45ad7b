/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a login or a request of twofactl ended as it did: every word that can
 * follow reason= in the log. This is the only table. */
#ifndef TWOFA_REASONS_H
#define TWOFA_REASONS_H

/* Each with its word, its class, a sentence for an admin, and the remedy. The
 * module logs only the word; lib/items/items.h has the others for twofactl. */
/* clang-format off */
#define REASONS(X) \
	/* of the module alone (docs/protocol.md) */ \
	X(ARGUMENTS, "arguments", FAILED, \
	  "an argument of pam_twofa in /etc/pam.d is unknown or bad", \
	  "correct the line that the log names") \
	X(NO_TRANSPORT, "no-transport", FAILED, \
	  "the service does not run as root, or its arguments rule out a " \
	  "socket", "correct the line that the log names") \
	X(NO_USER, "no-user", FAILED, \
	  "PAM gave no user name", "look at the other modules of the stack") \
	X(HELPER_USER, "helper-user", FAILED, \
	  "there is no user twofa, or it has uid or gid 0", \
	  "run the useradd that the log names") \
	X(HELPER_MISSING, "helper-missing", FAILED, \
	  "the helper is not there", \
	  "install pam_twofa again, or correct helper= in /etc/pam.d") \
	X(HELPER_PATH, "helper-path", FAILED, \
	  "the helper's file or a folder above it is not safe to run", \
	  "run what the log names") \
	X(RESOURCE_LIMIT, "resource-limit", FAILED, \
	  "a resource limit of the service is too low for the helper", \
	  "raise the service's limits") \
	X(HELPER_START, "helper-start", FAILED, \
	  "there is no memory, process or descriptor for the helper", \
	  "free some, or raise the service's limits") \
	X(FACTS_TOO_LARGE, "facts-too-large", FAILED, \
	  "a name, terminal or certificate of the login is too long", \
	  "shorten it") \
	X(HELPER_DIED, "helper-died", FAILED, \
	  "the helper ended without a verdict", "see its lines in the log") \
	X(SOCKET_MISSING, "socket-missing", FAILED, \
	  "no helper listens for this service", \
	  "stop twofa-helper.service, then enable twofa-helper.socket, for " \
	  "services that do not run as root twofa-helper-user.socket") \
	X(SOCKET_OWNER, "socket-owner", FAILED, \
	  "another user than root listens on the socket", \
	  "see who does, and correct socket= in /etc/pam.d") \
	X(SOCKET_SILENT, "socket-silent", FAILED, \
	  "the helper that listens did not answer", \
	  "run: systemctl restart twofa-helper") \
	X(SOCKET_BUSY, "socket-busy", FAILED, \
	  "the helper that listens takes no more logins at the moment", \
	  "try again; see the log for what it is short of") \
	X(HELPER_VERSION, "helper-version", FAILED, \
	  "the module and the helper are of two versions", \
	  "install pam_twofa.so and twofa-helper of one version") \
	X(PROTOCOL, "protocol", FAILED, \
	  "the helper sent a message that the module does not know", \
	  "install module and helper of one version") \
	X(EXIT_STATUS, "exit-status", FAILED, \
	  "the helper failed after its verdict", "see its lines in the log") \
	X(LOGIN_PASSWORD, "login-password", REFUSED, \
	  "the prompt was answered with the login password", \
	  "have the client ask the user: sshpass, ansible -k and saved " \
	  "passwords answer by themselves") \
	X(USER_CHANGED, "user-changed", FAILED, \
	  "PAM had another user name at the end of the login", \
	  "look at the other modules of the stack") \
	/* of the module and the helper */ \
	X(DEADLINE, "deadline", REFUSED, "no answer came in time", "") \
	X(NO_ANSWER, "no-answer", REFUSED, \
	  "the prompt could not be shown or was not answered", \
	  "with sshd, set KbdInteractiveAuthentication yes") \
	X(DENIED, "denied", REFUSED, "the login was denied", "") \
	/* settings, account and rules */ \
	X(SETTINGS, "settings", CORRECT, \
	  "twofa.conf is wrong", "run: twofactl check") \
	X(USER_FILE, "user-file", CORRECT, \
	  "the user's file is wrong", "run: twofactl check") \
	X(USER_NAME, "user-name", REFUSED, \
	  "\"%s\" is not a valid user name", "") \
	X(ACCOUNT_LOOKUP, "account-lookup", FAILED, \
	  "the account cannot be looked up", "see: getent passwd %s") \
	X(NO_ACCOUNT, "no-account", REFUSED, \
	  "there is no account \"%s\", so a decoy asks for codes, and none " \
	  "is sent", "") \
	X(NO_FIRST_FACTOR, "no-first-factor", REFUSED, \
	  "no first factor was verified", \
	  "put the password's lines before pam_twofa; if they authenticate " \
	  "without a password, set first_factor = \"stack\" in a rule of " \
	  "that service") \
	X(RULE, "rule", REFUSED, "the rule says deny", "") \
	X(DISABLED, "disabled", REFUSED, \
	  "the user's file says enabled = false", "") \
	X(UNENROLLED, "unenrolled", REFUSED, \
	  "%s is not enrolled", "run: twofactl enroll %s PHONE") \
	X(OTHER_ACCOUNT, "other-account", REFUSED, \
	  "the record is not for this account: it has another uid, or its " \
	  "user has left; so %s is not enrolled", \
	  "if it is the same user: twofactl enroll %s --again; else run: " \
	  "twofactl remove %s") \
	X(PERSON_UNCLEAR, "person-unclear", REFUSED, \
	  "the login's ssh keys belong to different people of %s", \
	  "see people in the user's file") \
	X(PERSON_UNKNOWN, "person-unknown", REFUSED, \
	  "no person of %s has the name that was typed, so a decoy asks for " \
	  "codes, and none is sent", \
	  "if the name was right, see people in the user's file") \
	X(CALLER_UNENROLLED, "caller-unenrolled", REFUSED, \
	  "su asks its caller, who is not enrolled or has no account", \
	  "enroll the caller: run: twofactl enroll USER PHONE") \
	X(SOCKET_REQUEST, "socket-request", REFUSED, \
	  "a service that does not run as root asked for more than a login " \
	  "by the usual twofa.conf", \
	  "see who runs as the uid that the log names") \
	X(SOCKET_USER, "socket-user", REFUSED, \
	  "a service that does not run as root asked about a user other than " \
	  "its own", \
	  "if it may, add the log's uid to socket_allow_uids in twofa.conf") \
	X(SOCKET_SELF, "socket-self", REFUSED, \
	  "self_for leaves this account out, or its uid has several names", \
	  "if it may run self, name its group there") \
	X(PREFIX, "prefix", CORRECT, \
	  "the number begins with none of allowed_prefixes", "") \
	X(NO_METHOD, "no-method", CORRECT, \
	  "no provider delivers by a method that the user's channels and the " \
	  "rule allow", "") \
	/* the host */ \
	X(STATE, "state", FAILED, "the state cannot be read", "see the log") \
	X(STORE_OUTAGE, "store-outage", FAILED, \
	  "the state or the users' records cannot be reached for now", \
	  "see the log for the disk or server that has them") \
	X(STORE_BUSY, "store-busy", FAILED, \
	  "the state server is overloaded", \
	  "log in again in a moment; see the log for what it is short of") \
	X(STORE_UNKNOWN, "store-unknown", FAILED, \
	  "the state server or broker did not confirm an operation", \
	  "log in again, with the next code; see the log") \
	X(STORE_SETTINGS, "store-settings", FAILED, \
	  "the state server refuses this host, or is not set up correctly", \
	  "correct what the log names: password, certificate, schema") \
	X(RECORD_REFUSED, "record-refused", REFUSED, \
	  "the state server denies this host the record of %s: the user is " \
	  "in none of the host's groups, or the host has read the records of " \
	  "as many users within an hour as it may", \
	  "see the log, which says which") \
	X(NO_RANDOM, "no-random", FAILED, \
	  "the kernel gave no random bytes", "") \
	X(STALLED, "stalled", REFUSED, \
	  "the helper did not run for a while, as it waited for the provider", \
	  "log in again after a minute, and find out what stopped it") \
	X(CLOCK, "clock", FAILED, \
	  "the clock of this host or of the state server is wrong, so no " \
	  "app's code can be checked", \
	  "run an NTP client, such as chrony, on both") \
	/* the dialogue */ \
	X(NO_CONVERSATION, "no-conversation", REFUSED, \
	  "there is no terminal to type a code at", "log in at one") \
	X(PEER_GONE, "peer-gone", REFUSED, \
	  "the user or the service disconnected", "") \
	X(PROMPTS, "prompts", REFUSED, \
	  "too many answers were not codes", \
	  "have the client ask the user, if it answers by itself") \
	X(CANCELLED, "cancelled", REFUSED, \
	  "the user cancelled the login with q", "") \
	X(ANSWERS_REFUSED, "answers-refused", REFUSED, \
	  "sshd refuses this user and hides the answers", \
	  "see DenyUsers and PermitRootLogin in sshd_config") \
	X(PASSWORD_AS_CODE, "password-as-code", REFUSED, \
	  "the prompt was answered with the login password", "") \
	X(DECOY, "decoy", REFUSED, \
	  "a decoy asks for codes, and none is sent", "") \
	/* codes, locks and limits */ \
	X(WRONG_CODES, "wrong-codes", REFUSED, \
	  "too many codes were wrong", "") \
	X(CODE_USED, "code-used", REFUSED, \
	  "another login used that code of the app; it counts as no wrong " \
	  "code", "if it was not %s, change the password") \
	X(NO_CODE, "no-code", REFUSED, \
	  "this service shows no prompt, and no code that could be checked " \
	  "followed the password; nothing was sent", \
	  "type PASSWORD,CODE, or PASSWORD,sms to be sent one") \
	X(CODE_SENT, "code-sent", REFUSED, \
	  "a code was sent, as requested after the password", \
	  "log in again with PASSWORD,CODE") \
	X(SPENT, "spent", REFUSED, \
	  "too many codes were wrong for the last message", \
	  "wait until another can go out") \
	X(LOCKED, "locked", REFUSED, \
	  "%s is locked after wrong codes or a push that was denied", \
	  "run: twofactl unlock %s") \
	X(LIMIT, "limit", REFUSED, \
	  "a limit of messages, pushes or money is used up", \
	  "wait, or raise the limit that the log names") \
	X(USED, "used", REFUSED, "another login used the code", "") \
	X(EXPIRED, "expired", REFUSED, "the code or the push expired", "") \
	X(ENDED, "ended", REFUSED, \
	  "the provider has ended the verification", \
	  "log in again in a minute") \
	X(NUMBER_BUSY, "number-busy", REFUSED, \
	  "a verification to this number is open that this login may not join", \
	  "it ends by itself in minutes") \
	X(TOTP_SECRET, "totp-secret", REFUSED, \
	  "the app's secret cannot be used", "run: twofactl totp %s") \
	X(PUSH_DENIED, "push-denied", REFUSED, \
	  "the push was denied on the phone", \
	  "change the password; then run: twofactl unlock %s") \
	X(PUSH_OPEN, "push-open", REFUSED, \
	  "another push of %s is open", "it ends by itself in minutes") \
	X(WRONG_ACCOUNT, "wrong-account", REFUSED, \
	  "somebody signed in to another account approved the login", \
	  "the user signs in to their own account on the page; if that is " \
	  "another one now, run twofactl account USER PROVIDER") \
	X(WEAK, "weak", REFUSED, \
	  "the user approved, but not by what proof and max_age demand", \
	  "see which claim the log names, and what the identity provider " \
	  "asks for this client") \
	/* outcomes of provider calls (helper/providers/providers.h) */ \
	X(DENY, "deny", REFUSED, \
	  "the provider refused, or sent an invalid reply", "") \
	X(NUMBER, "number", REFUSED, \
	  "the provider refuses the number", \
	  "correct phone in the user's file") \
	X(FRAUD, "fraud", REFUSED, \
	  "the provider suspects fraud", "see the vendor's dashboard") \
	X(INFLIGHT, "inflight", REFUSED, \
	  "the provider has another code for this number open", \
	  "wait five minutes") \
	X(THROTTLE, "throttle", FAILED, \
	  "the provider is asked too often", "try again in a minute") \
	X(CONFIG, "config", FAILED, \
	  "the provider or its certificate does not fit the settings", \
	  "correct its keys, its secret, ca_file, proxy or the clock") \
	X(ACCOUNT, "account", FAILED, \
	  "the account at the provider is empty, suspended or limited", \
	  "see the vendor's dashboard") \
	X(TRANSIENT, "transient", FAILED, \
	  "the outcome of the last request to a provider is unknown, and no " \
	  "other factor is left", "try again in a minute") \
	/* admitted without a code */ \
	X(REMEMBERED, "grace", REFUSED, \
	  "a login with a code is remembered", "") \
	X(OUTAGE, "outage", REFUSED, \
	  "all providers are unreachable, and on_outage = \"allow\"", "") \
	/* requests of twofactl */ \
	X(NOTHING, "nothing", REFUSED, \
	  "there was nothing to do", "") \
	X(KEPT, "kept", REFUSED, \
	  "nothing was changed", "") /* by ABORT */ \
	X(USAGE, "usage", FAILED, \
	  "the helper refused a user name or an answer as invalid", "")

/* clang-format on */

#endif
