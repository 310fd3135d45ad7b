/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: libconfig text in, struct settings out, through one strict key
 * table. A settings error always denies: settings_load reports every one of
 * them as "FILE:LINE: key: what is wrong, what is allowed" and returns NULL.
 *
 * All texts belong to the struct settings they were read into.
 */
#ifndef TWOFA_SETTINGS_H
#define TWOFA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/providers/provider_type.h"
#include "lib/system/state_folder.h"
#include "lib/values/limits.h"
#include "lib/values/method.h"
#include "lib/values/network.h"
#include "lib/values/phone.h"
#include "lib/values/secret.h"

#define CONFIG_PROVIDERS_MAX 8
#define CONFIG_NAME_MAX 32
#define CONFIG_EMAIL_MAX 254 /* RFC 5321 section 4.5.3.1.3, less <> */
#define CONFIG_WAITS_MAX 8
#define CONFIG_DIGEST_LEN 32
#define CONFIG_SOCKET_UIDS_MAX 64
#define CONFIG_STORE_HOST_MAX 48
#define CONFIG_STATE_MAX 1023 /* longest path or list of servers */
#define CONFIG_FLEET_KEY_LEN 32

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
	OUTAGE_UNSET, /* in a rule: the general setting holds */
};

struct text_list {
	size_t count;
	const char **item;
};

struct network_list {
	size_t count;
	struct network *item;
};

/* One rule. A condition that is absent (count 0, console false) holds. */
struct rule {
	struct text_list users, groups, services;
	struct network_list from;
	bool console_set; /* the key console is there ... */
	bool console;     /* ... and asks for this */
	enum action action;
	unsigned methods; /* METHOD_BITs; METHOD_ALL when absent */
	bool stack;       /* first_factor = "stack" */
	bool ask_caller;  /* ask = "caller" */
	bool push_blind;  /* a push where no number can be compared */
	enum on_outage on_outage;
	const char *brand;         /* NULL: the general one */
	unsigned remember_minutes; /* grace; 0: none */
};

/* This host in a state that several hosts may share. */
struct store_conf {
	const char *host;           /* NULL: the state has a name for it */
	const char *fleet_key_file; /* NULL: host.key is in its place */
	unsigned char fleet_key[CONFIG_FLEET_KEY_LEN];
	/* Where the state is a server's; else NULL, and nothing is asked. */
	const char *ca_file;
	const char *password_file, *cert_file, *key_file;
	unsigned connect_timeout_ms, timeout_ms;
	bool single;
};

struct record_source;

struct settings {
	const char *brand;
	const char *language;
	const char *users_dir;
	/* records are in the state; one that is in users_dir wins. records: by
	 * what they are read there, its user's, and not of the file. */
	bool users_state;
	struct record_source *records;
	const char *state;
	/* of host.key, latency and shape */
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
	unsigned wrong_codes_per_login;
	unsigned prompts_per_login;
	/* prices in millionths of the account's currency; see spend_* */
	struct store_send_limits sends;
	struct store_guess_limits guesses;
	bool tell_locked;
	bool sandbox_off;
	/* services that are not root's, and may ask about any user */
	size_t socket_uids;
	uid_t socket_uid[CONFIG_SOCKET_UIDS_MAX];

	size_t provider_count;
	struct provider_conf provider[CONFIG_PROVIDERS_MAX];
	size_t rule_count;
	struct rule *rule;

	void *doc; /* the libconfig document that holds the texts */
};

/* Where an error line goes; the line has no newline. */
struct settings_report {
	void *ctx;
	void (*line)(void *ctx, const char *line);
	bool all; /* of a file; else SETTINGS_ERROR_MAX, for a log */
};
/* Nowhere: what is wrong is told by others. */
extern const struct settings_report settings_report_none;

/*
 * Open (O_NOFOLLOW), check owner and mode, read and check twofa.conf and the
 * secrets that it names. owner is the uid that must own them: 0, but in unit
 * tests. NULL after reporting every error. settings_free wipes secrets.
 */
struct settings *settings_load(
    const char *path, uid_t owner, const struct settings_report *);
/* The same of text[len] that is not in its file, as errors take it to be: who
 * owns that file, and its mode, are not looked at. */
struct settings *settings_parse(const char *path, const char *text, size_t len,
    uid_t owner, const struct settings_report *);
void settings_free(struct settings *);

/* Is this text one of the items? A list of none has none. */
bool settings_list_has(const struct text_list *, const char *text);

/* Does this uid stand in socket_allow_uids? */
bool settings_socket_allows(const struct settings *, int64_t uid);

/* The provider of this name, or NULL. */
const struct provider_conf *settings_provider(
    const struct settings *, const char *name);

/* Is state_dir another folder than that of the state? */
bool settings_state_dir_apart(const struct settings *);
/* Is it the helper's own, for the helper to ask? 0, or -1 with what is wrong.
 * That of the state is checked by who opens the state. */
int settings_state_dir_check(
    const struct settings *, char cause[STATE_FOLDER_CAUSE_MAX]);

/* " on all hosts", where what is done to the state is done for all that share
 * it; else "". */
const char *settings_fleet_words(const struct settings *);

/* CONFIG_FLEET_KEY_LEN bytes; NULL: the hosts have no key in common. */
const unsigned char *settings_fleet_key(const struct settings *);

/* Where settings, which need not be fit otherwise, say that the fleet's key is;
 * "": nowhere. 0, or -1: they cannot be read. */
int settings_fleet_key_place(
    const char *path, uid_t owner, char *out, size_t size);

/* METHOD_BITs by which some provider can deliver. */
unsigned settings_methods(const struct settings *);

/* Is a provider spoken to over plain http? (a rehearsal) */
bool settings_rehearsal(const struct settings *);

#endif
