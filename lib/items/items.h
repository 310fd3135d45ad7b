/* SPDX-License-Identifier: BSD-2-Clause */
/* The records that the helper sends to twofactl, and the meaning of the reasons
 * of a denial. */
#ifndef TWOFA_ITEMS_H
#define TWOFA_ITEMS_H

#include "lib/wire/wire.h"

/*
 * items.c: records from the helper to twofactl, one in each SAY, with tabs
 * between the fields; the first field names the record. No field contains a
 * control byte; numbers are decimal and not negative.
 *
 *   error TEXT                what is wrong, for the administrator
 *   left N                    recovery codes left
 *   code CODE                 a new recovery code, normalised
 *   bypass USER UNTIL USE BY NUMBER
 *                             a bypass code: store.h; NUMBER names it, and no
 *                             other one that the user has
 *   forgot N                  remembered logins that were forgotten
 *   freed N                   verifications that were ended, so that a user's
 *                             numbers are free
 *   user NAME WRONG LOCKED_S SHUT HOUR DAY CODES REMEMBERED
 *                             a user over all sources: wrong codes, seconds
 *                             until the lock ends, 1 until unlock, messages of
 *                             the last hour and day, recovery codes left,
 *                             remembered logins
 *   source NAME SOURCE WRONG LOCKED_S
 *                             the same user from one source
 *   say TEXT                  a line of a dialogue, for the terminal
 *   lookup VALID REACHABLE LINE COUNTRY
 *                             numbers of provider_types.h's enums
 *   token IDENTITY PART       for the vendor's app; the parts of several
 *                             records together are the token
 *   factor ID                 the app that was enrolled, or the person
 *   problem NAME TEXT         a problem that doctor found, with the remedy
 *   note NAME TEXT            any other finding of doctor
 *   held NAME N               recovery codes that a user has left; only for
 *                             users who have a code
 *   plan END REASON WOULD     what a login meets: rules.h
 *   ask KIND METHOD PROVIDER REASON LIMIT OUTAGE WAIT_S AGE_S
 *                             what the state decides: control_inside.h; OUTAGE:
 *                             the KIND if all providers are unreachable, or ""
 *   limit NAME USED MOST      of messages; NAME is a key of twofa.conf
 *   wait SECONDS LIMIT        time until a message can be sent, and the key of
 *                             its limit in twofa.conf; 0 and "": no wait
 *   passed PROVIDER SECONDS   how long the provider is passed over, or 0
 *   success PROVIDER METHOD AT
 *                             last successful login by it: seconds since 1970
 *   entered USER METHOD AT    the last login by a service: seconds since 1970
 *   imported STEPS GUESSES SENDS CODES
 *                             rows imported from a state file
 *   stored USER GROUPS SEAL WHAT PART
 *                             part of a user's record in the state: WHAT is an
 *                             enum fleet_part, PART is base64; the parts in
 *                             their order are the text
 *   totals HOUR DAY SPENT_DAY SPENT_MONTH
 *                             of the host; money in millionths
 *   store HOST SERVER SHOWN   with a state server: its name of this host, the
 *                             server that answered, and 1 if user and source
 *                             records follow
 *   host NAME HOUR DAY        messages of one of the hosts that share it
 *   broker STATE PROCESS AGE_S CONNECTIONS ALL REQUESTS REFUSED
 *                             this host's state broker: broker.h
 *   schema FOUND OURS         versions of the state's schema; FOUND 0: no
 * schema
 *
 * An unknown record or a wrong number of fields is refused.
 */

#define ITEM_FIELDS 9 /* most fields of a record, with its name */
/* in place of a limit's key: an invitation is open, which no login has used */
#define ITEM_INVITED "invitation"

enum item_kind {
	ITEM_NONE = 0,
	ITEM_ERROR,
	ITEM_LEFT,
	ITEM_CODE,
	ITEM_FORGOT,
	ITEM_USER,
	ITEM_SOURCE,
	ITEM_TOTALS,
	ITEM_SAY,
	ITEM_LOOKUP,
	ITEM_TOKEN,
	ITEM_FACTOR,
	ITEM_PAGE,
	ITEM_ACCOUNT,
	ITEM_PROBLEM,
	ITEM_NOTE,
	ITEM_HELD,
	ITEM_PLAN,
	ITEM_ASK,
	ITEM_LIMIT,
	ITEM_PASSED,
	ITEM_SUCCESS,
	ITEM_SCHEMA,
	ITEM_WAIT,
	ITEM_GOT_IN,
	ITEM_STORE,
	ITEM_HOST,
	ITEM_IMPORTED,
	ITEM_RECORD,
	ITEM_BROKER,
	ITEM_BYPASS,
	ITEM_FREED,
};

/* The numbers in ITEM_BROKER, in their order. */
enum item_broker {
	ITEM_BROKER_PROCESS = 0,
	ITEM_BROKER_AGE_S,
	ITEM_BROKER_CONNECTIONS,
	ITEM_BROKER_ALL,
	ITEM_BROKER_STEPS,
	ITEM_BROKER_REFUSED,
	ITEM_BROKER_NUMBERS
};

struct item {
	enum item_kind kind;
	const char *text[ITEM_FIELDS];    /* [0] is the name */
	int64_t number[ITEM_FIELDS];      /* of a number's field, else 0 */
	char bytes[FRAME_PROMPT_MAX + 1]; /* storage of text */
};

/* Writes a record: its name, then its texts and numbers in the order of the
 * kind. Texts are escaped, and cut where later fields need room. */
void item_write(char out[FRAME_PROMPT_MAX + 1], enum item_kind,
    const char *const *text, const int64_t *number);

/* Splits a line. Returns 0, or -1 if it is not a record. The texts point into
 * the item; the caller wipes one that contains a code. */
int item_read(struct item *, const char *line);

/* Copies the nth text. Returns 0, or -1 after cutting it to cap. */
int item_copy_text(const struct item *, size_t n, char *out, size_t cap);

/* reason_text.c: why a login was denied, in sentences for an admin: the module
 * logs only a word. Also whom a limit of messages concerns. Pure. */

enum reason_class {
	REASON_CLASS_REFUSED = 0, /* by the user, the rule or a limit */
	REASON_CLASS_CORRECT, /* twofa.conf or the user's file needs a change */
	REASON_CLASS_FAILED,  /* a fault of host, installation or provider */
};

/* Neither begins with a capital or ends with a full stop. "%s" is replaced by
 * the user; in the remedy it is part of a shell command. */
struct reason_text {
	enum reason_class class;
	const char *sentence;
	const char *remedy; /* "": log in again */
};

/* The text of a reason. For unknown numbers: REFUSED, and both texts "". */
const struct reason_text *reason_text(enum reason);

/* True for a limit on messages of a user or number, which `twofactl unlock
 * --sends` resets; false for limits of a source, the host or money. key is that
 * of twofa.conf. */
bool reason_limit_is_user(const char *key);

/* True for a limit of one host, where hosts share a state: on its own messages,
 * or on a source that is another one on each host. */
bool reason_limit_is_host(const char *key, const char *source);

#endif
