/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is asked for a code, who is let in, which factor and which provider is
 * next.
 */
#ifndef TWOFA_RULES_H
#define TWOFA_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * The rules: who needs a second factor, and who does not. Pure: facts and
 * settings in, decision out.
 */

struct decision {
	enum action action;
	size_t rule;    /* from 1; 0: none matched */
	size_t unknown; /* the first rule with an unknown condition; 0: none */
	const struct condition *unknown_by;
	bool stack; /* the rule trusts the PAM stack for the first factor */
	bool ask_caller; /* su: ask the caller, not the target user */
	unsigned methods;
	enum on_outage on_outage; /* never allow while one is unknown */
	const char *brand;
	unsigned remember_minutes;
	bool push_blind;
	unsigned until;  /* of an exception: its last day; 0: no end */
	const char *why; /* ... NULL: not said */
};

enum rule_end {
	POLICY_NOT_REACHED = 0, /* an earlier rule ended the search */
	POLICY_FAILS,
	POLICY_UNKNOWN, /* ends the search, except at skip and observe */
	POLICY_MATCHES,
};

struct rule_result {
	enum rule_end end;
	const struct condition *by; /* of FAILS, UNKNOWN; else NULL */
};

/* The address for rules and counters: that of SSH_CONNECTION for sshd, else
 * rhost when it is numeric, else "". out has room for 46 bytes. */
void admission_address(
    const char *service, const char *rhost, const char *ssh_addr, char out[46]);

/* tty1..., ttyS*, hvc*, no rhost, real uid 0, never sudo or su. */
bool admission_is_console(
    const char *service, const char *tty, const char *rhost, bool real_root);

/* The first rule that matches decides; without a match: require. A service that
 * is not root's chooses its own name and says itself whether a password was
 * seen. Rules that name one of root's services (sshd, sudo, su, login)
 * therefore never match it, and rules with skip or observe only if its uid
 * stands in socket_allow_uids. skip and observe need evidence of a first factor
 * or a rule with stack (policy_is_proven); without it they become require, and
 * the login gets a decoy. While a condition is unknown, a rule with skip or
 * observe does not match; one with require or deny becomes require by any
 * method, remembers nothing, and on_outage is never allow. on_outage is also
 * never allow where the real uid is not 0 (sudo, su): the owner of that process
 * can make it look like an outage. */
struct decision policy_decide(
    const struct settings *, const struct rule_facts *);

/* The same, and each[rule_count] says how every rule ended; may be NULL. */
struct decision policy_explain(const struct settings *,
    const struct rule_facts *, struct rule_result *each);

/* For a proof that stands for any login of this user: by what every rule with
 * require accepts that may reach the user at some service, place or time. No
 * outage lets in, and nothing is remembered. Needs the facts of all groups. */
struct decision policy_anywhere(
    const struct settings *, const struct rule_facts *);

/* True when this login reaches a rule that names groups. Group facts are not
 * used. */
bool policy_needs_groups(const struct settings *, const struct rule_facts *);

/* The decision for a user whom no rule names and who is in no group: it is the
 * same for every name. */
struct decision policy_decide_decoy(
    const struct settings *, const struct rule_facts *);

/* May this decision let a user in without a code, or send one? */
bool policy_is_proven(const struct decision *, const struct rule_facts *);

/* True when the caller's factor is asked for. Not for root, who needs no
 * password for su, nor for a service that is not root's, which has no
 * caller. */
bool policy_needs_caller(const struct decision *, const struct rule_facts *);

/* The n-th provider (from 0) to try for this record: the preferred one first,
 * then in the order of the settings. NULL when none is left. */
const struct provider_conf *reach_provider(
    const struct settings *, const struct user_record *, size_t n);

/* Seconds to wait after the nth message (from 1) before the next. */
long reach_resend_wait_s(const struct settings *, unsigned sends);

/* Does allowed_prefixes allow this number? */
bool reach_number_allowed(const struct settings *, const char *number);

/*
 * Which factors an enrolled user can use, and which one is asked for. Pure: a
 * login and `twofactl explain` use the same functions.
 */

/* The factors that are open to the user. */
struct factor_choice {
	const struct user_record *record;
	unsigned allowed; /* decision.methods */
	bool phone;       /* a code by phone or address */
	bool app, recovery;
	bool push;    /* a push can be started now */
	bool instead; /* the phone has failed; try another factor */
};

/* recovery_left: the number of codes in the state. */
struct factor_choice factor_choice(const struct settings *,
    const struct user_record *, const struct decision *,
    unsigned recovery_left);

/* The one to ask for: PUSH, TOTP, RECOVERY, or METHOD_NONE for the phone, even
 * if that will probably fail. */
enum method factor_choice_next(const struct factor_choice *);

/* True when a code can be asked for instead of a push. */
bool factor_choice_others(const struct factor_choice *);

/*
 * What the system knows of an account: its real name, and whether it is in the
 * groups that the rules name. rules.h gets the answers as facts.
 */

enum account_result {
	ACCOUNT_ERROR = 0, /* see errno; the account may exist or not */
	ACCOUNT_FOUND,
	ACCOUNT_ABSENT,
};

struct account {
	char name[USER_NAME_MAX + 1]; /* pw_name */
	gid_t gid;
};

/* Look a name up (getpwnam_r). The name that comes back may differ in case or
 * be the target of an alias; rules, record and counters use that one. */
enum account_result accounts_find(const char *user, struct account *);
/* The same by the uid (getpwuid_r). */
enum account_result accounts_find_uid(uid_t, struct account *);

/* One fact for each group that a rule names, each name once. The caller frees
 * the array; the names in it belong to the settings. NULL with *count 0 when no
 * rule names a group (then nothing is looked up), and also when memory is
 * short: policy_decide treats a missing fact as GROUP_UNKNOWN. */
struct group_fact *accounts_facts(
    const struct settings *, const struct account *, size_t *count);

/* The same for a login, but only if it reaches a rule that names groups, or for
 * all, so that other logins save the time. Written into the facts; the caller
 * frees the array. sk_recorded, too, by the user's record, which owner must
 * own. */
struct group_fact *accounts_groups(const struct settings *,
    const struct account *, uid_t owner, bool all, struct rule_facts *);

/*
 * Which methods and providers can reach a user: record, rule and settings in,
 * answer out. Pure; allowed is decision.methods.
 */

/* The methods that record, rule and provider have in common. */
unsigned reach_methods(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *);
/* Of these methods, the first one in the record. */
enum method reach_preferred(const struct user_record *, unsigned methods);
/* True when at least one provider can bring a code to this record. */
bool reach_by_code(
    const struct settings *, const struct user_record *, unsigned allowed);
/* The providers that can, in the record's order. Returns their number. */
size_t reach_order(const struct settings *, const struct user_record *,
    unsigned allowed,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX]);
/* Move providers that are marked as passed, by their place in that order, to
 * the end. */
void reach_passed_last(const bool passed[SETTINGS_PROVIDERS_MAX],
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], size_t count);
/* Fills order with the indexes below count, those in passed last and otherwise
 * in their order. */
void reach_move_last(const bool passed[], size_t count, size_t order[]);

/* How this provider identifies the receiver: by its own id, the address, or the
 * number. Two users with the same one share a verification there. */
const char *reach_receiver(
    const struct user_record *, const struct provider_conf *, enum method);

/* The providers that can send this user a push, in the same order. Returns
 * their number. */
size_t reach_push(const struct settings *, const struct user_record *,
    unsigned allowed,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX]);
/* True when the user has an authenticator app. *at: the provider that checks
 * its codes; NULL: we do. */
bool reach_app(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf **at);

/* The longest time until all providers of these methods have timed out, one
 * after the other. */
int64_t reach_silence_ms(const struct settings *, unsigned allowed);

/* True when the record's list of channels has this method. */
bool reach_listed(const struct user_record *, enum method);

/*
 * How a login is treated by rules and record alone. Pure: a login and `twofactl
 * explain` use the same functions. control_inside.h adds what depends on the
 * state.
 */

enum admission_end {
	ADMISSION_DENY = 0,
	ADMISSION_DECOY, /* asked for codes that were never sent, then denied */
	ADMISSION_TELL,  /* unenrolled_text, then denied */
	ADMISSION_SKIP,  /* the rule asks for nothing */
	ADMISSION_OBSERVE,    /* let in; would says how it would have ended */
	ADMISSION_UNENROLLED, /* let in, since unenrolled = "allow" */
	ADMISSION_ON,         /* not decided yet: go on */
};

/* "skipped" and so on, for records and JSON. */
const char *admission_end_name(enum admission_end);

struct admission {
	enum admission_end end;
	enum reason reason; /* as in the log */
	const char *would;  /* ADMISSION_OBSERVE: a constant, else NULL */
};

/* The facts that rules and counters use. name: the pw_name, which must stay
 * valid. The caller adds the groups. */
void admission_login(const struct settings *, const struct facts *,
    const char *name, char address[46], char source[SOURCE_MAX + 1],
    struct rule_facts *);

/* For rule_facts, by the host's zone, whatever TZ says: the variable is
 * removed. 0, too, if no rule has hours: then no file is read. */
unsigned admission_week_minute(const struct settings *);

/* The day by the clock, for rule_facts. 0 before the release of this version: a
 * clock that was set back must not revive what has ended. */
unsigned admission_today(const struct settings *);

/* May the service ask about that user? A service of root may (facts.socket_uid
 * 0). own: the account name of its uid, "" when there is none. REASON_NONE, or
 * why it is denied. */
enum reason admission_socket(
    const struct settings *, const struct facts *, const char *own);

/* Find the account: ADMISSION_ON, ADMISSION_DENY, ADMISSION_DECOY. user: as the
 * application gave it, looked up only when it is valid; name: its pw_name, if
 * found. */
struct admission admission_account(
    const char *user, enum account_result, const char *name);

/* True when the decision depends on the user's record. */
bool admission_needs_record(const struct decision *, const struct rule_facts *);

/* Why a login is denied whose record was found to be USER_ERROR or USER_OUTAGE:
 * where it is in the state, that knows more. */
enum reason admission_unread_reason(
    const struct settings *, enum user_result found);

/* Is who has no record let in on that day? */
bool admission_allows_unenrolled(const struct settings *, unsigned today);

/* May who has no record enrol by the password alone on that day? */
bool admission_allows_self(const struct settings *, unsigned today);

/* The plan for PURPOSE_PROVE: who has no record needs an invitation. methods:
 * without codes if they must not replace an app; a SIM can be swapped. */
struct admission admission_prove(struct admission, const struct facts *,
    enum user_result found, const struct user_record *, unsigned *methods);

/* Decide by rule and record; ADMISSION_ON: enrolled, so remember and factors
 * decide. found is ignored when admission_needs_record says no. */
struct admission admission_record(const struct settings *,
    const struct rule_facts *, const struct decision *, enum user_result found,
    const struct user_record *);

/*
 * The shape of a record: the parts that decide how its prompts look, without
 * anything that identifies the user. The file shape in state_dir holds the most
 * common one (twofactl writes it); decoys are made from it.
 *
 *   channels=sms,voice,totp keys=phone,totp,recovery provider=NAME
 *
 * recovery comes from the state: most users have codes left. provider is left
 * out where records prefer none.
 */

#define DECOY_SHAPE_MAX 192
/* while the host has no such file: the prompts of the simplest record */
#define DECOY_SHAPE_DEFAULT "channels=sms keys=phone"

/* The shape of this record, without recovery. */
void decoy_shape_from_record(
    const struct user_record *, char out[DECOY_SHAPE_MAX]);
/* Add recovery to a shape. 0, or -1: no room. */
int decoy_shape_add_recovery(char shape[DECOY_SHAPE_MAX]);

/* A made-up record of this shape. 0, or -1 and an empty record: not a shape. */
int decoy_shape_to_record(
    const char *shape, struct user_record *, bool *recovery);

/* Read the file; 0, or -1 and DECOY_SHAPE_DEFAULT: it is missing or not
 * safe. */
int decoy_shape_read(const char *dir, char out[DECOY_SHAPE_MAX]);
/* 0, or -1 with errno. */
int decoy_shape_write(const char *dir, const char *shape);

#endif
