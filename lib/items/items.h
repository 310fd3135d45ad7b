/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the helper tells twofactl, a line each, and what the reasons of a
 * denial mean.
 */
#ifndef TWOFA_ITEMS_H
#define TWOFA_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/wire.h"

/*
 * items.c: what the helper tells twofactl, one record in each SAY, with tabs
 * between the fields; the first field names the record. No field holds a
 * control byte; numbers are decimal and not negative.
 *
 *   error TEXT                what is wrong, for the administrator
 *   left N                    recovery codes that are left
 *   code CODE                 a new recovery code, normalised
 *   bypass USER UNTIL USE BY  a code with an end: store.h
 *   forgot N                  remembered logins that were forgotten
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
 *   note NAME TEXT            other news from doctor
 *   held NAME N               recovery codes that a user has left; a user
 *                             without a record has none
 *   plan END REASON WOULD     what a login meets: rules.h
 *   ask KIND METHOD PROVIDER REASON LIMIT OUTAGE WAIT_S AGE_S
 *                             what the state decides: control_inside.h; OUTAGE:
 *                             the KIND when all are out of reach, "" else
 *   limit NAME USED MOST      of messages: a key of twofa.conf
 *   wait SECONDS LIMIT        how long no messages are sent, and the key of
 *                             twofa.conf that says so; 0 and "": no wait
 *   passed PROVIDER SECONDS   how long it is passed over; 0: it is not
 *   success PROVIDER METHOD AT
 *                             its last successful login: seconds since 1970
 *   entered USER METHOD AT    the last login by a service: seconds since 1970
 *   imported STEPS GUESSES SENDS CODES
 *                             rows that came of a file
 *   stored USER GROUPS SEAL WHAT PART
 *                             part of a user's record in the state: WHAT is of
 *                             fleet_records.h, PART is base64; the parts in
 *                             their order are the text
 *   totals HOUR DAY SPENT_DAY SPENT_MONTH
 *                             of the host; money in millionths
 *   store HOST SERVER SHOWN   of a state at a server: this host as it knows it,
 *                             who answered, and 1 when user and source come
 *   host NAME HOUR DAY        messages of one of the hosts that share it
 *   broker STATE PROCESS AGE_S CONNECTIONS ALL REQUESTS REFUSED
 *                             the state broker of this host: broker.h
 *   schema FOUND OURS         of the state; 0: there is none yet
 *
 * A record that is unknown or has another number of fields is refused.
 */

#define ITEM_FIELDS 9 /* the most fields of a record */

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
};

/* The numbers of ITEM_BROKER. */
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
	int64_t number[ITEM_FIELDS];      /* of a field of digits, else 0 */
	char bytes[FRAME_PROMPT_MAX + 1]; /* what text points into */
};

/* Write a record of this kind from all its fields behind the name. Texts are
 * escaped; a text that is too long is cut. */
void item_write(char out[FRAME_PROMPT_MAX + 1], enum item_kind,
    const char *const *text, const int64_t *number);

/* Split a line. 0, or -1 when it is not a record. The texts live as long as the
 * record; the caller wipes one that holds a code. */
int item_read(struct item *, const char *line);

/* Copy its nth text. 0, or -1 when it does not fit; out then holds the part
 * that fits. */
int item_set(const struct item *, size_t n, char *out, size_t cap);

/*
 * reason_text.c: what a reason means to an admin: class, sentence and remedy.
 * The module does not need it; it logs only the word. Pure.
 */

enum reason_class {
	REASON_CLASS_REFUSED = 0, /* by the person, the rule or the moment */
	REASON_CLASS_CORRECT, /* twofa.conf or the user's file needs a change */
	REASON_CLASS_FAILED,  /* a fault of host, installation or provider */
};

/* The sentence has neither a capital nor a full stop. "%s" stands for the user;
 * in the remedy it is part of a shell command. */
struct reason_text {
	enum reason_class class;
	const char *sentence;
	const char *remedy; /* "": just log in again */
};

/* The text of a constant. Unknown numbers: REFUSED, and both "". */
const struct reason_text *reason_text(enum reason);

/* Which limits on messages belong to a user, by their key in twofa.conf. */

/* True for limits of a user or number, which `twofactl unlock --sends` resets;
 * false for those of a source, the host or money. */
bool reason_limit_is_user(const char *key);

/* Of one host, where hosts share a state: of its own messages, or of a source
 * that is another one on each host. */
bool reason_limit_is_host(const char *key, const char *source);

#endif
