/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofa.conf and users' records: keys beside their readers, errors with their
 * line, the settings as they are asked, the conditions of rules.
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
#include "lib/wire/wire.h"

/*
 * libconfig does not check whether it got memory: it crashes, or ends the
 * process. The login is denied in any case; this adds a line that says why.
 */

/* The function that writes the line; it makes only async-signal-safe calls.
 * Before this call nothing is guarded. */
void crash_guard_init(void (*line)(const char *line));

/*
 * Settings: libconfig text in, struct settings out, by one strict table of
 * keys. An error in the settings always denies: settings_load reports every
 * error as "FILE:LINE: key: what is wrong, what is allowed" and returns NULL.
 *
 * All texts belong to the struct settings that they were read into.
 */

#define SETTINGS_PROVIDERS_MAX 8
#define SETTINGS_NAME_MAX 32
#define SETTINGS_RECEIVER_MAX 64
#define SETTINGS_EMAIL_MAX 254 /* RFC 5321 section 4.5.3.1.3, less <> */
#define SETTINGS_WAITS_MAX 8
#define SETTINGS_SOON_DAYS 14 /* an exception ends soon */
#define SETTINGS_DIGEST_LEN 32
#define SETTINGS_SOCKET_UIDS_MAX 64
#define SETTINGS_STORE_HOST_MAX 48
#define SETTINGS_FLEET_KEY_LEN 32
#define SETTINGS_FLEET_KEY_NEXT ".next"

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

/* Their words in the settings; "" for OUTAGE_UNSET. */
const char *settings_action_name(enum action);
const char *settings_on_outage_name(enum on_outage);

struct text_list {
	size_t count;
	const char **item;
};

struct network_list {
	size_t count;
	struct network *item;
};

/* Times of the week, by the host's clock and time zone. */
#define HOURS_RANGES 8
#define HOURS_DAY (24 * 60)

struct hours {
	size_t count; /* 0: any time */
	struct hours_range {
		unsigned days;     /* bit 0: Monday */
		unsigned from, to; /* minutes; from > to: to of the next day */
	} range[HOURS_RANGES];
};

/* One rule: its conditions, then what it does. */
struct rule {
	struct text_list users, groups, services;
	struct network_list from;
	bool console_set; /* the key console is set ... */
	bool console;     /* ... to this */
	struct hours hours;
	/* "sk", or the fingerprint of a CA; "": any */
	char keys[SSH_FINGERPRINT_LEN + 1];
	unsigned until; /* its last day; 0: it has no end */
	enum action action;
	unsigned methods; /* METHOD_BITs; METHOD_ALL when absent */
	bool stack;       /* first_factor = "stack" */
	bool ask_caller;  /* ask = "caller" */
	bool push_blind;  /* push, even without a number to compare */
	enum on_outage on_outage;
	const char *brand;         /* NULL: use the general one */
	unsigned remember_minutes; /* 0: none */
	const char *why;           /* of an exception; NULL: not said */
};

/* This host in a state that several hosts may share. */
struct settings_store {
	const char *host;           /* NULL: the state has a default name */
	const char *fleet_key_file; /* NULL: use host.key */
	unsigned char fleet_key[SETTINGS_FLEET_KEY_LEN];
	/* of fleet_key_file and SETTINGS_FLEET_KEY_NEXT behind it: the key that
	 * the fleet will have */
	enum settings_key_next {
		SETTINGS_KEY_NONE = 0,
		SETTINGS_KEY_NEXT,
		SETTINGS_KEY_UNREADABLE,
	} next;
	unsigned char next_key[SETTINGS_FLEET_KEY_LEN];
	/* For a state at a server; else NULL. */
	const char *ca_file;
	const char *password_file, *cert_file, *key_file;
	unsigned connect_timeout_ms, timeout_ms;
	unsigned hold_s; /* so long a kept connection may be idle */
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
	char state_dir[FOLDER_PATH_MAX];
	struct settings_store store;
	bool unenrolled_allow;
	const char *unenrolled_text; /* "" when not set */
	enum on_outage on_outage;
	/* the last days of "allow"; 0: it has no end. today: not of the file;
	 * 0: by the clock, else to look at that day */
	unsigned unenrolled_until, on_outage_until, today;
	unsigned self_enrol_until; /* by the password alone; 0: never */
	struct text_list helpdesk_for;
	const char *helpdesk_group; /* NULL: there is no help desk */
	unsigned helpdesk_daily;
	bool exceptions_dated;
	bool alert_owner; /* texts of ours tell a user of what was done */
	bool failover_after_unknown;
	/* limits */
	size_t resend_waits;
	long resend_wait[SETTINGS_WAITS_MAX]; /* s; the last one repeats */
	struct text_list allowed_prefixes;    /* count 0: any */
	struct network_list office_networks;
	unsigned wrong_codes_per_login;
	unsigned prompts_per_login;
	/* prices in millionths of the account's currency; see spend_* */
	struct limits_of_sends sends;
	struct limits_of_guesses guesses;
	bool tell_locked;
	bool sandbox_off;
	/* services that are not root's and may ask about any user */
	size_t socket_uids;
	uid_t socket_uid[SETTINGS_SOCKET_UIDS_MAX];

	char proxy[BASE_URL_HOST_MAX + 1]; /* out to the providers; "" none */
	const char *proxy_user;            /* NULL: it asks for none */
	const char *proxy_password_file;
	struct secret proxy_password;
	size_t provider_count;
	struct provider_conf provider[SETTINGS_PROVIDERS_MAX];
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
/* Writes them to the log. */
extern const struct settings_report settings_report_log;

/* Open (O_NOFOLLOW), check owner and mode, read and check twofa.conf and the
 * secrets that it names. owner is the uid that must own them: 0, except in unit
 * tests. NULL after reporting every error. settings_free wipes secrets. */
struct settings *settings_load(
    const char *path, uid_t owner, const struct settings_report *);

/* The same for who looks at what else is wrong, never for a login: settings
 * with errors are returned as well. What has an error has its default or is
 * NULL; of a file that cannot be read that is everything. NULL: no memory. */
struct settings *settings_load_faulty(const char *path, uid_t owner,
    const struct settings_report *, bool *faulty);
/* Like settings_load, of text[len] that is not in its file yet. Errors use the
 * file's name; its owner and mode are not checked. NULL: what the file says. */
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
bool settings_state_dir_is_separate(const struct settings *);
/* Is it safe and the helper's own? Asked by the helper. 0, or -1 with what is
 * wrong. Opening the state checks the state's own folder. */
int settings_state_dir_check(
    const struct settings *, char cause[FOLDER_CAUSE_MAX]);

/* Does "state" name servers, which hosts share, instead of a file? It must have
 * been read without an error. */
bool settings_is_fleet(const struct settings *);
/* " on all hosts" if hosts share the state, so that changes of it affect all of
 * them; else "". */
const char *settings_fleet_words(const struct settings *);

/* Has this host a file of its own for the time when the state is away? For
 * root: its folder is the helper's. */
#define SETTINGS_OUTAGE_FILE "outage.db" /* in state_dir */
bool settings_outage_file(const struct settings *);

/* SETTINGS_FLEET_KEY_LEN bytes; NULL: there is no common key. */
const unsigned char *settings_fleet_key(const struct settings *);

/* The state is under another key than fleet_key. Is there a next one? Then it
 * takes the place of fleet_key here, not in the files. */
bool settings_fleet_key_use_next(struct settings *);

/* Where the settings say that the fleet's key is, even if they are wrong
 * otherwise; "": nowhere. 0, or -1: they cannot be read. */
int settings_fleet_key_place(
    const char *path, uid_t owner, char *out, size_t size);

/* METHOD_BITs by which some provider can deliver. */
unsigned settings_methods(const struct settings *);

/* What lets in without a code: a rule, or a general setting. */
struct exception {
	char name[32];         /* "rule 2", "unenrolled", "on_outage" */
	const char *key, *end; /* that let in, and end it */
	unsigned until;        /* its last day; 0: it has no end */
	const char *why;       /* "" when not said */
};

#define SETTINGS_EXCEPTIONS(conf) ((conf)->rule_count + 2)
/* Is the nth rule one, or behind them that setting? It is filled in either
 * way. */
bool settings_exception_at(
    const struct settings *, size_t n, struct exception *);
/* Does the rule let in without a code? */
bool settings_rule_skips_code(const struct rule *);
/* Is on_outage = "allow" in the settings, or in a rule? */
bool settings_outage_may_allow(const struct settings *);

/* Is a provider a rehearsal's, or does it use plain http? */
bool settings_is_rehearsal(const struct settings *);
#define SETTINGS_REHEARSAL                                                     \
	"a rehearsal, which protects no login; go over to a vendor: twofactl " \
	"init"

/*
 * A user's record: users_dir/NAME.conf, read with the same care as twofa.conf.
 */

#define USER_PEOPLE_MAX 50 /* of one account */
#define USER_SK_KEYS_MAX (8 * (SSH_FINGERPRINT_LEN + 1))

struct user_record {
	/* "" when not set; at least one factor is set */
	char phone[PHONE_MAX + 1];
	/* in place of a phone; a secret, as who knows it may read what is sent
	 * there */
	char receiver[SETTINGS_RECEIVER_MAX + 1];
	char email[SETTINGS_EMAIL_MAX + 1];
	char
	    push_identity[PROVIDER_IDENTITY_MAX + 1]; /* also for totp_factor */
	char push_factor[TWILIO_SID_LEN + 1];
	char totp_factor[TWILIO_SID_LEN + 1];
	char authy_id[AUTHY_ID_MAX + 1];
	/* fingerprints of security keys, a blank between them */
	char sk_keys[USER_SK_KEYS_MAX + 1];
	enum method channel[METHOD_COUNT]; /* in order of preference */
	size_t channels;
	char provider[SETTINGS_NAME_MAX + 1]; /* preferred; "" none */
	const char *language; /* of messages; NULL: that of the settings */
	bool enabled;
	struct secret totp; /* base32 text of totp_secret_file; len 0: none */
	struct totp_kind totp_kind;
	/* SHA-256 of the file's text, and also of the file that a person's
	 * "user" names: a change ends remembered logins */
	unsigned char digest[SETTINGS_DIGEST_LEN];
};

/* One person of a shared account. "" when not set. */
struct user_person {
	char name[USER_NAME_MAX + 1]; /* user_name_is_valid */
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1]; /* together with cert_id */
	char user[USER_NAME_MAX + 1];     /* whose record; "": own */
};

/* Names and keys are unique, and so are ids of one ca. */
struct user_people {
	bool enabled; /* the account's */
	size_t count;
	struct user_person person[USER_PEOPLE_MAX];
};

enum user_result {
	USER_ERROR = 0, /* reported: broken, unreadable or wrongly owned */
	USER_FOUND,
	USER_ABSENT, /* users_dir was opened and has no such file */
	USER_PEOPLE, /* the file names people: each has a record */
	USER_OUTAGE, /* reported: it cannot be read at present */
};

/* Read users_dir/NAME.conf for these settings, and report errors as
 * settings_load does. The name must be valid (user_name_is_valid). The caller
 * wipes the record; it is empty unless USER_FOUND. USER_PEOPLE: nothing after
 * the key people was checked. */
enum user_result user_record_read(const struct settings *, const char *name,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same for a text that is not in its file yet; errors use the file's name.
 * Never USER_ABSENT. A secret that it names is read. text NULL: read the
 * file. */
enum user_result user_record_parse(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_record *,
    const struct settings_report *);

/* The people of a file; text (NULL: read the file) as above. USER_PEOPLE: it is
 * valid, except for secrets and other users' records, which user_person_read
 * checks; else the list is empty. USER_FOUND: a file without people, whose keys
 * were not checked. */
enum user_result user_people_read(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_people *,
    const struct settings_report *);
/* Is such an account enabled? USER_PEOPLE, and *enabled; else it is false. */
enum user_result user_people_enabled(const struct settings *, const char *name,
    uid_t owner, bool *enabled, const struct settings_report *);
/* The record of the person who->name, and the rest of who: USER_FOUND;
 * USER_ABSENT: there is no such file, or no such person in it; USER_ERROR. If
 * the person has a "user", it is that user's record. enabled: all of the
 * account, the person and that user are. The caller wipes the record; it is
 * empty unless USER_FOUND. */
enum user_result user_person_read(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_person *who,
    struct user_record *, const struct settings_report *);

/* Did the person log in with this key or certificate? */
bool user_person_has_key(
    const struct user_person *, const struct ssh_identity *);

/* It contains the TOTP secret. */
void user_record_wipe(struct user_record *);

/* --- between the files of this unit --- */

struct config_setting_t;
struct config_t;
struct setting_scope;

/* Read a record's group. */
void user_record_group(struct setting_scope *,
    const struct config_setting_t *group, struct user_record *);
/* Open the file or the text, by scope; path has room for its name. On
 * USER_FOUND the caller destroys doc. */
#define USER_PATH_MAX (TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + sizeof("/.conf"))
enum user_result user_file_open(struct setting_scope *,
    char path[USER_PATH_MAX], const char *text, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN]);

/*
 * Errors in settings files: "FILE:LINE: key: what is wrong, what is allowed",
 * and their count, because one error is enough to refuse the file.
 */

/* The file being read, and the receiver of its errors. */
struct setting_scope {
	const char *file;
	uid_t owner;
	const struct settings_report *report;
	const struct settings *settings; /* for a user's record: the settings */
	const char *user;                /* ... and the user */
	const char *kept; /* ... his name in the state (values.h) */
	bool shared;      /* ... hosts share it: it is in the state */
	bool no_secrets;  /* ... do not read secrets that it names */
	unsigned errors;
};

/* Report and count. line 0: none; key NULL: none. */
void settings_error(struct setting_scope *, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Turns a libconfig setting into a checked value in a struct, by a table entry:
 * type, range, default. Every error is reported and counted, and reading goes
 * on, so that an administrator sees all errors at once.
 */

#define SETTING_ALLOWED_MAX 512

struct config_setting_t;
struct setting_entry;
struct setting_section;

/* What is being read. */
struct setting {
	struct setting_scope *scope;
	const struct setting_entry *e;
	const struct config_setting_t *s; /* NULL: it is not there */
};

/* "FILE:LINE: key: text, allowed: ..." */
void setting_reject(const struct setting *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Read it into field, or the entry's default when it is not there. */
typedef void setting_reader(const struct setting *, void *field);

struct setting_choice {
	const char *name; /* NULL ends the list */
	int value;
};

struct setting_entry {
	const char *key;
	setting_reader *read;
	size_t offset; /* of the field in the section's struct */
	bool required;
	long min, max;       /* of a number; of the length of a text */
	const char *charset; /* of a text; NULL: printable ASCII */
	/* of a copied text: NULL: every one is; wrong: what it is otherwise */
	bool (*valid)(const char *text);
	const char *wrong; /* NULL: the text is shown */
	const struct setting_choice *choice;
	const char *allowed; /* NULL: made from min, max and choice */
	const char *dflt;    /* as in the sample; NULL: none */
	/* for a group and for a list of groups; NULL: a value */
	const struct setting_section *inside;
};

/* Read all n entries of a group (NULL: an absent one) into base. Unknown keys
 * are left to setting_check_known. */
void setting_group_read(struct setting_scope *, const struct setting_entry *,
    size_t n, const struct config_setting_t *group, void *base);

/* The line of s, at least 1. NULL: the document. */
unsigned setting_line(const struct config_setting_t *s);

/* The line of a group's key; without that, of the group. */
unsigned setting_line_of(const struct config_setting_t *group, const char *key);

/* Report it unless it is a group. */
bool setting_is_group(const struct setting *);

setting_reader setting_read_text;     /* const char * */
setting_reader setting_read_phrase;   /* const char *; UTF-8 too */
setting_reader setting_read_path;     /* const char *; absolute */
setting_reader setting_read_bool;     /* bool */
setting_reader setting_read_long;     /* long */
setting_reader setting_read_unsigned; /* unsigned */
setting_reader setting_read_choice;   /* an enum */
setting_reader setting_read_either;   /* bool, by choice */
setting_reader setting_read_word;     /* const char *, by choice */
setting_reader setting_read_day;      /* unsigned */
/* char[] with room for max, or for what is valid; left alone without a key */
setting_reader setting_read_copy;
setting_reader setting_read_names;    /* struct text_list */
setting_reader setting_read_networks; /* struct network_list */

/* Which bytes a text may hold: control codes must not reach a terminal, a log
 * or a provider. Pure, independent of the locale. */
/* All bytes from charset; NULL: printable ASCII. */
bool setting_text_plain(const char *text, const char *charset);
/* Well-formed UTF-8 (RFC 3629) without control characters (C0, C1, DEL). */
bool setting_text_utf8(const char *text);

/* The checked text, or NULL after reporting. */
const char *setting_text(const struct setting *);
/* The checked number: 0, or -1 after reporting. */
int setting_number(const struct setting *, long *out);

/* How many elements the list or array has: at least 1; 0 after reporting. */
size_t setting_list_len(const struct setting *);
/* The list's ith. */
struct setting setting_item(const struct setting *list, size_t i);

/*
 * The conditions of rules: one table (lib/settings/conditions.c) has all that
 * a condition is. A rule matches a login when each of them holds. Pure.
 */

enum membership {
	GROUP_UNKNOWN = 0, /* not found, or the look-up failed */
	GROUP_NOT_MEMBER,
	GROUP_MEMBER,
};

#define GROUP_WHY_MAX 160

/* The answer for one group that the rules name; lib/rules fills it in. */
struct group_fact {
	const char *name;
	enum membership membership;
	char why[GROUP_WHY_MAX]; /* why it is unknown; "": no such group */
};

/* What rules look at in a login; admission_login fills it in. */
struct rule_facts {
	const char *user; /* pw_name */
	const char *service;
	const char *address; /* numeric, or "" */
	bool console;        /* admission_is_console */
	bool first_factor;   /* there is evidence of one */
	bool real_root;      /* the application's real uid is 0 */
	int64_t socket_uid;  /* of a service that is not root's; 0: root's */
	/* in the host's time zone, Monday 0:00 is 1; 0: unknown */
	unsigned week_minute;
	unsigned today;        /* of UTC, when the login began; 0: unknown */
	const char *auth_info; /* of sshd alone; may be NULL */
	bool sk_recorded; /* a security key there is in the user's record */
	const struct group_fact *group;
	size_t groups;
};

enum condition_answer {
	CONDITION_UNKNOWN = 0,
	CONDITION_FAILS,
	CONDITION_HOLDS, /* also where the rule does not have it */
};

/* One condition of a rule beside a login. */
struct condition_lookup {
	const struct condition *c;
	const struct settings *conf; /* may be NULL but for holds */
	const struct rule *rule;
	const struct rule_facts *facts;
};

#define CONDITION_TEXT_MAX 384

struct condition {
	const char *name;         /* in JSON, and the key if it has one */
	const char *name_unknown; /* in JSON; NULL: it is never unknown */
	const struct setting_entry *entry; /* NULL: no key */
	int64_t since; /* the state's schema that it came with; 0: old */
	size_t fact;   /* of a list of names: where rule_facts has the name */
	bool
	    of_person; /* it tells persons apart: decoys pass such rules over */
	enum condition_answer (*holds)(const struct condition_lookup *);
	/* why it does not hold, for explain */
	void (*why)(
	    const struct condition_lookup *, char out[CONDITION_TEXT_MAX]);
	/* what is unknown, and the remedy, for the log; NULL: it never is */
	void (*unknown)(
	    const struct condition_lookup *, char out[CONDITION_TEXT_MAX]);
	/* Does it hold in outer for each login for which it does in inner?
	 * NULL: no rule has it. */
	bool (*within)(const struct condition *, const struct rule *inner,
	    const struct rule *outer);
	/* May it hold in both for one login? NULL: always. */
	bool (*meet)(
	    const struct condition *, const struct rule *, const struct rule *);
	void (*free)(const struct condition *, struct rule *);
};

/* In the order in which a login is looked at; the last one's name is NULL. */
extern const struct condition conditions[];

/* Does the rule have it? */
bool condition_is_set(const struct condition *, const struct rule *);

/* Does outer match each login that inner matches? */
bool conditions_within(const struct rule *inner, const struct rule *outer);
/* May one login match both? */
bool conditions_overlap(const struct rule *, const struct rule *);
void conditions_free(struct rule *);

/* The first group of the rule that is unknown; NULL: none, or there are no
 * facts. */
const struct group_fact *condition_group_unknown(
    const struct rule *, const struct rule_facts *);

/* An RSA private key as PEM text (RFC 7468), PKCS #8 or PKCS #1, in a file that
 * settings name. */

#define RSA_KEY_BITS_MAX 4096

/* OpenSSL's EVP_PKEY */
struct evp_pkey_st;

/* NULL with *cause, a constant that says what is wrong and how to fix it; never
 * asks for a passphrase. The caller frees (EVP_PKEY_free, which wipes). */
struct evp_pkey_st *rsa_key_read(const struct pem *, const char **cause);

/* Only the cause; NULL: it is such a key. */
const char *rsa_key_check(const struct pem *);

/*
 * Where users' records are when users = "state": who has settings of such a
 * state gives them one of these, the helper by the state, twofactl by the
 * helper. Without one no record is found, and none is missing.
 */

enum record_source_found {
	RECORD_SOURCE_FAILED =
	    0, /* it does not say: denied, whatever the rule */
	RECORD_SOURCE_THERE,
	RECORD_SOURCE_NONE,   /* the state has none of that name */
	RECORD_SOURCE_OUTAGE, /* the state is out of reach */
};

#define RECORD_SOURCE_SEALED "sealed:"

struct record_source {
	/* text: it stays as long as the source. FAILED, OUTAGE: cause and why
	 * are set. */
	enum record_source_found (*text)(
	    struct record_source *, const char *user, const char **text);
	/* A secret of whose (his name in the state) that a record there has: it
	 * begins with RECORD_SOURCE_SEALED. 0, or -1 and an empty secret: it is
	 * of another owner or key, or was changed. The caller wipes. */
	int (*unseal)(const unsigned char key[SETTINGS_FLEET_KEY_LEN],
	    const char *whose, const char *text, struct secret *);
	/* Each user who has a record there, to add, which gives 0 to go on. 0,
	 * or -1 with cause. NULL: it cannot list them. */
	int (*names)(struct record_source *, void *ctx,
	    int (*add)(void *ctx, const char *user));
	const char *cause; /* of what failed last, and the remedy */
	enum reason why;
};

/* The setting "state" when it names servers instead of a file. */

#define SETTINGS_URL_HOSTS 8
#define SETTINGS_URL_HOST_MAX 253
#define SETTINGS_URL_DATABASE_MAX 63
#define SETTINGS_URL_PORT 5432

struct settings_url {
	size_t hosts; /* in the order they are tried */
	struct {
		char name[SETTINGS_URL_HOST_MAX + 1];
		unsigned port;
	} host[SETTINGS_URL_HOSTS];
	char database[SETTINGS_URL_DATABASE_MAX + 1];
};

/* postgresql://HOST[:PORT][,HOST[:PORT]...]/DATABASE. NULL, or a constant that
 * says what is wrong. */
const char *settings_fleet_url(const char *where, struct settings_url *);

#endif
