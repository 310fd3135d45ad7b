/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: libconfig text in, struct settings out, by one strict table of
 * keys. An error in the settings always denies: settings_load reports every
 * error as "FILE:LINE: key: what is wrong, what is allowed" and returns NULL.
 *
 * All texts belong to the struct settings that they were read into.
 */
#ifndef TWOFA_SETTINGS_H
#define TWOFA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/provider_types/provider_types.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

#define CONFIG_PROVIDERS_MAX 8
#define CONFIG_NAME_MAX 32
#define CONFIG_EMAIL_MAX 254 /* RFC 5321 section 4.5.3.1.3, less <> */
#define CONFIG_WAITS_MAX 8
#define CONFIG_DIGEST_LEN 32
#define CONFIG_SOCKET_UIDS_MAX 64
#define CONFIG_STORE_HOST_MAX 48
#define CONFIG_STATE_MAX 1023 /* longest path or list of servers */
#define CONFIG_FLEET_KEY_LEN 32
#define CONFIG_FLEET_KEY_NEXT ".next"

enum action {
	ACTION_DENY = 0,
	ACTION_REQUIRE,
	ACTION_SKIP,
	ACTION_OBSERVE,
};

enum on_outage {
	OUTAGE_DENY = 0,
	OUTAGE_OFFLINE,
	OUTAGE_ALLOW,
	OUTAGE_UNSET, /* in a rule: use the general setting */
};

struct text_list {
	size_t count;
	const char **item;
};

struct network_list {
	size_t count;
	struct network *item;
};

/* One rule. A condition that is missing (count 0, console false) is met. */
struct rule {
	struct text_list users, groups, services;
	struct network_list from;
	bool console_set; /* the key console is set ... */
	bool console;     /* ... to this */
	enum action action;
	unsigned methods; /* METHOD_BITs; METHOD_ALL when absent */
	bool stack;       /* first_factor = "stack" */
	bool ask_caller;  /* ask = "caller" */
	bool push_blind;  /* push, even without a number to compare */
	enum on_outage on_outage;
	const char *brand;         /* NULL: use the general one */
	unsigned remember_minutes; /* grace; 0: none */
};

/* This host in a state that several hosts may share. */
struct store_conf {
	const char *host;           /* NULL: the state has a default name */
	const char *fleet_key_file; /* NULL: use host.key */
	unsigned char fleet_key[CONFIG_FLEET_KEY_LEN];
	/* of fleet_key_file and CONFIG_FLEET_KEY_NEXT behind it: the key that
	 * the fleet will have */
	enum fleet_key_next {
		FLEET_KEY_NONE = 0,
		FLEET_KEY_NEXT,
		FLEET_KEY_UNREADABLE,
	} next;
	unsigned char next_key[CONFIG_FLEET_KEY_LEN];
	/* For a state at a server; else NULL. */
	const char *ca_file;
	const char *password_file, *cert_file, *key_file;
	unsigned connect_timeout_ms, timeout_ms;
	bool single;
	enum on_outage on_outage; /* of the state; never OUTAGE_ALLOW */
};

struct record_source;

struct settings {
	const char *brand;
	const char *language;
	const char *users_dir;
	/* records are in the state; one in users_dir takes precedence. records:
	 * the source for reading them, set by the settings' user, not by the
	 * file. */
	bool users_state;
	struct record_source *records;
	const char *state;
	/* folder of host.key, latency and shape */
	char state_dir[STATE_FOLDER_MAX];
	struct store_conf store;
	bool unenrolled_allow;
	const char *unenrolled_text; /* "" when not set */
	enum on_outage on_outage;
	bool failover_after_unknown;
	/* limits */
	size_t resend_waits;
	long resend_wait[CONFIG_WAITS_MAX]; /* s; the last one repeats */
	struct text_list allowed_prefixes;  /* count 0: any */
	struct network_list office_networks;
	unsigned wrong_codes_per_login;
	unsigned prompts_per_login;
	/* prices in millionths of the account's currency; see spend_* */
	struct store_send_limits sends;
	struct store_guess_limits guesses;
	bool tell_locked;
	bool sandbox_off;
	/* services that are not root's and may ask about any user */
	size_t socket_uids;
	uid_t socket_uid[CONFIG_SOCKET_UIDS_MAX];

	size_t provider_count;
	struct provider_conf provider[CONFIG_PROVIDERS_MAX];
	size_t rule_count;
	struct rule *rule;

	void *doc; /* the libconfig document that holds the texts */
};

/* The receiver of error lines, which have no newline. */
struct settings_report {
	void *ctx;
	void (*line)(void *ctx, const char *line);
	bool all; /* else SETTINGS_ERROR_MAX, for a log */
};
/* Drops errors, because other code reports them. */
extern const struct settings_report settings_report_none;

/*
 * Open (O_NOFOLLOW), check owner and mode, read and check twofa.conf and the
 * secrets that it names. owner is the uid that must own them: 0, except in unit
 * tests. NULL after reporting every error. settings_free wipes secrets.
 */
struct settings *settings_load(
    const char *path, uid_t owner, const struct settings_report *);

/* The same for who looks at what else is wrong, never for a login: settings
 * with errors are returned as well. What has an error has its default or is
 * NULL; of a file that cannot be read that is everything. NULL: no memory. */
struct settings *settings_load_faulty(const char *path, uid_t owner,
    const struct settings_report *, bool *faulty);
/* The same for text[len] that is not in its file yet. Errors use the file's
 * name; its owner and mode are not checked. */
struct settings *settings_parse(const char *path, const char *text, size_t len,
    uid_t owner, const struct settings_report *);
void settings_free(struct settings *);

/* Is this text in the list? An empty list contains none. */
bool settings_list_has(const struct text_list *, const char *text);

/* Is the numeric address in one of these networks? "" is in none. */
bool settings_network_has(const struct network_list *, const char *address);

/* Is this uid in socket_allow_uids? */
bool settings_socket_allows(const struct settings *, int64_t uid);

/* The provider of this name, or NULL. */
const struct provider_conf *settings_provider(
    const struct settings *, const char *name);

/* Is state_dir another folder than the state's? */
bool settings_state_dir_apart(const struct settings *);
/* Is it safe and the helper's own? Asked by the helper. 0, or -1 with what is
 * wrong. Opening the state checks the state's own folder. */
int settings_state_dir_check(
    const struct settings *, char cause[STATE_FOLDER_CAUSE_MAX]);

/* " on all hosts" if hosts share the state, so that changes of it affect all of
 * them; else "". */
const char *settings_fleet_words(const struct settings *);

/* Has this host a file of its own for the time when the state is away? For
 * root: its folder is the helper's. */
#define SETTINGS_OUTAGE_FILE "outage.db" /* in state_dir */
bool settings_outage_file(const struct settings *);

/* CONFIG_FLEET_KEY_LEN bytes; NULL: there is no common key. */
const unsigned char *settings_fleet_key(const struct settings *);

/* The state is under another key than fleet_key. Is there a next one? Then it
 * takes the place of fleet_key here, not in the files. */
bool settings_fleet_key_change(struct settings *);

/* Where the settings say that the fleet's key is, even if they are wrong
 * otherwise; "": nowhere. 0, or -1: they cannot be read. */
int settings_fleet_key_place(
    const char *path, uid_t owner, char *out, size_t size);

/* METHOD_BITs by which some provider can deliver. */
unsigned settings_methods(const struct settings *);

/* Is a provider a rehearsal's, or does it use plain http? */
bool settings_rehearsal(const struct settings *);
#define SETTINGS_REHEARSAL                                                     \
	"a rehearsal, which protects no login; go over to a vendor: twofactl " \
	"init"

#endif
