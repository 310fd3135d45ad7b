/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a login or a request of twofactl ended as it did: every word that can
 * follow reason= in the log. This is the only table. lib/records/reason_text.h
 * explains the words; the module does not need it.
 */
#ifndef TWOFA_REASON_H
#define TWOFA_REASON_H

#include <stdbool.h>

/* clang-format off */
#define REASONS(X) \
	/* only the module's (docs/protocol.md) */ \
	X(ARGUMENTS, "arguments") \
	X(NO_TRANSPORT, "no-transport") \
	X(NO_USER, "no-user") \
	X(HELPER_USER, "helper-user") \
	X(HELPER_MISSING, "helper-missing") \
	X(HELPER_PATH, "helper-path") \
	X(RESOURCE_LIMIT, "resource-limit") \
	X(HELPER_START, "helper-start") \
	X(FACTS_TOO_LARGE, "facts-too-large") \
	X(HELPER_DIED, "helper-died") \
	X(SOCKET_MISSING, "socket-missing") \
	X(SOCKET_OWNER, "socket-owner") \
	X(SOCKET_SILENT, "socket-silent") \
	X(SOCKET_BUSY, "socket-busy") \
	X(HELPER_VERSION, "helper-version") \
	X(PROTOCOL, "protocol") \
	X(EXIT_STATUS, "exit-status") \
	X(LOGIN_PASSWORD, "login-password") \
	X(USER_CHANGED, "user-changed") \
	/* of the module and the helper */ \
	X(DEADLINE, "deadline") \
	X(NO_ANSWER, "no-answer") \
	X(DENIED, "denied") \
	/* settings, account and rules */ \
	X(SETTINGS, "settings") \
	X(USER_FILE, "user-file") \
	X(USER_NAME, "user-name") \
	X(ACCOUNT_LOOKUP, "account-lookup") \
	X(NO_ACCOUNT, "no-account") \
	X(NO_FIRST_FACTOR, "no-first-factor") \
	X(RULE, "rule") \
	X(DISABLED, "disabled") \
	X(UNENROLLED, "unenrolled") \
	X(PERSON_UNCLEAR, "person-unclear") \
	X(PERSON_UNKNOWN, "person-unknown") \
	X(CALLER_UNENROLLED, "caller-unenrolled") \
	X(SOCKET_REQUEST, "socket-request") \
	X(SOCKET_USER, "socket-user") \
	X(PREFIX, "prefix") \
	X(NO_METHOD, "no-method") \
	/* the host */ \
	X(STATE, "state") \
	X(STORE_OUTAGE, "store-outage") \
	X(STORE_BUSY, "store-busy") \
	X(STORE_UNKNOWN, "store-unknown") \
	X(STORE_SETTINGS, "store-settings") \
	X(RECORD_REFUSED, "record-refused") \
	X(NO_RANDOM, "no-random") \
	X(STALLED, "stalled") \
	X(CLOCK, "clock") \
	/* the dialogue */ \
	X(NO_CONVERSATION, "no-conversation") \
	X(PEER_GONE, "peer-gone") \
	X(PROMPTS, "prompts") \
	X(CANCELLED, "cancelled") \
	X(ANSWERS_REFUSED, "answers-refused") \
	X(PASSWORD_AS_CODE, "password-as-code") \
	X(DECOY, "decoy") \
	/* codes, locks and limits */ \
	X(WRONG_CODES, "wrong-codes") \
	X(CODE_USED, "code-used") \
	X(NO_CODE, "no-code") \
	X(CODE_SENT, "code-sent") \
	X(SPENT, "spent") \
	X(LOCKED, "locked") \
	X(LIMIT, "limit") \
	X(USED, "used") \
	X(EXPIRED, "expired") \
	X(ENDED, "ended") \
	X(NUMBER_BUSY, "number-busy") \
	X(TOTP_SECRET, "totp-secret") \
	X(PUSH_DENIED, "push-denied") \
	X(PUSH_OPEN, "push-open") \
	/* what a provider's reply means (helper/providers/outcome.h) */ \
	X(DENY, "deny") \
	X(NUMBER, "number") \
	X(FRAUD, "fraud") \
	X(INFLIGHT, "inflight") \
	X(THROTTLE, "throttle") \
	X(CONFIG, "config") \
	X(ACCOUNT, "account") \
	X(TRANSIENT, "transient") \
	/* let in without a code */ \
	X(GRACE, "grace") \
	X(OUTAGE, "outage") \
	/* requests of twofactl */ \
	X(NOTHING, "nothing") /* there was nothing to do */ \
	X(KEPT, "kept") /* ABORT: nothing changed */ \
	X(USAGE, "usage") /* a bad user name or answer */
/* clang-format on */

enum reason {
	REASON_NONE = 0,
#define REASON_OF(name, word) REASON_##name,
	REASONS(REASON_OF)
#undef REASON_OF
	    REASON_COUNT, /* not a reason */
};

/* The word; "" for REASON_NONE and for unknown numbers. */
const char *reason_word(enum reason);

/* The reason of this word; REASON_NONE when the table does not have it, for
 * example the word of a helper of another version. */
enum reason reason_find(const char *word);

/* Did the state fail, in whichever way? */
bool reason_is_state(enum reason);

/* True when every login is denied for this reason until an administrator fixes
 * it. NULL: no word. */
bool reason_is_everybodys(const char *word);

#endif
