/* SPDX-License-Identifier: BSD-2-Clause */
/* The records that the helper sends to twofactl, and the meaning of the reasons
 * of a denial. */
#ifndef TWOFA_ITEMS_H
#define TWOFA_ITEMS_H

#include "lib/wire/wire.h"

/* items.c: records from the helper to twofactl, one in each SAY, with tabs
 * between the fields; the first field names the record. No field contains a
 * control byte; numbers are decimal and not negative. An unknown record or a
 * wrong number of fields is refused. */

/* Each with its name, and its fields after it: t is a text, n a number.
 * docs/protocol.md explains them all. This is the only table. */
/* clang-format off */
#define ITEMS(X) \
	X(ERROR, "error", "t") /* for the administrator */ \
	X(LEFT, "left", "n") /* recovery codes left */ \
	X(CODE, "code", "t") /* a new recovery code, normalised */ \
	X(FORGOT, "forgot", "n") /* remembered logins that were forgotten */ \
	/* NAME WRONG LOCKED_S SHUT HOUR DAY CODES REMEMBERED: a user over all \
	 * sources; SHUT: 1 until unlock */ \
	X(USER, "user", "tnnnnnnn") \
	X(SOURCE, "source", "ttnn") /* NAME SOURCE WRONG LOCKED_S */ \
	/* HOUR DAY SPENT_DAY SPENT_MONTH: money in millionths */ \
	X(TOTALS, "totals", "nnnn") \
	X(SAY, "say", "t") /* a line of a dialogue, for the terminal */ \
	/* VALID REACHABLE LINE COUNTRY: numbers of provider_types.h's enums */ \
	X(LOOKUP, "lookup", "nnnt") \
	/* IDENTITY PART: of the token for the vendor's app */ \
	X(TOKEN, "token", "tt") \
	X(FACTOR, "factor", "t") /* the app that was enrolled, or the person */ \
	X(PAGE, "page", "tt") /* what an account's owner opens and types */ \
	X(ACCOUNT, "account", "ttt") /* that approved: ID NAME EMAIL */ \
	X(PROBLEM, "problem", "tt") /* NAME TEXT: doctor's, with the remedy */ \
	X(NOTE, "note", "tt") /* NAME TEXT: doctor's, no problem */ \
	/* NAME CODES: only of users who have a recovery code left */ \
	X(HELD, "held", "tn") \
	X(PLAN, "plan", "ttt") /* END REASON WOULD: rules.h */ \
	/* KIND METHOD PROVIDER REASON LIMIT OUTAGE WAIT_S AGE_S: \
	 * control_inside.h; OUTAGE: the KIND if all providers are unreachable, \
	 * or "" */ \
	X(ASK, "ask", "ttttttnn") \
	X(LIMIT, "limit", "tnn") /* KEY USED MOST: a key of twofa.conf */ \
	X(PASSED, "passed", "tn") /* PROVIDER SECONDS: 0 if it is not */ \
	X(SUCCESS, "success", "ttn") /* PROVIDER METHOD AT: the last one */ \
	X(SCHEMA, "schema", "nn") /* FOUND OURS; FOUND 0: no schema */ \
	/* SECONDS KEY: until a message can be sent; 0 and "": no wait */ \
	X(WAIT, "wait", "nt") \
	X(GOT_IN, "entered", "ttn") /* USER METHOD AT: the last by a service */ \
	/* HOST SERVER SHOWN: its name of this host, the server that answered, \
	 * and 1 if user and source records follow */ \
	X(STORE, "store", "ttn") \
	X(HOST, "host", "tnn") /* NAME HOUR DAY: one of those that share it */ \
	X(IMPORTED, "imported", "nnnn") /* STEPS GUESSES SENDS CODES: rows */ \
	/* USER GROUPS SEAL WHAT PART BY AT: part of a user's record in the \
	 * state: WHAT is an enum fleet_part, PART is base64; the parts in their \
	 * order are the text */ \
	X(RECORD, "stored", "tttnttn") \
	X(BROKER, "broker", "tnnnnnn") /* STATE, enum item_broker: broker.h */ \
	/* USER UNTIL USE BY NUMBER: store.h; NUMBER names the code, and no \
	 * other one that the user has */ \
	X(BYPASS, "bypass", "tnntn") \
	/* verifications that were ended, so that a user's numbers are free */ \
	X(FREED, "freed", "n")

/* clang-format on */
#define ITEM_FIELDS 9 /* most fields of a record, with its name */
/* in place of a limit's key: an invitation is open, which no login has used */
#define ITEM_INVITED "invitation"

enum item_kind {
	ITEM_NONE = 0,
#define ITEM_OF(kind, name, fields) ITEM_##kind,
	ITEMS(ITEM_OF)
#undef ITEM_OF
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
