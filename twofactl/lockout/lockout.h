/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts that can log in, and the obstacles of others, by the present files
 * or by changed ones. */
#ifndef TWOFA_LOCKOUT_H
#define TWOFA_LOCKOUT_H

#include "twofactl/denial/denial.h"
#include "twofactl/host/host.h"
#include "twofactl/sshd/sshd.h"

/* lockout.c: one account's login by sshd. */

enum lockout_keys {
	LOCKOUT_KEYS_NONE = 0,
	LOCKOUT_KEYS_UNKNOWN, /* a command or an authority may have one */
	LOCKOUT_KEYS_SOME,
};

/* The obstacle that an account meets on its best attempt. */
enum lockout {
	LOCKOUT_METHODS = 0,  /* sshd has no method that it could use */
	LOCKOUT_KEY,          /* it has no key */
	LOCKOUT_ANSWER,       /* sshd's password method cannot pass a code */
	LOCKOUT_FIRST_FACTOR, /* without a key it has no first factor */
	LOCKOUT_PASSWORD,     /* it has no usable password */
	LOCKOUT_ROOT,         /* sshd discards the answers of root */
	LOCKOUT_FILE,         /* its record cannot be read */
	LOCKOUT_FACTOR,       /* no factor but a recovery code */
	LOCKOUT_TYPED,        /* the same, as the rule wants it */
	LOCKOUT_RECORD,       /* not enrolled */
	LOCKOUT_ENROL,        /* the same, but may enrol at that login */
	LOCKOUT_ASKED,        /* of lockout_code() alone: IN, with a code */
	LOCKOUT_IN,           /* no obstacle; after the first factor no code */
	LOCKOUT_UNSEEN,       /* none if the state has its record */
	LOCKOUT_MEANT,        /* denied on purpose */
	LOCKOUT_NOTHING,      /* it has no credential for ssh at all */
};

struct lockout_account {
	const struct host_account *host;
	bool enrolled; /* has a record */
	bool excluded; /* expired, or denied by sshd's lists */
	enum lockout_keys keys;
	enum lockout code; /* of lockout_code() */
};

/* Requirements of the PAM stack of a service. */
struct lockout_stack {
	bool asks;            /* it has pam_twofa */
	bool key_is_enough;   /* no password for logins by key */
	bool no_password;     /* no password for any login */
	bool other_passwords; /* a directory has some of local accounts */
};

/* By sshd's settings for that account. Ignores Kerberos tickets and host keys,
 * as their owners are unknown. */
enum lockout lockout_evaluate(const struct lockout_account *,
    const struct sshd_settings *, const struct lockout_stack *);

/* True if the account has credentials, but cannot log in. */
bool lockout_is_obstacle(enum lockout);

/* Texts for one account or many, of each lockout_is_obstacle(). */
extern const struct lockout_words {
	const char *cause, *remedy;
} lockout_words[LOCKOUT_ASKED];

/* host_accounts.c: the accounts and groups of this host. */

struct host_account {
	char name[USER_NAME_MAX + 1];
	uid_t uid;
	gid_t gid;
	char *home, *shell, *full_name;
	bool listed;   /* by getpwent(), not looked up by its name */
	size_t order;  /* in which it was read */
	bool password; /* neither locked nor empty; true without in_shadow */
	bool in_shadow, expired; /* in /etc/shadow */
	bool locked;             /* by "!": sshd without PAM always denies it */
	/* the names of its groups; NULL for one without a name */
	const char **group;
	size_t groups, groups_cap;
};

struct host_group {
	gid_t gid;
	char *name; /* NULL if unknown */
};

struct host_accounts {
	size_t count, accounts_cap;
	struct host_account *account; /* sorted by name */
	size_t groups, groups_cap;
	struct host_group *group; /* sorted by gid */
	struct name_list known;   /* the requested groups that exist */
};

/* Reads what getpwent() and getgrent() list, and looks up these users and
 * groups, which a directory may not list. Returns 0, or -1 with errno. The
 * caller frees it either way. */
int host_accounts_read(struct host_accounts *, const struct name_list *users,
    const struct name_list *groups);
void host_accounts_free(struct host_accounts *);

/* Returns NULL if there is none of this name. */
struct host_account *host_accounts_find(
    const struct host_accounts *, const char *name);

/* Like accounts_read_group_facts(); a group that was not requested is unknown.
 */
struct group_fact *host_accounts_group_facts(const struct host_accounts *,
    const struct host_account *, const struct settings *, size_t *count);

/* Whether an account is in one of these groups: by what was read if it has the
 * account, else by asking each source. Unknown if one gives no answer, or for a
 * group without a name; one that does not exist has no members. */
enum membership host_accounts_membership(const struct host_accounts *,
    const struct passwd *, const struct text_list *groups);

/* Adds the members of the setting's groups, sorted. A group of a directory may
 * not list its members; without one, all accounts are read once, for these and
 * more groups. Returns 0; 1 after reporting a group without members; -1. */
int host_accounts_read_members(struct host_accounts *, const char *setting,
    const struct text_list *groups, const struct name_list *more,
    struct name_list *members);

/* lockout_account.c: the facts of one account. */

/* Fills in everything except enrolled and code, which the system does not
 * know. Returns 0, or -1 if the account has no usable shell. */
int lockout_account_fill_from_system(struct lockout_account *,
    const struct host_account *, const struct sshd_access *);

/* lockout_code.c: rules, record and state of one account. */

struct lockout_source;

/* Evaluates the login from the most favourable source address: one in each
 * network that a rule names, and an unused one. Decides as a login does
 * (denial.h), with then by what source->conf is compared with. Without ask, a
 * record that may be in the state is not read: LOCKOUT_UNSEEN. */
enum lockout lockout_code(const struct lockout_source *, bool then,
    const struct host_accounts *, const struct host_account *, bool ask,
    struct admission *plan);

/* lockout_root.c: accounts that can become root. */

/* True for uid 0 and for members of sudo, wheel and admin, to which
 * distributions allow sudo. False if the account cannot be looked up. */
bool lockout_root_includes(const char *user);

/* Lists root, other accounts with uid 0 and the members of these groups,
 * sorted. Returns 0, or -1 with errno and an empty list. */
int lockout_root_list_accounts(struct name_list *);

/* Adds the users whom sudoers lets run ALL as root, also by groups and
 * netgroups, unsorted. True if these are all accounts, or not known. */
bool lockout_root_add_sudoers(struct name_list *);
/* Lists all of these, sorted: those with a shell if sudoers names everybody, or
 * cannot be read. */
void lockout_root_list_all(struct name_list *);

/* True if user is the only one in the list with root access. */
bool lockout_root_is_last(const struct name_list *, const char *user);

/* lockout_sudoers.c: adds the users to whom sudo gives a command as another
 * account, unless it is one that twofactl(8) lists as harmless; with all, those
 * to whom it gives ALL as root. As written: alice, #1000, %ops, %#27, +net,
 * ALL. Rules for other hosts count. Returns NULL, or why there may be others:
 * sudo's package has no cvtsudoers, it refuses a file, or rules are elsewhere.
 * The caller frees the list. */
const char *lockout_sudoers_list(struct name_list *, bool all);

/* lockout_host.c: all accounts of this host. */

/* A record that changes. */
struct lockout_record {
	const char *user;
	const char *text; /* of its file; NULL: the user has none any more */
};
/* Compares by user, for qsort(). */
int lockout_record_compare(const void *, const void *);

/* Present or future files to evaluate. */
struct lockout_source {
	const char *service;
	const struct settings *conf;
	/* compared with these settings, or NULL, and these records */
	const struct settings *then;
	const struct lockout_record *changed; /* sorted */
	size_t changes;
	const struct name_list *named; /* not reported as denied; or NULL */
	/* NULL: nothing is known */
	struct denial_state (*state)(void *state_ctx, const char *user);
	void *state_ctx;
	unsigned week_minute;              /* as in rule_facts */
	const struct lockout_stack *stack; /* NULL: the service's is read */
};

struct lockout_row {
	char name[USER_NAME_MAX + 1], full_name[81];
	bool admin; /* root, or a member of sudo, wheel, admin */
	enum lockout how;
	/* pam_twofa decides: without it there is no obstacle */
	bool decided;
	/* [0] now, [1] by what source->conf is compared with (denial.h); unset
	 * if the service does not ask and there is no source->then */
	struct admission plan[2];
};

struct lockout_table {
	size_t count, cap;
	struct lockout_row *row; /* sorted by name */
	size_t left;             /* accounts not checked for lack of time */
	/* this host may not list the records in the state: some are read */
	bool one_by_one;
};

void lockout_table_free(struct lockout_table *);
/* Returns NULL if name has no row. */
const struct lockout_row *lockout_table_find(
    const struct lockout_table *, const char *name);

/* Fills in what a stack requires. */
void lockout_stack(
    struct lockout_stack *, const struct pam_stack *, const struct pam_walk *);

/* Makes a row for root, each member of sudo, wheel and admin, each user in
 * sudoers or AllowUsers, each enrolled user, and each other account that could
 * pass the first factor: with a password, by sshd also with keys. The table of
 * sudo has no other accounts unless sudoers allows ALL; root has a row for su
 * and sudo only if enrolled. Stops after 20 s. For other services than sshd
 * only the code is evaluated. Returns 0, or -1 with cause and an empty table:
 * no memory, the accounts cannot be listed, the stack cannot be checked, or
 * sshd -T failed. The caller frees it. */
int lockout_host_make(struct lockout_table *, const struct lockout_source *);
/* True if the service's stack asks for a code, or cannot be checked. */
bool lockout_host_asks(const char *service);

enum lockout_change {
	LOCKOUT_CHANGE_NONE = 0,
	LOCKOUT_CHANGE_OLD,   /* cannot log in, and could not before */
	LOCKOUT_CHANGE_MEANT, /* could, and is denied on purpose; no admin */
	LOCKOUT_CHANGE_NEW,   /* could, and is denied; admins also on purpose */
};

/* Compares the nth row of after. */
enum lockout_change lockout_change(const struct lockout_table *before,
    const struct lockout_table *after, size_t n);

/* lockout_denied.c: lists accounts, and asks before a change denies them. */

#define LOCKOUT_LIST_MAX 1024
#define LOCKOUT_NEWLY (-1) /* allowed now, and denied by plan[1] */

/* Writes "alice, bob and 3 more": those whose obstacle is how, or
 * LOCKOUT_NEWLY. Returns their number. */
size_t lockout_list(
    const struct lockout_table *, int how, char out[LOCKOUT_LIST_MAX]);

/* Reports who is LOCKOUT_NEWLY at sshd, login, su and sudo, or at the source's
 * service, where it asks for a code: a line for each list of users. Returns
 * their number; a service that cannot be checked is reported and counts as one.
 */
size_t lockout_report_denied(
    const struct lockout_source *, const struct settings_report *);

/* Like lockout_report_denied(), and asks if it denies anybody, unless yes.
 * Returns CTL_DONE to go on; CTL_NO, or CTL_USAGE without a terminal. */
enum ctl_exit lockout_confirm_denied(const struct lockout_source *, bool yes);

/* True if an admin could log in before and no admin can afterwards. */
bool lockout_change_denies_all_admins(
    const struct lockout_table *before, const struct lockout_table *after);

#endif
