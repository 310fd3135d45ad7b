/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of twofactl: its arguments and its function. Checks and help are
 * made from the tables in options.c and twofactl.c.
 */
#ifndef TWOFA_COMMAND_H
#define TWOFA_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/rules/rules.h"
#include "lib/values/values.h"

/* Exit statuses, as listed in twofactl(8). */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_NO = 1,       /* the answer is no */
	CTL_USAGE = 2,    /* the command line */
	CTL_SETTINGS = 3, /* twofa.conf or a user's file */
	CTL_FAILED = 4,   /* a provider or I/O failed */
};

#define CTL_PATH_MAX 4096
#define CTL_OPERANDS_MAX 3
#define CTL_OWN_MAX 24

/* The command line. Texts are unchecked, as typed; NULL: not given. */
struct ctl {
	const char *command;
	char conf[CTL_PATH_MAX]; /* absolute */
	const char *helper;
	const char *operand[CTL_OPERANDS_MAX];
	/* the first operand, if it is a USER, and the name that
	 * command_user_find makes from it */
	const char *user;
	char name[USER_NAME_MAX + 1];
	/* one of the people of that account; found: identified by a key */
	const char *person;
	char found[USER_NAME_MAX + 1];
	/* that account, even if the person turned out to be a user; "" no
	 * person */
	char of_account[USER_NAME_MAX + 1];
	char factors_of[USER_NAME_MAX + 1]; /* a user; "" the person's own */
	/* from command_person_find: the name of both in state and records, and
	 * for an admin: "anna of deploy" */
	char kept[KEPT_NAME_MAX + 1];
	char shown[KEPT_NAME_MAX + 8];
	bool unknown; /* there is no such account, and the command needs none */
	bool json, yes, left, no_verify, replace, dry_run, full, prometheus,
	    upgrade;
	bool sends; /* unlock: the messages' limits, not the locks */
	bool local; /* recovery-codes: of this host alone, for an outage */
	/* of a record */
	const char *phone, *channel, *email, *provider, *country;
	const char *key, *cert_id, *ca, *as_user; /* of a person */
	const char *missing;                      /* a group */
	const char *file;                         /* to be checked */
	const char *service, *from, *caller;      /* of a login */
	bool ask_field;    /* no prompts: asks for what would be typed */
	const char *field; /* the same, only the kind of code */
	/* of enable, confirm, rollback */
	const char *login, *within, *timer, *prove_as;
	const char *exempt; /* of enable: users */
	bool files_only;    /* of doctor */
	const char *etc;    /* doctor: copies of future files */
	bool anyway, look, no_trial, no_input, boot, all;
	/* of a first twofa.conf */
	const char *brand, *prefixes, *office, *base_url, *ca_file;
	const char *own[CTL_OWN_MAX]; /* keys of a provider: provider_keys.h */
	bool rehearsal;
	/* of state */
	bool print, renew;
	const char *url, *groups, *output, *networks;
	const char *users_per_hour, *sends_per_hour;
	/* of a record in a state that hosts share */
	const char *give_groups; /* hosts of these may read it */
	bool here;               /* in users_dir of this host instead */
	unsigned count;
	/* used only in options.c */
	struct {
		const char *config, *count;
		bool help, version;
	} typed;
};

/* Options; every command has the first four. */
enum ctl_option {
	OPTION_CONFIG = 1 << 0,
	OPTION_HELPER = 1 << 1,
	OPTION_HELP = 1 << 2,
	OPTION_VERSION = 1 << 3,
	OPTION_JSON = 1 << 4,
	OPTION_YES = 1 << 5,
	OPTION_COUNT = 1 << 6,
	OPTION_LEFT = 1 << 7,
	OPTION_NO_VERIFY = 1 << 8,
	OPTION_REPLACE = 1 << 9,
	OPTION_CHANNEL = 1 << 10,
	OPTION_EMAIL = 1 << 11,
	OPTION_PROVIDER = 1 << 12,
	OPTION_COUNTRY = 1 << 13,
	OPTION_DRY_RUN = 1 << 14,
	OPTION_FULL = 1 << 15,
	OPTION_MISSING = 1 << 16,
	OPTION_SERVICE = 1 << 17,
	OPTION_FROM = 1 << 18,
	OPTION_PROMETHEUS = 1 << 19,
	OPTION_FIELD = 1 << 20,
	OPTION_FIELD_KIND = 1 << 21,
	OPTION_PERSON = 1 << 22,
	OPTION_PHONE = 1 << 23,
	OPTION_KEY = 1 << 24,
	OPTION_CERT_ID = 1 << 25,
	OPTION_CA = 1 << 26,
	OPTION_AS_USER = 1 << 27,
	OPTION_CALLER = 1 << 28,
	OPTION_SENDS = 1 << 29,
	OPTION_FILE = 1 << 30,
	OPTION_UPGRADE = INT64_C(1) << 31,
	OPTION_PRINT = INT64_C(1) << 32,
	OPTION_RENEW = INT64_C(1) << 33,
	OPTION_URL = INT64_C(1) << 34,
	OPTION_GROUPS = INT64_C(1) << 35,
	OPTION_OUTPUT = INT64_C(1) << 36,
	OPTION_GIVE_GROUPS = INT64_C(1) << 37,
	OPTION_HERE = INT64_C(1) << 38,
	OPTION_LOCAL = INT64_C(1) << 39,
	OPTION_LOGIN = INT64_C(1) << 40,
	OPTION_WITHIN = INT64_C(1) << 41,
	OPTION_TIMER = INT64_C(1) << 42,
	OPTION_ANYWAY = INT64_C(1) << 43,
	OPTION_CHECK = INT64_C(1) << 44,
	OPTION_NO_TRIAL = INT64_C(1) << 45,
	OPTION_NO_INPUT = INT64_C(1) << 46,
	OPTION_BOOT = INT64_C(1) << 47,
	OPTION_ALL = INT64_C(1) << 48,
	OPTION_PROVE_AS = INT64_C(1) << 49,
	OPTION_BRAND = INT64_C(1) << 50,
	OPTION_PREFIXES = INT64_C(1) << 51, /* and the office's networks */
	OPTION_BASE_URL = INT64_C(1) << 52,
	OPTION_CA_FILE = INT64_C(1) << 53,
	OPTION_REHEARSAL = INT64_C(1) << 54,
	OPTION_OWN = INT64_C(1) << 55, /* the keys of provider types */
	OPTION_TYPE = INT64_C(1) << 56,
	OPTION_FIRST_USER = INT64_C(1) << 57,
	OPTION_USERS_PER_HOUR = INT64_C(1) << 58, /* and messages */
	OPTION_NETWORKS = INT64_C(1) << 59,
	OPTION_EXEMPT = INT64_C(1) << 60,
	OPTION_FILES = INT64_C(1) << 61,
	OPTION_ETC = INT64_C(1) << 62,
};

struct command {
	const char *name;
	/* "USER SERVICE [ADDR]": one word each; optional ones in brackets, at
	 * the end; "" none */
	const char *operands;
	uint64_t options; /* OR of enum ctl_option */
	const char *summary;
	const char *details; /* lines of help; "" none */
	enum ctl_exit (*run)(struct ctl *);
};

enum ctl_exit cmd_check(struct ctl *);
enum ctl_exit cmd_confirm(struct ctl *);
enum ctl_exit cmd_disable(struct ctl *);
enum ctl_exit cmd_doctor(struct ctl *);
enum ctl_exit cmd_edit(struct ctl *);
enum ctl_exit cmd_enable(struct ctl *);
enum ctl_exit cmd_enroll(struct ctl *);
enum ctl_exit cmd_explain(struct ctl *);
enum ctl_exit cmd_forget(struct ctl *);
enum ctl_exit cmd_import(struct ctl *);
enum ctl_exit cmd_init(struct ctl *);
enum ctl_exit cmd_list(struct ctl *);
enum ctl_exit cmd_push(struct ctl *);
enum ctl_exit cmd_recovery_codes(struct ctl *);
enum ctl_exit cmd_remove(struct ctl *);
enum ctl_exit cmd_rollback(struct ctl *);
enum ctl_exit cmd_show(struct ctl *);
enum ctl_exit cmd_state(struct ctl *);
enum ctl_exit cmd_status(struct ctl *);
enum ctl_exit cmd_test(struct ctl *);
enum ctl_exit cmd_totp(struct ctl *);
enum ctl_exit cmd_unlock(struct ctl *);

#endif
