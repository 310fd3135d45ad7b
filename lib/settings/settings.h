/* SPDX-License-Identifier: BSD-2-Clause */
/* twofa.conf and users' records: libconfig text in, checked structs out, and
 * the conditions of rules. */
#ifndef TWOFA_SETTINGS_H
#define TWOFA_SETTINGS_H

#include "lib/provider_types/provider_types.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

#define SETTINGS_PROVIDERS_MAX 8
#define SETTINGS_NAME_MAX 32
#define SETTINGS_RECEIVER_MAX 64
#define SETTINGS_EMAIL_MAX 254 /* RFC 5321 section 4.5.3.1.3, less <> */
#define SETTINGS_WAITS_MAX 8
#define SETTINGS_DAY_MINUTES 1440
#define SETTINGS_SOON_DAYS 14 /* warning period before an exception ends */
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

/* One rule: its conditions, then its action. */
struct rule {
	struct text_list users, groups, services;
	struct network_list from;
	bool console_set; /* the key console is set */
	bool console;     /* its value */
	struct hours hours;
	/* "sk", or the fingerprint of a CA; "": any */
	char keys[SSH_FINGERPRINT_LEN + 1];
	unsigned until; /* last day of the rule; 0: no end */
	enum action action;
	unsigned methods; /* METHOD_BITs; METHOD_ALL when absent */
	bool stack;       /* first_factor = "stack" */
	bool ask_caller;  /* ask = "caller" */
	bool push_blind;  /* push, even without a number to compare */
	enum on_outage on_outage;
	const char *brand;         /* NULL: use the general one */
	unsigned remember_minutes; /* 0: never remembered */
	bool remember_key;         /* remember_with = "key": from any address */
	const char *why;           /* of an exception, or NULL */
};

/* This host in a state that several hosts may share. */
struct settings_store {
	const char *host;           /* NULL: the state has a default name */
	const char *fleet_key_file; /* NULL: use host.key */
	unsigned char fleet_key[SETTINGS_FLEET_KEY_LEN];
	/* the fleet's next key, from fleet_key_file + SETTINGS_FLEET_KEY_NEXT
	 */
	enum settings_key_next {
		SETTINGS_KEY_NONE = 0,
		SETTINGS_KEY_NEXT,
		SETTINGS_KEY_UNREADABLE,
	} next;
	unsigned char next_key[SETTINGS_FLEET_KEY_LEN];
	/* for a state server, else NULL */
	const char *ca_file;
	const char *password_file, *cert_file, *key_file;
	unsigned connect_timeout_ms, timeout_ms;
	unsigned hold_s; /* maximum idle time of a kept connection */
	bool single;
	bool same_uids;           /* an account has one uid on all hosts */
	enum on_outage on_outage; /* of the state; never OUTAGE_ALLOW */
};

struct record_source;

#define SETTINGS_NOTIFY_MAX 255
#define SETTINGS_NOTIFY_MAIL "mail"

/* All texts belong to the struct settings that they were read into. */
struct settings {
	const char *brand;
	const char *language;
	const char *users_dir;
	bool users_state; /* records are in the state; users_dir takes
			     precedence */
	struct record_source *records; /* set by the caller, not by the file */
	struct user_account *account;  /* the same; NULL: any record is read */
	uid_t owner; /* of all files here: 0, except in unit tests */
	const char *state;
	/* folder of host.key, latency and shape */
	char state_dir[FOLDER_PATH_MAX];
	struct settings_store store;
	bool unenrolled_allow;
	bool unenrolled_enrol; /* they may enrol at a login */
	/* where; empty: at sshd and login */
	struct text_list self_enrol_services;
	struct text_list enrol_kinds; /* settings_enrols_by() */
	const char *unenrolled_text;  /* "" when not set */
	enum on_outage on_outage;
	/* last days of "allow"; 0: no end */
	unsigned unenrolled_until, on_outage_until;
	unsigned
	    today; /* set by the caller to preview a day; 0: by the clock */
	unsigned self_enrol_until;     /* by the password alone; 0: never */
	struct text_list enrol_groups; /* of twofactl people; no login asks */
	struct text_list self_for;     /* accounts_may_run_self() */
	struct text_list helpdesk_for;
	const char *helpdesk_group; /* NULL: there is no help desk */
	unsigned helpdesk_daily;
	bool exceptions_dated;
	unsigned remember_idle_days;
	bool alert_owner; /* text users about changes, used codes, locks */
	/* who is told of locks and outages: SETTINGS_NOTIFY_MAIL, a command's
	 * path, or "" */
	char notify[SETTINGS_NOTIFY_MAX + 1];
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
	/* uids of unprivileged services that may ask about any user */
	size_t socket_uids;
	uid_t socket_uid[SETTINGS_SOCKET_UIDS_MAX];

	char proxy[BASE_URL_HOST_MAX + 1]; /* to the providers; "" if none */
	const char *proxy_user;            /* NULL: no authentication */
	const char *proxy_password_file;
	struct secret proxy_password;
	size_t rule_count;
	struct rule *rule;

	void *doc;      /* the libconfig document that holds the texts */
	bool preloaded; /* doc and rules are those of settings_preload() */
	/* set in a worker: records are read without the digests that only its
	 * broker compares */
	bool undigested;
	/* last, as it is long: settings_free() wipes only those that were read
	 */
	size_t provider_count;
	struct provider_conf provider[SETTINGS_PROVIDERS_MAX];
};

/* The receiver of error lines, which have no newline. NULL drops them, because
 * other code reports them. */
struct settings_report {
	void *ctx;
	void (*line)(void *ctx, const char *line);
	bool all; /* else SETTINGS_ERROR_MAX, for a log */
};

#define USER_PEOPLE_MAX 50 /* of one account */
#define USER_SK_KEYS_MAX (8 * (SSH_FINGERPRINT_LEN + 1))

#define USER_PHONES_MAX 3
/* their numbers with commas between; masked */
#define USER_PHONES_TEXT (USER_PHONES_MAX * (PHONE_MAX + 1))
#define USER_PHONES_SHOWN (USER_PHONES_MAX * (PHONE_MASK + 4))
#define USER_BASE_LEN 32 /* hexadecimal digits */
#define USER_DEVICE_NAME_MAX 32
struct user_phone {
	char number[PHONE_MAX + 1];
	char name[USER_DEVICE_NAME_MAX + 1]; /* "" when not set */
	bool voice;                          /* it takes calls alone */
};

/* An authenticator app, or a token, whose secret we have. */
struct user_app {
	struct secret secret; /* base32; len 0: none */
	struct totp_kind kind;
	char name[USER_DEVICE_NAME_MAX + 1]; /* a token's serial; or "" */
	bool token;
	int64_t changed_ns; /* of the secret's file, or 0 */
};

#define USER_SUBJECTS_MAX 4
#define USER_SUBJECT_MAX 255 /* OpenID Connect Core 1.0, 2 */

/* Whom an identity provider knows the user as. It counts for the provider of
 * this name alone, and only while that has this issuer as its base_url. */
struct user_subject {
	char provider[SETTINGS_NAME_MAX + 1];
	char issuer[256];
	char sub[USER_SUBJECT_MAX + 1];
};

struct user_record {
	/* "" when not set; at least one factor is set */
	char phone[PHONE_MAX + 1]; /* in use: the first one, until another is */
	struct user_phone phones[USER_PHONES_MAX];
	size_t phone_count; /* of phones; 0: phone is not of a list */
	size_t phone_at;    /* of the phone in use */
	/* in place of a phone; secret: anybody who knows it can read the codes
	 */
	char receiver[SETTINGS_RECEIVER_MAX + 1];
	char email[SETTINGS_EMAIL_MAX + 1];
	char
	    push_identity[PROVIDER_IDENTITY_MAX + 1]; /* also for totp_factor */
	char push_factor[TWILIO_SID_LEN + 1];
	char totp_factor[TWILIO_SID_LEN + 1];
	char authy_id[AUTHY_ID_MAX + 1];
	/* fingerprints of security keys, separated by blanks */
	char sk_keys[USER_SK_KEYS_MAX + 1];
	struct user_subject subject[USER_SUBJECTS_MAX];
	size_t subjects;
	enum method channel[METHOD_COUNT]; /* in order of preference */
	size_t channels;
	char provider[SETTINGS_NAME_MAX + 1]; /* preferred, or "" */
	const char *language; /* of messages; NULL: that of the settings */
	bool enabled;
	int64_t uid; /* of the account that it was made for; -1: not said */
	bool left;   /* the user has left: no login takes the record */
	struct user_app app[USER_APPS_MAX]; /* the last ones are empty */
	/* The user has changed the phones, or the app, by twofactl self
	 * (user_change.c): when, or 0; the new numbers; and whether these, or
	 * the app, do not count yet. */
	int64_t changed_at, app_changed_at;
	char changed_to[USER_PHONES_TEXT];
	bool change_waits, app_waits;
	bool overruled; /* a change, by other phones or apps in the file */
	bool in_state;  /* the record, or the text of one */
	/* the digests of its phones, of its apps; "" in the state of one host
	 */
	char base[USER_BASE_LEN + 1], app_base[USER_BASE_LEN + 1];
	/* SHA-256 of the file's text and of the apps' secrets, and also of
	 * those of the file that a person's "user" names: a change ends
	 * remembered logins */
	unsigned char digest[SETTINGS_DIGEST_LEN];
};

/* user_change.c: a user who has changed the phones, or the app, by twofactl
 * self. The state has each change as a line; it counts next to the file whose
 * phones or app it replaces, or is in front of a record there. Except after an
 * invitation, it counts a day later, in which the owner can object. */

#define USER_CHANGE_WAIT_S (24 * INT64_C(3600))
#define USER_CHANGE_SHOWN_S (14 * 24 * INT64_C(3600)) /* at logins */
#define USER_CHANGE_MAX 160 /* its line, with the newline and a NUL */

void user_phones_text(const struct user_record *, char out[USER_PHONES_TEXT]);
/* Takes the next number of such a list. False if it is none. */
bool user_phones_take(const char **list, char number[PHONE_MAX + 1]);
/* One of these phones, the count for one more, gets this number, or goes: "".
 */
struct user_phones_change {
	const char *phones;
	size_t at;
	const char *number;
};
/* Writes the phones after it. False for one that cannot be: of none, or to none
 * or too many. */
bool user_phones_after(
    const struct user_phones_change *, char out[USER_PHONES_TEXT]);
/* Several have numbers, from 1. */
void user_phones_show(const char *list, bool full, char out[USER_PHONES_SHOWN]);

/* Writes the line of a change, which counts at once or waits. base: the base of
 * the file's record, or "". */
void user_change_write(char line[USER_CHANGE_MAX], int64_t at,
    const struct user_phones_change *, bool waits, const char *base);
/* The same for an app. */
void user_change_write_app(char line[USER_CHANGE_MAX], int64_t at,
    const char *to, bool waits, const char *base);
/* Appends to the line what the state has now, NULL for nothing: without the
 * line that it replaces, and if alone also without a record. */
#define USER_CHANGES_MAX (2 * USER_CHANGE_MAX + 4096)
void user_change_keep(
    char text[USER_CHANGES_MAX], const char *in_state, bool alone);
/* Removes the line of the phones, or the app's, from what the state has. */
void user_change_cut(char *text, bool phones, bool app);

/* The nth number, from 0, or NULL. */
const char *user_record_phone(const struct user_record *, size_t n);
/* The number of apps and tokens whose secrets we have. */
size_t user_record_apps(const struct user_record *);
/* True if only an admin changes these: several, a token, or a provider's. */
bool user_record_app_is_admins(const struct user_record *);
/* Removes those that count their codes. */
void user_record_drop_hotp(struct user_record *);
/* Wipes the secrets, whose number stays. For a process that has a state broker,
 * which compares the codes. */
void user_record_wipe_secrets(struct user_record *);
/* Uses the nth phone, if it is of the list. */
void user_record_use_phone(struct user_record *, size_t n);

/* One person of a shared account. "" when not set. */
struct user_person {
	char name[USER_NAME_MAX + 1]; /* user_name_is_valid */
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1]; /* together with cert_id */
	char user[USER_NAME_MAX + 1];     /* whose record is used; "": own */
};

/* Names and keys are unique, and so are ids of one ca. */
struct user_people {
	bool enabled; /* of the account */
	size_t count;
	struct user_person person[USER_PEOPLE_MAX];
};

enum user_result {
	USER_ERROR = 0, /* reported: broken, unreadable or wrongly owned */
	USER_FOUND,
	USER_ABSENT, /* users_dir was opened and has no such file */
	USER_PEOPLE, /* the file names people: each has a record */
	USER_OUTAGE, /* reported: temporarily unreadable */
};

/* The owner of a record. From USER_LEFT on a login does not take it. */
enum user_owner {
	USER_OWN = 0, /* or not compared */
	USER_UNSAID,  /* the record has no uid */
	USER_LEFT,    /* its user has left */
	USER_OTHER,   /* it has another uid than the account */
};

/* The account whose login it is. A record of its name that is not its own, and
 * any whose user has left, is read as absent. */
struct user_account {
	char name[USER_NAME_MAX + 1]; /* "": no uid is compared */
	uid_t uid;
	enum user_owner owner; /* of the record that was read last */
};

enum record_source_found {
	RECORD_SOURCE_FAILED = 0, /* unknown: denied, whatever the rule */
	RECORD_SOURCE_THERE,
	RECORD_SOURCE_NONE,   /* the state has no record of that name */
	RECORD_SOURCE_OUTAGE, /* the state is out of reach */
};

#define RECORD_SOURCE_SEALED "sealed:"

/* Where users' records are with users = "state", or those of users without a
 * file who enrolled at a login. The caller sets it: the helper reads the state,
 * twofactl asks the helper. Without a source every record fails to read with
 * users = "state", and else there are only files. */
struct record_source {
	/* The text stays valid as long as the source. Sets cause and why on
	 * FAILED and OUTAGE. */
	enum record_source_found (*text)(
	    struct record_source *, const char *user, const char **text);
	/* Decrypts a secret of this owner; text begins with
	 * RECORD_SOURCE_SEALED. 0, or -1 and an empty secret if it has another
	 * owner or key, or was changed. The caller wipes. */
	int (*unseal)(const unsigned char key[SETTINGS_FLEET_KEY_LEN],
	    const char *owner, const char *text, struct secret *);
	const char *cause; /* of the last failure, and the remedy */
	enum reason why;
};

/* conditions.c: one table defines every condition. A rule matches a login when
 * all of its conditions hold. Pure. */

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

/* Facts of a login that rules evaluate; admission_fill_facts fills them in. */
struct rule_facts {
	const char *user; /* account */
	const char *service;
	const char *address; /* numeric, or "" */
	bool console;        /* admission_is_console */
	bool first_factor;   /* first factor verified */
	bool real_root;      /* the application's real uid is 0 */
	bool one_field;      /* it shows no prompt, so no page */
	int64_t socket_uid;  /* of an unprivileged service, else 0 */
	/* in the host's time zone, Monday 0:00 is 1; 0: unknown */
	unsigned week_minute;
	unsigned today;        /* in UTC, at the login's start; 0: unknown */
	const char *auth_info; /* from sshd only; may be NULL */
	bool sk_recorded;      /* auth_info has a security key of the record */
	const struct group_fact *group;
	size_t groups;
};

enum condition_answer {
	CONDITION_UNKNOWN = 0,
	CONDITION_FAILS,
	CONDITION_HOLDS, /* also if the rule does not set the condition */
};

/* One condition of a rule, evaluated for a login. */
struct condition_lookup {
	const struct condition *c;
	const struct settings *conf; /* only holds needs it; else may be NULL */
	const struct rule *rule;
	const struct rule_facts *facts;
};

/* The condition in two rules. */
struct condition_pair {
	const struct condition *c;
	const struct rule *one, *other;
};

#define CONDITION_TEXT_MAX 384

struct setting_entry;

struct condition {
	const char *name;         /* in JSON, and the key if it has one */
	const char *name_unknown; /* in JSON; NULL: it is never unknown */
	const struct setting_entry *entry; /* NULL: no key */
	size_t fact;           /* for a list of names: offset in rule_facts */
	bool differs_per_user; /* rules with it are skipped for decoys */
	enum condition_answer (*holds)(const struct condition_lookup *);
	/* why it does not hold, for explain */
	void (*why)(
	    const struct condition_lookup *, char out[CONDITION_TEXT_MAX]);
	/* what is unknown, and the remedy, for the log; NULL: it never is */
	void (*unknown)(
	    const struct condition_lookup *, char out[CONDITION_TEXT_MAX]);
	/* True if every login for which it holds in one is one for which it
	 * holds in the other. NULL: not set by rules. */
	bool (*within)(const struct condition_pair *);
	/* True if it may hold in both rules for one login. NULL: always. */
	bool (*overlap)(const struct condition_pair *);
};

/* In the order of evaluation; the name of the last row is NULL. */
extern const struct condition conditions[];

/* True if the rule sets the condition. */
bool condition_is_set(const struct condition *, const struct rule *);

/* True if outer matches each login that inner matches. */
bool conditions_within(const struct rule *inner, const struct rule *outer);
/* True if one login may match both. */
bool conditions_overlap(const struct rule *, const struct rule *);

/* The rule's first group whose membership is unknown, or NULL. Also NULL
 * without facts. */
const struct group_fact *condition_first_unknown_group(
    const struct rule *, const struct rule_facts *);

/*
 * crash_guard.c: libconfig does not check malloc; out of memory, it crashes or
 * calls exit. The login is denied in any case; this adds a line with the cause.
 */

/* line writes the message and must be async-signal-safe. The guard has no
 * effect before this call. */
void crash_guard_init(void (*line)(const char *line));

/* private_key.c: a private key as PEM text (RFC 7468), PKCS #8 or PKCS #1: RSA,
 * or if elliptic is set EC. */

#define PRIVATE_KEY_BITS_MAX 4096

/* OpenSSL's EVP_PKEY */
struct evp_pkey_st;

/* NULL with *cause, a constant with fault and remedy; never prompts for a
 * passphrase. The caller frees (EVP_PKEY_free, which wipes). */
struct evp_pkey_st *private_key_read(
    const struct pem *, bool elliptic, const char **cause);

/* Like private_key_read, but returns only the cause; NULL if the key is valid.
 */
const char *private_key_check(const struct pem *, bool elliptic);

/* setting_read.c: bytes that a text may hold: control codes must not reach a
 * terminal, a log or a provider. Pure, independent of the locale. */

/* True if all bytes are in charset; NULL: printable ASCII. */
bool setting_text_is_in_charset(const char *text, const char *charset);
/* Well-formed UTF-8 (RFC 3629) without control characters (C0, C1, DEL). */
bool setting_text_is_printable_utf8(const char *text);

/* settings.c: loads twofa.conf. An error in the settings always denies: each
 * one is reported as "FILE:LINE: key: what is wrong; expected FORM". */

/* Opens (O_NOFOLLOW), checks owner and mode, reads and checks twofa.conf and
 * the secrets that it names. owner is the uid that must own them: 0, except in
 * unit tests. NULL after reporting every error. settings_free wipes secrets. */
struct settings *settings_load(
    const char *path, uid_t owner, const struct settings_report *);

/* Parses the file and its rules for settings_load in children, which use that
 * where they read the same text. Opens no secret and reports nothing. */
void settings_preload(const char *path, uid_t owner);

/* Like settings_load, but also returns settings with errors, for diagnosis
 * only. A faulty key has its default or NULL; if the file cannot be read, all
 * keys have. NULL: no memory. */
struct settings *settings_load_faulty(const char *path, uid_t owner,
    const struct settings_report *, bool *faulty);
/* Like settings_load, but parses text[len], which is not in the file yet; path
 * is only its name in errors. text NULL: reads the file. */
struct settings *settings_parse(const char *path, const char *text, size_t len,
    uid_t owner, const struct settings_report *);
void settings_free(struct settings *);
/* For OWNED. */
void settings_end(struct settings **);
/* Wipes all providers' credentials except those of number but; if that is
 * SIZE_MAX, the proxy password too: the state broker needs none, a provider's
 * broker no other's. The lengths of secrets stay, since whether a request can
 * be built depends on them. */
void settings_wipe_credentials(struct settings *, size_t but);

/* settings_error.c */

/* Hands a line to the receiver; NULL drops it. */
void settings_report_line(const struct settings_report *, const char *line);
/* Writes them to the log. */
extern const struct settings_report settings_report_log;

/* settings_scan.c */

/* Returns the end of the comment at p: p without one, NULL if it does not
 * end. */
const char *settings_comment_end(const char *p);

/* settings_query.c: predicates and look-ups on loaded settings. */

#define SETTINGS_URL_HOSTS 8
#define SETTINGS_URL_HOST_MAX 253
#define SETTINGS_URL_DATABASE_MAX 63
#define SETTINGS_URL_PORT 5432

/* The setting "state" when it names servers instead of a file. */
struct settings_url {
	size_t hosts; /* in the order they are tried */
	struct {
		char name[SETTINGS_URL_HOST_MAX + 1];
		unsigned port;
	} host[SETTINGS_URL_HOSTS];
	char database[SETTINGS_URL_DATABASE_MAX + 1];
};

/* A state at a server needs it; the helper loads it for such a one alone. */
#define SETTINGS_LIBPQ "libpq.so.5" /* since 2006 */
#define SETTINGS_LIBPQ_MISSING "libpq is missing: install libpam-twofa-fleet"

/* Parses postgresql://HOST[:PORT][,HOST[:PORT]...]/DATABASE. NULL, or a
 * constant that says what is wrong. */
const char *settings_fleet_url_parse(const char *where, struct settings_url *);

/* True if "state" names servers, which hosts share, instead of a file. It must
 * have been read without an error. */
bool settings_is_fleet(const struct settings *);
/* " on all hosts" if hosts share the state, so that changes of it affect all of
 * them; else "". */
const char *settings_on_all_hosts_text(const struct settings *);

/* True if this uid is in socket_allow_uids. */
bool settings_socket_allows(const struct settings *, int64_t uid);

/* True if the text is in the list. */
bool settings_list_has(const struct text_list *, const char *text);

/* True if the numeric address is in one of these networks; false for "". */
bool settings_network_has(const struct network_list *, const char *address);

/* The provider of this name, or NULL. */
const struct provider_conf *settings_provider(
    const struct settings *, const char *name);

/* True if a provider is a rehearsal's simulator, or uses plain http. */
bool settings_is_rehearsal(const struct settings *);
#define SETTINGS_REHEARSAL                                                     \
	"a rehearsal, which protects no login; go over to a vendor: twofactl " \
	"init"

/* True if state_dir is not the folder of the state file. */
bool settings_state_dir_is_separate(const struct settings *);
/* Checks that a separate state_dir is private to the caller, the helper. 0, or
 * -1 with cause. Opening the state file checks its own folder. */
int settings_state_dir_check(
    const struct settings *, char cause[FOLDER_CAUSE_MAX]);

#define SETTINGS_OUTAGE_FILE "outage.db" /* in state_dir */
/* True if this host has SETTINGS_OUTAGE_FILE, for outages of the state servers.
 * Only root and the helper can read its folder. */
bool settings_has_outage_file(const struct settings *);

#define SETTINGS_ENROLLED_FILE "enrolled" /* in state_dir */
/* True if the state file may have records of users who enrolled at a login
 * (helper/broker/broker_enrol.c): then it is read for users without a file. */
bool settings_has_enrolments(const struct settings *);
/* True if users without a record may enrol at a login of this service. */
bool settings_enrols_at(const struct settings *, const char *service);
#define SETTINGS_ENROL_PHONE "phone"
#define SETTINGS_ENROL_APP "app"
/* True if they may enrol with this kind of device. */
bool settings_enrols_by(const struct settings *, const char *kind);
/* True if each rule that asks for a code takes one that a phone gets. */
bool settings_phone_suffices(const struct settings *);

/* SETTINGS_FLEET_KEY_LEN bytes; NULL: no fleet key is configured. */
const unsigned char *settings_fleet_key(const struct settings *);

/* For a state that is under another key: replaces fleet_key in memory by the
 * next key. False if there is no next key. */
bool settings_fleet_key_use_next(struct settings *);

/* METHOD_BITs by which some provider can deliver. */
unsigned settings_deliverable_methods(const struct settings *);

/* True if some provider sends codes to phones or addresses. */
bool settings_sends_codes(const struct settings *);
#define SETTINGS_ENROL_MAX 2304 /* with a quoted name */
/* The command that enrols this user with what is set: for a phone, or for an
 * app where no provider sends codes. Valid until the next call. */
const char *settings_enrol_command(const struct settings *, const char *user);

/* A rule or a general setting that admits without a code. */
struct exception {
	char name[32];         /* "rule 2", "unenrolled", "on_outage" */
	const char *key, *end; /* of the setting that admits, of its last day */
	unsigned until;        /* last day; 0: no end */
	const char *why;       /* "" if not set */
};

#define SETTINGS_EXCEPTIONS(conf) ((conf)->rule_count + 2)
/* Fills in the nth exception: a rule, then `unenrolled`, then `on_outage`.
 * False if it is not one; it is filled in nevertheless. */
bool settings_exception_at(
    const struct settings *, size_t n, struct exception *);
#define SETTINGS_REMEMBER_IDLE_S(conf)                                         \
	((conf)->remember_idle_days * INT64_C(86400))
#define SETTINGS_REMEMBERS_MAX 96
/* Writes what rule i, from 0, remembers for more than a day. False if it does
 * not. */
bool settings_remembers_long(
    const struct settings *, size_t i, char out[SETTINGS_REMEMBERS_MAX]);
/* True if the rule needs no code: "skip" or "observe". */
bool settings_rule_skips_code(const struct rule *);

/* settings_rules.c */

/* Words of the settings; "" for OUTAGE_UNSET. */
const char *settings_action_name(enum action);
const char *settings_on_outage_name(enum on_outage);

/* user_people.c: the people who share an account. */

/* Reads the people of a file. text is as for user_record_parse. USER_PEOPLE:
 * valid, except for secrets and other users' records, which user_person_read
 * checks; else the list is empty. USER_FOUND: a file without people, whose keys
 * were not checked. */
enum user_result user_people_read(const struct settings *, const char *name,
    const char *text, struct user_people *, const struct settings_report *);
/* Like user_record_parse(), but for a shared account (USER_PEOPLE) checks the
 * people, too, and sets enabled alone. */
enum user_result user_record_observe(const struct settings *, const char *name,
    const char *text, struct user_record *, const struct settings_report *);
/* Reads the record of the person who->name, and the rest of who. USER_FOUND;
 * USER_ABSENT if there is no such file, or no such person in it; USER_ERROR or
 * USER_OUTAGE. If the person has a "user", it is that user's record. enabled:
 * all of the account, the person and that user are. The caller wipes the
 * record; it is empty unless USER_FOUND. */
enum user_result user_person_read(const struct settings *, const char *name,
    const char *text, struct user_person *who, struct user_record *,
    const struct settings_report *);

/* True if the person logged in with this key or certificate. */
bool user_person_has_key(
    const struct user_person *, const struct ssh_identity *);

enum user_people_choice {
	USER_PEOPLE_UNCLEAR = 0, /* the keys do not all belong to one person */
	USER_PEOPLE_KNOWN,       /* the person at index *at */
	USER_PEOPLE_UNKNOWN,     /* no key, or unknown keys: ask for the name */
};

/* Finds the person by the keys that sshd has checked. Pure. */
enum user_people_choice user_people_choose(
    const struct user_people *, const char *auth_info, size_t *at);

/* user_record.c: a user's record, users_dir/NAME.conf. */

/* Reads users_dir/NAME.conf for these settings, and reports errors as
 * settings_load does. The name must be valid (user_name_is_valid). The caller
 * wipes the record; it is empty unless USER_FOUND. USER_PEOPLE: nothing after
 * the key people was checked. */
enum user_result user_record_read(const struct settings *, const char *name,
    struct user_record *, const struct settings_report *);
/* Like user_record_read, but parses a text that is not in its file yet; never
 * USER_ABSENT then. Reads the secret that it names. text NULL: reads the
 * file. */
enum user_result user_record_parse(const struct settings *, const char *name,
    const char *text, struct user_record *, const struct settings_report *);

/* Makes these settings read this account's records alone, if they compare. */
void user_account_set(const struct settings *, const char *name, uid_t);
/* True if the last record was absent because it belongs to another account. */
bool user_account_is_other(const struct settings *);

/* 1 to 255 bytes of printable ASCII without blanks, quotes and backslashes. */
bool user_subject_is_valid(const char *subject);
/* Writes the hex digits that stand for a sub where it must not be read, or does
 * not fit; "" for none. */
#define USER_SUBJECT_ID_MAX 32
void user_subject_id(const char *sub, char out[USER_SUBJECT_ID_MAX + 1]);

/* Wipes the record, which contains the TOTP secret. */
void user_record_wipe(struct user_record *);

#endif
