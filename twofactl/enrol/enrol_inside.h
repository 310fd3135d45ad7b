/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values that a command line, or a row of a table, wants in a user's
 * record: checks them, and turns them into changes of the record's text. Pure,
 * given the settings.
 */
#ifndef TWOFA_ENROL_INSIDE_H
#define TWOFA_ENROL_INSIDE_H

#include "twofactl/records/records.h"

#define WANTED_RECORD_KEYS 10
#define WANTED_RECORD_LIST_MAX 80 /* each channel once, quoted */

/* As typed; NULL or "": not given. */
struct wanted_record_typed {
	const char *phone, *country, *email, *channels, *provider, *language;
	/* for one of a shared account's people; key and ca are fingerprints */
	const char *key, *cert_id, *ca, *user;
};

/* "" for values that were not given: the record keeps its own. */
struct wanted_record {
	char phone[PHONE_MAX + 1];
	char email[SETTINGS_EMAIL_MAX + 1];
	char list[WANTED_RECORD_LIST_MAX]; /* channels, as in libconfig */
	enum method first;                 /* the first channel */
	char provider[SETTINGS_NAME_MAX + 1];
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1];
	char user[USER_NAME_MAX + 1];
	char language[PROVIDER_LANGUAGE_MAX + 1];
	char authy_id[AUTHY_ID_MAX + 1]; /* not typed: enrol_register */
};

/* 0, or -1 after reporting everything that is wrong, as "about what: why". */
int wanted_record_read(struct wanted_record *, const struct settings *,
    const struct wanted_record_typed *, const struct settings_report *);

/* The given keys; they point into the struct. Returns their number. */
size_t wanted_record_changes(const struct wanted_record *,
    struct record_text_change[WANTED_RECORD_KEYS]);

/* Forget the remembered logins of the target's owner, or, for a person with a
 * user's factors, of that user at the account; *forgot: how many. Returns like
 * client_request. */
enum ctl_exit forget_remembered(const struct command_user *, int64_t *forgot);

/* An app's secret, and how that app counts. */
struct app_secret {
	struct secret secret; /* base32, of one brought along without padding */
	struct totp_kind kind;
};

/* Read base32 or otpauth://totp/...; the caller wipes. NULL, or what is wrong,
 * without a byte of it. */
const char *app_secret_read(const char *text, struct app_secret *);

/*
 * Puts an app's secret into use: secret and record are placed, and the state
 * uses up the code that proved it. After a failure nothing has changed, except
 * that the user's remembered logins have ended.
 */

/* step: of the code that proved the app; 0 none; -1: nothing is changed, would
 * it succeed? CTL_DONE, or after complaining. */
enum ctl_exit enrol_app(
    const struct command_user *, const struct app_secret *, int64_t step);

/*
 * The phones of all enrolled users, and who has each. Two may share one, but
 * while one of them logs in the other has to wait.
 */

struct phone_owner {
	char phone[PHONE_MAX + 1];
	char authy_id[AUTHY_ID_MAX + 1];
	char user[OWNER_MAX + 1]; /* or a person (values.h) */
};

struct phone_owners {
	size_t count, cap;
	struct phone_owner *of; /* by phone, then user */
};

/* Records that cannot be read are skipped: other code reports them. 0, or -1
 * with errno and an empty list; call phone_owners_free in any case. */
int phone_owners_read(struct phone_owners *, const struct settings *);
void phone_owners_free(struct phone_owners *);
/* One more, behind the others. 0, or -1 without memory. */
int phone_owners_add(struct phone_owners *, const char *user, const char *phone,
    const char *authy_id);

/* The owners of this number: the first of *count, NULL none. */
const struct phone_owner *phone_owners_find(
    const struct phone_owners *, const char *phone, size_t *count);

/* enrol.c: does a provider know people by ids of its own (by_authy_id)? */
bool enrol_registers(const struct settings *);

/* Have it give wish->authy_id for the number and address of record, the future
 * text of owner's, who is then among the owners. CTL_NO: none is needed. Else
 * after complaining; an id of somebody with another number is refused, since
 * that phone would get the codes. */
enum ctl_exit enrol_register(const struct run *, const char *owner,
    const char *record, struct phone_owners *, struct wanted_record *wish);

/*
 * A new secret for an authenticator app, and the URI that apps read:
 * otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=... (the key URI format
 * that all of them know).
 */

#define APP_SECRET_URI_MAX 1024
#define APP_SECRET_GROUPS_MAX 64

/* Random bytes as base32. 0, or -1 with errno. The caller wipes. */
int app_secret_new(struct secret *base32);

/* The URI; issuer and account are percent-encoded. 0, or -1 when it would be
 * too long. The caller wipes. */
int app_secret_uri(const struct app_secret *, const char *issuer,
    const char *account, char out[APP_SECRET_URI_MAX]);

/* In groups of four, for typing. The caller wipes. */
void app_secret_groups(
    const struct secret *base32, char out[APP_SECRET_GROUPS_MAX]);

/*
 * Puts a phone's app into use: push_identity, push_factor and the channel
 * "push" in the user's record, or no change at all.
 */

/* The record's channels with "push" first, because the person should be asked
 * by push first. A list in the record's form; the record's own list if it has
 * push. */
#define ENROL_PUSH_CHANNELS 128
void enrol_push_channels(
    const struct user_record *, char out[ENROL_PUSH_CHANNELS]);

/* CTL_DONE, or after complaining. */
enum ctl_exit enrol_push(
    const struct command_user *, const char *identity, const char *factor);

/*
 * Reads CSV as spreadsheets write it (RFC 4180): quotes, CRLF, a byte order
 * mark; comma, semicolon or tab, found in the first line or named there alone
 * (sep=;). Pure.
 */

#define CSV_FIELDS_MAX 32
#define CSV_ROW_MAX 4096 /* bytes of a row's fields, with their NULs */

enum csv_result {
	CSV_BAD = 0, /* see row.line and cause; reading stops */
	CSV_ROW,
	CSV_END,
};

struct csv_row {
	unsigned line; /* of its first line, from 1 */
	size_t count;
	char *field[CSV_FIELDS_MAX]; /* in text, NUL-terminated */
	char text[CSV_ROW_MAX];
};

struct csv {
	const char *p, *end;
	char separator;
	unsigned line;
	const char *cause; /* after CSV_BAD */
};

/* text[len] must stay valid as long. */
void csv_begin(struct csv *, const char *text, size_t len);

/* The next row that is not empty. Fields come without surrounding blanks. */
enum csv_result csv_next(struct csv *, struct csv_row *);

/*
 * A table of users to enrol: every row is checked against the settings, the
 * accounts and the other rows before anything is written.
 */

#define IMPORT_TABLE_ROWS_MAX 200000 /* some 250 MB */

struct import_row {
	unsigned line;
	/* the account's pw_name, for a person as in values.h */
	char user[OWNER_MAX + 1];
	struct wanted_record wish;
	char *groups; /* with commas between; NULL: nothing is said of them */
	struct app_secret app; /* no secret: none, or as it is already */
	bool no_record;        /* only that */
	/* for use by the code that writes records */
	bool stays;
	enum event event; /* NONE: nothing changes */
	char before[PHONE_MAX + 1];
};

struct import_table {
	const char *name;    /* the file's name, for complaints */
	const char *country; /* NULL: numbers must have their calling code */
	const struct settings *conf;
	const struct name_list *accounts; /* sorted; others are looked up */
	/* takes a complaint without the file's name; line 0: about all of it */
	void *ctx;
	void (*wrong)(void *ctx, unsigned line, const char *text);
	void (*warn)(void *ctx, unsigned line, const char *text);

	size_t count, cap; /* of the rows, in the order of the file */
	struct import_row *row;
};

/* Fill the rows from text[len]. 0, or -1 after reporting all errors. Call
 * import_table_free in any case. */
int import_table_read(struct import_table *, const char *text, size_t len);
void import_table_free(struct import_table *);

/* enrol.c: why codes by this method should not go to such a number: one
 * sentence for an administrator, or NULL. */
const char *enrol_number_advice(const struct number_facts *, enum method);

/* Tell the owner of that event, if the settings say so, and at the number
 * before as well (NULL: none); complains where that fails, which undoes
 * nothing.
 * After self: in any case at the old one, if a provider can. */
void enrol_alert(const struct run *, const struct settings *, const char *owner,
    enum event, const char *before);

/* wanted_record.c: the user's number before a change; "" none. */
void wanted_record_old_number(
    const struct settings *, const char *user, char out[PHONE_MAX + 1]);
enum event wanted_record_event(
    const char *before, const struct wanted_record *now);

#endif
