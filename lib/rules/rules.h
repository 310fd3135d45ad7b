/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides by settings, record and facts of a login whether a code is required,
 * and which factor and provider are next. */
#ifndef TWOFA_RULES_H
#define TWOFA_RULES_H

#include "lib/settings/settings.h"

/* The outcome of the rules for one login. */
struct decision {
	enum action action;
	size_t rule;    /* from 1; 0: no rule matched */
	size_t unknown; /* first rule with an unknown condition, from 1, or 0 */
	const struct condition *unknown_by;
	bool stack; /* the rule trusts the PAM stack for the first factor */
	bool ask_caller; /* su: ask the caller, not the target user */
	unsigned methods;
	enum on_outage on_outage; /* never allow if a condition is unknown */
	const char *brand;
	unsigned remember_minutes;
	bool remember_key; /* from any address */
	bool push_blind;
	unsigned until;  /* last day of an exception; 0: no end */
	const char *why; /* reason of an exception, or NULL */
};

/* accounts.c: looks up the account: its name, and whether it is in the groups
 * that the rules name. */

enum account_result {
	ACCOUNT_ERROR = 0, /* see errno; the account may exist or not */
	ACCOUNT_FOUND,
	ACCOUNT_ABSENT,
};

struct account {
	char name[USER_NAME_MAX + 1]; /* pw_name */
	uid_t uid;
	gid_t gid;
};

/* Looks a name up (getpwnam_r). account.name may differ from user in case, or
 * be the target of an alias; rules, record and counters use account.name. */
enum account_result accounts_find(const char *user, struct account *);
/* Like accounts_find, but by the uid (getpwuid_r). */
enum account_result accounts_find_uid(uid_t, struct account *);

struct passwd;
/* True unless the shell is a nologin or a false. */
bool accounts_is_login_shell(const char *shell);
/* True if the account is a known member of a group in self_for; without that,
 * if it has a login shell and no uid below UID_MIN of login.defs. */
bool accounts_may_run_self(const struct settings *, const struct passwd *);

/* One fact for each group that a rule names, each name once. The caller frees
 * the array; the names in it belong to the settings. NULL with *count 0 if no
 * rule names a group (then nothing is looked up), and if out of memory:
 * policy_decide treats a missing fact as GROUP_UNKNOWN. */
struct group_fact *accounts_read_group_facts(
    const struct settings *, const struct account *, size_t *count);
/* Like accounts_read_group_facts, but each is unknown yet. */
struct group_fact *accounts_list_group_facts(
    const struct settings *, size_t *count);

/* Like accounts_read_group_facts, and stores the array in the facts; but only
 * for a login that reaches a rule with groups, to save time. Also sets
 * sk_recorded by the user's record. The caller frees the array. */
struct group_fact *accounts_set_group_facts(
    const struct settings *, const struct account *, struct rule_facts *);

/* admission.c: the facts of a login, and its treatment by rules and record
 * alone. A login and `twofactl explain` use the same functions;
 * control_inside.h adds what depends on the state. */

enum admission_end {
	ADMISSION_DENY = 0,
	ADMISSION_DECOY, /* asked for codes that were never sent, then denied */
	ADMISSION_TELL,  /* unenrolled_text, then denied */
	ADMISSION_ENROL, /* may enrol now; where that fails, as DECOY */
	ADMISSION_SKIP,  /* the rule needs no code */
	ADMISSION_OBSERVE,    /* allowed; the field would has the end */
	ADMISSION_UNENROLLED, /* admitted, since unenrolled = "allow" */
	ADMISSION_ON,         /* not decided yet: continue */
};

/* "skipped" and so on, for records and JSON. */
const char *admission_end_name(enum admission_end);

struct admission {
	enum admission_end end;
	enum reason reason; /* as in the log */
	const char *would;  /* ADMISSION_OBSERVE: a constant, else NULL */
};

/* The address for rules and counters: that of SSH_CONNECTION for sshd, else
 * rhost if it is numeric, else "". */
void admission_address(
    const char *service, const char *rhost, const char *ssh_addr, char out[46]);

/* True for tty1..., ttyS*, hvc* with no rhost and real uid 0; false for sudo
 * and su. */
bool admission_is_console(
    const char *service, const char *tty, const char *rhost, bool real_root);

/* The minute of the week for rule_facts, by the host's time zone; removes the
 * variable TZ. 0 if unknown, or if no rule has hours: then reads no file. */
unsigned admission_week_minute(const struct settings *);

/* The day by the clock, for rule_facts. 0 if before this version's release: a
 * clock that was set back must not revive expired exceptions. */
unsigned admission_today(const struct settings *);

/* When a login came, by these two. Rules go by that for all of it, as some hold
 * for a time, and a look-up of its account or a name that is asked for may take
 * long. */
struct admission_time {
	unsigned today, week_minute;
};
struct admission_time admission_now(const struct settings *);

/* Fills in the facts for rules and counters, except groups. account must stay
 * valid. */
void admission_fill_facts(struct admission_time, const struct facts *,
    const char *account, char address[46], char source[SOURCE_MAX + 1],
    struct rule_facts *);

/* Filters the facts of a service that does not run as root (uid peer), which
 * may be forged unless the kernel confirms them. Returns REASON_NONE, or why
 * the request is denied. Clears facts that the service cannot know or may not
 * set, sets the real uid to peer, and limits the deadline: a shorter one would
 * cut off providers in mid-reply, at the expense of root's services. Pure.
 * admission_check_socket() decides for which users the service may ask. */
enum reason admission_filter_facts(struct facts *, uid_t peer);

/* REASON_NONE if the service may ask about that user, else why the login is
 * denied. Root's services and uids in socket_allow_uids may; others only about
 * own, the account of their uid or "". PURPOSE_SELF is for others alone. */
enum reason admission_check_socket(
    const struct settings *, const struct facts *, const char *own);

/* ADMISSION_ON, ADMISSION_DENY or ADMISSION_DECOY by the result of the look-up.
 * user is PAM_USER; account its account, if found. */
struct admission admission_account(
    const char *user, enum account_result, const char *account);

/* True if the decision depends on the user's record. */
bool admission_needs_record(const struct decision *, const struct rule_facts *);

/* The reason to deny a login whose record was USER_ERROR or USER_OUTAGE; the
 * record source may have a more exact one. */
enum reason admission_unread_reason(
    const struct settings *, enum user_result found);

/* True if users without a record are admitted on that day. */
bool admission_allows_unenrolled(const struct settings *, unsigned today);

/* True if a user without a record may enrol at this login: by an invitation, or
 * alone while admission_allows_self(). Only behind a first factor that was
 * seen, at one of root's services. */
bool admission_may_enrol(const struct settings *, const char *service,
    bool first_factor, int64_t socket_uid);

/* True if users without a record may enrol by the password alone on that day.
 */
bool admission_allows_self(const struct settings *, unsigned today);

/* Decides by rule and record; ADMISSION_ON: enrolled, so remembered logins and
 * factors decide. Ignores found unless admission_needs_record. */
struct admission admission_record(const struct settings *,
    const struct rule_facts *, const struct decision *, enum user_result found,
    const struct user_record *);

/*
 * decoy_shape.c: the shape of a record: the parts that decide how its prompts
 * look, without anything that identifies the user. The file shape in state_dir
 * holds the most common one (twofactl writes it); decoys are made from it.
 *
 *   channels=sms,voice,totp keys=phone,totp,recovery provider=NAME
 *
 * recovery means that the user has codes left in the state. provider is
 * optional.
 */

#define DECOY_SHAPE_MAX 192
/* for a host without the file: the simplest record */
#define DECOY_SHAPE_DEFAULT "channels=sms keys=phone"

/* Without recovery. */
void decoy_shape_from_record(
    const struct user_record *, char out[DECOY_SHAPE_MAX]);
/* Adds recovery to a shape. 0, or -1 if it does not fit. */
int decoy_shape_add_recovery(char shape[DECOY_SHAPE_MAX]);

/* A record of this shape with placeholder values. 0, or -1 and an empty record
 * if shape is invalid. */
int decoy_shape_to_record(
    const char *shape, struct user_record *, bool *recovery);

/* Reads the file. 0, or -1 and DECOY_SHAPE_DEFAULT if it is missing or unsafe.
 */
int decoy_shape_read(const char *dir, char out[DECOY_SHAPE_MAX]);
/* 0, or -1 with errno. */
int decoy_shape_write(const char *dir, const char *shape);

/* factor_choice.c: the factors that an enrolled user can use, and the next one
 * to ask for. Pure: a login and `twofactl explain` use the same functions. */

/* The factors that are available to the user. */
struct factor_choice {
	const struct user_record *record;
	unsigned allowed; /* decision.methods */
	bool phone;       /* a code by phone or address */
	bool app, recovery;
	bool push;    /* a push can be started now */
	bool instead; /* the phone has failed; try another factor */
};

/* recovery_left is the number of codes in the state. */
struct factor_choice factor_choice(const struct settings *,
    const struct user_record *, const struct decision *,
    unsigned recovery_left);

/* The factor to ask for: PUSH, TOTP, RECOVERY, or METHOD_NONE for the phone,
 * even if that will probably fail. */
enum method factor_choice_next(const struct factor_choice *);

/* True if a code can be asked for in place of a push. */
bool factor_choice_has_code(const struct factor_choice *);

/* policy.c: evaluates the rules. Pure. */

enum rule_end {
	POLICY_NOT_REACHED = 0, /* an earlier rule ended the search */
	POLICY_FAILS,
	POLICY_UNKNOWN, /* ends the search, except for skip and observe */
	POLICY_MATCHES,
};

struct rule_result {
	enum rule_end end;
	const struct condition *by; /* of FAILS, UNKNOWN; else NULL */
};

/* The decision of the first rule that matches, or require without a match. An
 * unprivileged service chooses its own name, and whether it reports a first
 * factor. So rules that name one of root's services (sshd, sudo, su, login)
 * never match it, and rules with skip or observe only if its uid is in
 * socket_allow_uids. skip and observe need a verified first factor, or a rule
 * with stack (policy_is_proven); without it they become require, and the login
 * gets a decoy. If a condition is unknown, a rule with skip or observe does not
 * match; a rule with require or deny becomes require by any method and
 * remembers nothing, and on_outage is never allow. on_outage is also never
 * allow where the real uid is not 0 (sudo, su): the owner of that process can
 * simulate an outage. */
struct decision policy_decide(
    const struct settings *, const struct rule_facts *);

/* What the rules allow at most, for a process that looks up no groups: of all
 * rules that may match while a condition is unknown. */
struct policy_most {
	bool proven;                  /* as policy_is_proven */
	bool asks;                    /* a rule may require a code */
	bool ask_caller, ask_user;    /* su: whom it may ask */
	unsigned remember_minutes[2]; /* by remember_key */
	/* of the rule that matches; all, if one before it may match, as the
	 * login itself accepts all while a group is unknown */
	unsigned methods;
};
struct policy_most policy_most(
    const struct settings *, const struct rule_facts *);

/* Like policy_decide; each[rule_count] receives the result of every rule, and
 * may be NULL. */
struct decision policy_explain(const struct settings *,
    const struct rule_facts *, struct rule_result *each);

/* The decision for a user whom no rule names and who is in no group: it is the
 * same for every name. */
struct decision policy_decide_decoy(
    const struct settings *, const struct rule_facts *);

/* True if this login reaches a rule that names groups. Ignores group facts. */
bool policy_needs_groups(const struct settings *, const struct rule_facts *);

/* True if the first factor is verified or trusted: only then may a code be sent
 * or the user be admitted without one. */
bool policy_is_proven(const struct decision *, const struct rule_facts *);

/* True if the caller's factor is asked for. False for root, who needs no
 * password for su, and for an unprivileged service, which has no caller. */
bool policy_needs_caller(const struct decision *, const struct rule_facts *);

/* remembered_login.c: the binding of remembered logins (remember_minutes). */

#define REMEMBERED_LOGIN_LEN 32

/* Returns false if this login cannot be remembered. Writes its binding, a
 * digest. For sshd: of user, service, public keys and, unless key, source
 * address (of IPv6 its /64), only if SSH_AUTH_INFO_0 names publickey and the
 * address is not loopback. Elsewhere,
 * without rhost: of user, service, the session leader's terminal and start
 * time, ruser, real uid, session id and boot id. Both include the digest of the
 * user's record, so that any change to the record ends them. False in a
 * rehearsal, and for services other than root's. */
bool remembered_login_bind_if_allowed(const struct settings *,
    const struct facts *, const char *user, const char *address, bool key,
    const struct user_record *, unsigned char out[REMEMBERED_LOGIN_LEN]);

/* reach.c: the methods and providers that can reach a user, by record, rule and
 * settings. Pure. allowed is decision.methods. */

/* The methods that record, rule and provider have in common. */
unsigned reach_methods(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *);
/* Of the record's phones the first, from the nth on and around, that such a
 * method reaches; else the one in use. */
size_t reach_phone(const struct settings *, const struct user_record *,
    unsigned allowed, size_t n);
/* The allowed methods by which providers deliver to the nth phone of the list,
 * whichever is in use. Authy's do not count: they have their own account. */
unsigned reach_phone_methods(const struct settings *,
    const struct user_record *, size_t n, unsigned allowed);
/* own_phone.c: the phone that a request of PURPOSE_SELF changes or removes. at:
 * its index, the phones' count for one more. Pure. */
enum own_phone {
	OWN_PHONE_NONE = 0, /* there is no such phone, or no room for one */
	OWN_PHONE_UNSAID,   /* which of several */
	OWN_PHONE_NEEDED,   /* no other is reached by all that this one is */
	OWN_PHONE_FOUND,
};
enum own_phone own_phone_find(const struct settings *,
    const struct user_record *, const char *request, size_t *at);

/* The record's most preferred of methods. */
enum method reach_preferred(const struct user_record *, unsigned methods);
/* True if its channels name any of methods. */
bool reach_lists(const struct user_record *, unsigned methods);
/* The providers that can deliver a code, in the record's order. Returns their
 * number. */
size_t reach_order(const struct settings *, const struct user_record *,
    unsigned allowed,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX]);
/* True if at least one provider can deliver a code to this record, to whichever
 * of its phones. */
bool reach_has_code_provider(
    const struct settings *, const struct user_record *, unsigned allowed);
/* True if a provider reaches one of the record's phones by an allowed method,
 * but the phone in use by no method of asked. */
bool reach_has_other_provider(const struct settings *,
    const struct user_record *, unsigned allowed, unsigned asked);
/* Moves providers that are passed over to the end; passed has the indexes of
 * order. */
void reach_move_passed_last(const bool passed[SETTINGS_PROVIDERS_MAX],
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], size_t count);
/* Fills order with the indexes below count, those in passed last and otherwise
 * in their order. */
void reach_order_indexes(const bool passed[], size_t count, size_t order[]);

/* The receiver's identification at this provider: its own id, the address, or
 * the number. Users with equal ones share a verification there. */
const char *reach_receiver(
    const struct user_record *, const struct provider_conf *, enum method);

/* Returns the receiver for which messages are counted: the phone number, else
 * the record's receiver, email address or Authy id. */
const char *reach_counting_receiver(const struct user_record *);

/* The user's name or number at this provider, "" if the record has none. */
const char *reach_account(
    const struct user_record *, const struct provider_conf *);

/* How the user approves a login by this provider: METHOD_PUSH, METHOD_PAGE; or
 * METHOD_TOTP if they type a code. */
enum method reach_approval(const struct provider_conf *);

/* True if the user has an app or account at this provider, by which they
 * approve or type a code: METHOD_PUSH, METHOD_PAGE or METHOD_TOTP. */
bool reach_has_app_at(
    const struct provider_conf *, const struct user_record *, enum method);

/* Like reach_order, for the providers by which this user can approve. */
size_t reach_push_order(const struct settings *, const struct user_record *,
    unsigned allowed,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX]);
/* True if the user has an authenticator app. *at is the provider that checks
 * its codes; NULL if the helper does. */
bool reach_app(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf **at);

/* The longest time until all providers of these methods have timed out, one
 * after the other. */
int64_t reach_all_timeouts_ms(const struct settings *, unsigned allowed);

/* The nth provider (from 0) to try for this record: the preferred one first,
 * then in the order of the settings. NULL if no more is left. */
const struct provider_conf *reach_provider(
    const struct settings *, const struct user_record *, size_t n);

/* Seconds to wait after the nth message (from 1) before the next. */
long reach_wait_after_send_s(const struct settings *, unsigned sends);

/* True if allowed_prefixes allows this number. */
bool reach_number_allowed(const struct settings *, const char *number);

#endif
