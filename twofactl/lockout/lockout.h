/* SPDX-License-Identifier: BSD-2-Clause */
/* Who could log in and who could not, by today's files or by changed ones. */
#ifndef TWOFA_LOCKOUT_H
#define TWOFA_LOCKOUT_H

#include "twofactl/host/host.h"
#include "twofactl/sshd/sshd.h"

enum lockout_password {
	LOCKOUT_PASSWORD_NONE = 0, /* locked, or empty */
	LOCKOUT_PASSWORD_UNKNOWN,  /* a directory's: counts as one */
	LOCKOUT_PASSWORD_USABLE,
};

enum lockout_keys {
	LOCKOUT_KEYS_NONE = 0,
	LOCKOUT_KEYS_UNKNOWN, /* from a command or an authority: there may be
				 one */
	LOCKOUT_KEYS_SOME,
};

/* What rules and record mean after the first factor. */
enum lockout_code {
	LOCKOUT_CODE_MEANT = 0, /* denied on purpose: by a rule, or disabled */
	LOCKOUT_CODE_NO_RECORD, /* denied, like everyone without a record */
	LOCKOUT_CODE_BROKEN,    /* denied: its record cannot be read */
	LOCKOUT_CODE_ASKED,
	LOCKOUT_CODE_UNSEEN, /* the state, which was not asked, has its record
			      * or none
			      */
	LOCKOUT_CODE_FREE,   /* let in without a code */
};

struct lockout_account {
	char name[USER_NAME_MAX + 1];
	bool root;     /* uid 0 */
	bool admin;    /* could become root */
	bool enrolled; /* has a record */
	bool excluded; /* expired, or excluded by sshd's own lists */
	bool locked;   /* by "!": without PAM sshd always refuses it */
	enum lockout_password password;
	enum lockout_keys keys;
	enum lockout_code code;
};

/* What sshd's PAM stack requires. */
struct lockout_stack {
	bool asks;            /* pam_twofa is in it */
	bool key_is_enough;   /* a login by key is not asked for a password */
	bool no_password;     /* no login is */
	bool other_passwords; /* of a directory, also for local accounts */
};

struct lockout_requirements {
	const struct sshd_settings *sshd; /* the settings for that account */
	const struct lockout_stack *stack;
};

/* How far it gets on its best way. */
enum lockout {
	LOCKOUT_METHODS = 0,  /* sshd has no method that it could use */
	LOCKOUT_KEY,          /* has none */
	LOCKOUT_ANSWER,       /* sshd's password method gets no code */
	LOCKOUT_FIRST_FACTOR, /* without a key there is no first factor */
	LOCKOUT_PASSWORD,     /* has no usable one */
	LOCKOUT_ROOT,         /* sshd takes no answer of root's */
	LOCKOUT_FILE,         /* the record cannot be read */
	LOCKOUT_RECORD,       /* not enrolled */
	LOCKOUT_IN,           /* gets in */
	LOCKOUT_UNSEEN,       /* does if it has a record in the state */
	LOCKOUT_MEANT,        /* kept out on purpose */
	LOCKOUT_NOTHING,      /* has nothing that ever let it in by ssh */
};

/* Kerberos tickets and host keys are ignored, because it is unknown who has
 * one. */
enum lockout lockout_evaluate(
    const struct lockout_account *, const struct lockout_requirements *);

/* By the code alone, where it can be asked for. */
enum lockout lockout_evaluate_code(enum lockout_code);

/* True when it could have got in but cannot. */
bool lockout_is_new(enum lockout);

/* Cause and remedy, in words for one account or many; only if lockout_is_new.
 */
const char *lockout_cause(enum lockout);
const char *lockout_remedy(enum lockout);

/* What a stack results in. */
void lockout_stack(
    struct lockout_stack *, const struct pam_stack *, const struct pam_walk *);

struct host_account {
	char name[USER_NAME_MAX + 1];
	uid_t uid;
	gid_t gid;
	char *home, *shell;
	bool listed;  /* by getpwent, not looked up by its name */
	size_t order; /* in which it was read */
	/* from /etc/shadow: for other accounts a directory decides */
	enum lockout_password password;
	bool locked, expired;
	size_t first, groups; /* in member[] */
};

struct host_group {
	gid_t gid;
	char *name; /* NULL: no source knows it */
};

struct host_member {
	size_t account;
	gid_t gid;
};

struct host_accounts {
	size_t count, accounts_cap;
	struct host_account *account; /* by name */
	size_t groups, groups_cap;
	struct host_group *group; /* by gid */
	struct name_list known;   /* those asked for that there are */
	size_t members, members_cap;
	struct host_member *member; /* by account */
};

/* What the system lists (getpwent, getgrent), and of a directory that lists
 * nothing these accounts and groups. 0, or -1 with errno; free it either
 * way. */
int host_accounts_read(struct host_accounts *, const struct name_list *users,
    const struct name_list *groups);
void host_accounts_free(struct host_accounts *);

/* Its nth group: false after the last one. NULL in name: it has none. */
bool host_accounts_group(const struct host_accounts *,
    const struct host_account *, size_t n, const char **name);

/* Of a group that was asked for. GROUP_UNKNOWN: no source knows it. */
enum membership host_accounts_membership(const struct host_accounts *,
    const struct host_account *, const char *group);

/* Everything except admin, enrolled and code, which the system does not know.
 * 0, or -1: it has no usable shell. */
int lockout_account_read(struct lockout_account *, const struct host_accounts *,
    const struct host_account *, const struct sshd_access *);

/* From the address that gets furthest: an unused one, or one from each network
 * that a rule names. Decides as a login does (rules.h). ask: false where
 * its record may be in the state, which is not asked. */
enum lockout_code lockout_code(const struct settings *, const char *service,
    const struct host_accounts *, const struct host_account *, bool ask);

/* True for uid 0 and for members of the groups that distributions allow sudo
 * (sudo, wheel, admin). An account that cannot be looked up does not count. */
bool lockout_root_includes(const char *user);

/* root, other accounts with uid 0 and the members of those groups, sorted. 0,
 * or -1 with errno and an empty list. */
int lockout_root_members(struct name_list *);

/* The groups that distributions allow sudo; NULL at the end. */
extern const char *const lockout_root_groups[];

/* Whom sudoers lets become root, as it names them: alice, #1000, %ops, +net,
 * ALL, names of aliases. False: there may be more. Free it either way. */
bool lockout_root_names(struct name_list *);

/* Adds whom sudoers names, also by netgroups; unsorted. True: ALL as well,
 * which is every account. */
bool lockout_root_add_sudoers(struct name_list *);
/* Adds every account with a shell. */
void lockout_root_add_everyone(struct name_list *);

/* Is user the only one in the list with root access? */
bool lockout_root_is_last(const struct name_list *, const char *user);

/* The present or the future state to be judged. */
struct lockout_source {
	const char *service;
	const struct settings *conf;
	const struct lockout_stack *stack;
	/* of sshd: Match blocks, of which each that may or may not apply is a
	 * way in, too; NULL: none */
	const struct sshd_match *match;
	bool by_user; /* sshd's settings depend on the user */
	/* this host cannot list who has a record in the state: some are asked
	 * for */
	bool one_by_one;
	void *ctx;
	/* sshd's settings for that account, "" for any: 0, or -1; NULL: another
	 * service */
	int (*sshd)(void *ctx, const char *user, struct sshd_settings *,
	    struct sshd_access *);
};

struct lockout_row {
	char name[USER_NAME_MAX + 1];
	bool admin; /* root, or a member of sudo, wheel, admin */
	enum lockout how;
};

struct lockout_table {
	size_t count, cap;
	struct lockout_row *row; /* by name */
	size_t left;             /* accounts not checked for lack of time */
	bool one_by_one;         /* as in lockout_source */
};

/* A row for root, each member of sudo, wheel and admin, whom sudoers or
 * AllowUsers name, each enrolled user, and each other account that could pass
 * the first factor: with a password, by sshd also with keys. Not by sudo, which
 * is for those whom sudoers allows it. su and sudo do not ask root. Takes at
 * most 20 s. 0, or -1: no memory, the accounts cannot be listed, or sshd has no
 * settings for one; the table is empty then. The caller frees it. */
int lockout_table_make(struct lockout_table *, const struct lockout_source *);
void lockout_table_free(struct lockout_table *);
/* NULL: it has no row. */
const struct lockout_row *lockout_table_find(
    const struct lockout_table *, const char *name);

#define LOCKOUT_HOST_CAUSE 512

/* lockout_table_make by the service's stack, of the files that this process
 * sees; where it is not sshd, with what happens after the right password. 0, or
 * -1 with cause and an empty table. */
int lockout_host_make(struct lockout_table *, const struct settings *,
    const char *service, char cause[LOCKOUT_HOST_CAUSE]);

enum lockout_change {
	LOCKOUT_CHANGE_NONE = 0,
	LOCKOUT_CHANGE_OLD,   /* cannot log in, and could not before */
	LOCKOUT_CHANGE_MEANT, /* kept out on purpose from now on; no admin */
	LOCKOUT_CHANGE_NEW,   /* could and cannot; an admin also on purpose */
};

/* For the nth row of after. */
enum lockout_change lockout_change(const struct lockout_table *before,
    const struct lockout_table *after, size_t n);

/* True when an admin could log in before and none can afterwards. */
bool lockout_change_is_last(
    const struct lockout_table *before, const struct lockout_table *after);

#endif
