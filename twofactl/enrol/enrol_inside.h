/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of the enrolment commands. */
#ifndef TWOFA_ENROL_INSIDE_H
#define TWOFA_ENROL_INSIDE_H

#include "twofactl/enrol/enrol.h"

/* enrol.c: reads a code, without its blanks. Returns 0, or -1 at the end of
 * input. The caller wipes. */
#define ENROL_CODE_MAX 32
int enrol_read_code(const char *prompt, char code[ENROL_CODE_MAX]);

/* cmd_remove.c: returns what happens to a login of a user without a record:
 * enrol_denied, or a text that says for what the password is enough. */
extern const char enrol_denied[];
const char *enrol_without_record(const struct settings *);

/* app_secret.c: secrets of authenticator apps. */

/* An app's secret, and how that app counts. */
struct app_secret {
	struct secret secret; /* base32; an imported one has no padding */
	struct totp_kind kind;
	int64_t counter; /* hotp: of its next code */
	/* one more beside others, as a token if it has a serial */
	bool added;
	char serial[USER_DEVICE_NAME_MAX + 1];
};

/* Makes random bytes as base32. Returns 0, or -1 with errno. The caller
 * wipes. */
int app_secret_new(struct secret *base32);

/* Reads base32 or otpauth://totp/...; if it is to be added, also of 8 digits
 * and otpauth://hotp/... Returns NULL, or the problem, without a
 * byte of the secret. The caller wipes. */
const char *app_secret_read(const char *text, struct app_secret *);

/* wanted_record.c: the values that a command line, or a row of a table, wants
 * in a user's record: checked, and turned into changes of the record's text. */

#define WANTED_RECORD_KEYS 10
#define WANTED_RECORD_LIST_MAX 80 /* each channel once, quoted */

/* As typed; NULL or "" if not given. */
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
	char authy_id[AUTHY_ID_MAX + 1]; /* from enrol_register */
};

/* Returns 0, or -1 after reporting each problem as "value: cause". */
int wanted_record_read(struct wanted_record *, const struct settings *,
    const struct wanted_record_typed *, const struct settings_report *);

/* Lists the given values; they point into the struct. Returns their number. */
size_t wanted_record_changes(const struct wanted_record *,
    struct record_text_change[WANTED_RECORD_KEYS]);

/* Reads an owner's number before a change; "" without a number. */
void wanted_record_old_number(
    const struct settings *, const char *owner, char out[PHONE_MAX + 1]);

/* Returns NUMBER_CHANGED if the number before is replaced, else ENROLLED. */
enum event wanted_record_event(
    const char *before, const struct wanted_record *now);

/* phone_owners.c: the phones of all enrolled users, and who has each. Two may
 * share one, but while one of them logs in the other has to wait. */

struct phone_owner {
	char phone[PHONE_MAX + 1];
	char authy_id[AUTHY_ID_MAX + 1];
	char user[OWNER_MAX + 1]; /* owner name (values.h) */
};

struct phone_owners {
	size_t count, cap;
	struct phone_owner *of; /* by phone, then user */
};

/* Reads all records; those that cannot be read are skipped, as other code
 * reports them. Returns 0, or -1 with errno and an empty list. The caller
 * frees in any case. */
int phone_owners_read(struct phone_owners *, const struct settings *);
void phone_owners_free(struct phone_owners *);
/* Appends an owner, unsorted. Returns 0, or -1 with errno. */
int phone_owners_add(struct phone_owners *, const char *user, const char *phone,
    const char *authy_id);

/* Returns the first of *count owners of this number, or NULL. */
const struct phone_owner *phone_owners_find(
    const struct phone_owners *, const char *phone, size_t *count);

/* enrol.c: notifies the owner of that event, if alert_owner is set: at the
 * present number, and at the number before if it is not NULL. For self the
 * latter is notified in any case, if a provider can. Reports failures, which
 * undo nothing. */
void enrol_alert(const struct run *, const struct settings *, const char *owner,
    enum event, const char *before);

/* devices.c: one phone, app or token more, or less, in a record. */

#define DEVICES_CHANGES 3
/* Writes the change of the record's apps or tokens, and what it needs besides.
 * Returns the number. */
size_t devices_change_apps(const struct user_record *,
    const struct record_text_change *,
    struct record_text_change out[DEVICES_CHANGES]);

/* Sets the change that adds the number to the target's phones; it is valid
 * until the next call. */
enum ctl_exit devices_add_phone(const struct settings *, const struct target *,
    const char *number, struct record_text_change *);
/* Removes the device with this number of twofactl show. */
enum ctl_exit devices_remove(
    const struct command_user *, const char *device, bool yes);

/* cmd_forget.c: ends the remembered logins of the target's owner, or, for a
 * person with a user's factors, of that user at the account; *forgot is their
 * number. Returns like client_request. */
enum ctl_exit forget_remembered(const struct command_user *, int64_t *forgot);

/* cmd_remove.c: ends the target's codes and remembered logins, and counts them.
 * Returns CTL_DONE, or CTL_FAILED after reporting; the command is to be run
 * again then. */
enum ctl_exit remove_state_data(const struct command_user *,
    const char *command, int64_t *codes, int64_t *forgot);

/* Removes an account's record with all that it has in the state and in
 * secrets. Prints what was done; CTL_NO if there was nothing. */
enum ctl_exit remove_record(const struct command_user *);

/* cmd_account.c: writes accounts in libconfig's form. */
#define ENROL_ACCOUNTS_MAX 3072
void enrol_write_accounts(
    const struct user_subject *, size_t count, char out[ENROL_ACCOUNTS_MAX]);

/* cmd_push.c: puts a phone's app into use by push_identity, push_factor and the
 * channel "push" in the user's record, or changes nothing. */

#define ENROL_CHANNELS_MAX 160

/* Writes the record's channels without one of them; then with another one at
 * the front, unless it is among the rest. METHOD_NONE: none. */
void enrol_write_channels(const struct user_record *, enum method without,
    enum method first, char out[ENROL_CHANNELS_MAX]);
/* Reads the present record; an absent one is empty. Returns CTL_DONE, or
 * CTL_SETTINGS after reporting. */
enum ctl_exit enrol_read_present(
    const struct command_user *, struct user_record *);

/* before: the factor that is replaced, or "". Returns CTL_DONE, or another
 * status after reporting: also if the record has yet another factor now. */
enum ctl_exit enrol_push(const struct command_user *, const char *before,
    const char *identity, const char *factor);

/* The counter of a token never goes back, so that one that was mistyped would
 * be the token's end: none is taken that no token reaches. */
#define ENROL_COUNTER_MAX 100000

/* cmd_totp.c: puts an app's secret into use: the secret and the record are
 * placed, and the state uses up the code that proved the app, of time step
 * step, or 0 without such a code; -1 for a dry run. before: the secret that is
 * replaced, or an empty one. Returns CTL_DONE, or another status after
 * reporting, also if the record has yet another secret now; then nothing has
 * changed, except that the user's remembered logins may have ended. */
enum ctl_exit enrol_app(const struct command_user *,
    const struct secret *before, const struct app_secret *, int64_t step);

/* csv.c: reads CSV as spreadsheets write it (RFC 4180): quotes, CRLF, a byte
 * order mark; comma, semicolon or tab, found in the first line or named there
 * alone (sep=;). Pure. */

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
	size_t used;                 /* of text */
	char text[CSV_ROW_MAX];
};

struct csv {
	const char *p, *end;
	char separator;
	unsigned line;
	const char *cause; /* after CSV_BAD */
};

/* text[len] must stay valid while rows are read. */
void csv_begin(struct csv *, const char *text, size_t len);

/* Reads the next row that is not empty. Fields have no blanks around them. */
enum csv_result csv_next(struct csv *, struct csv_row *);

/* "" for -1, and for a field that the row does not have. */
const char *csv_field(const struct csv_row *, int at);

/* enrol.c: ids and advice from providers. */

/* True if a provider knows users by its own ids (by_authy_id). */
bool enrol_needs_registration(const struct settings *);

/* Sets wanted->authy_id by the provider, for the number and address of record,
 * the future text of owner, who is then among the owners. Returns CTL_DONE,
 * CTL_NO if no id is needed, else another status after reporting: also for an
 * id of somebody with another number, since that phone would get the codes. */
enum ctl_exit enrol_register(const struct run *, const char *owner,
    const char *record, struct phone_owners *, struct wanted_record *wanted);

/* Returns why codes by this method should not be sent to such a number: one
 * sentence for an admin, or NULL. */
const char *enrol_number_advice(const struct number_facts *, enum method);

/* import_table.c: a table of users to enrol. Every row is checked against the
 * settings, the accounts and the other rows before anything is written. */

#define IMPORT_TABLE_ROWS_MAX 200000 /* some 250 MB */

struct import_row {
	unsigned line;
	char user[OWNER_MAX + 1]; /* owner name (values.h) */
	struct wanted_record wanted;
	char *groups;          /* with commas between; NULL if not given */
	char *accounts;        /* in libconfig's form; NULL if not given */
	struct app_secret app; /* without a secret: unchanged, or none */
	bool no_record;        /* only the app */
	bool app_first;        /* enrolled already, it is to come first */
	/* for use by the code that writes records */
	bool stays;
	enum event event; /* NONE if nothing changes */
	char before[PHONE_MAX + 1];
	char *text; /* of the new record; NULL if nothing changes */
};

struct import_table {
	const char *name;    /* the file's name, for messages */
	const char *country; /* NULL: numbers must have their calling code */
	const struct settings *conf;
	const struct name_list *accounts; /* sorted; others are looked up */
	bool unnumbered;                  /* the admin has no such lines */

	size_t errors;     /* reported */
	size_t count, cap; /* of the rows, in the order of the file */
	struct import_row *row;
};

/* Fills the rows from text[len]. Returns 0, or -1 after reporting all errors.
 * The caller frees in any case. */
int import_table_read(struct import_table *, const char *text, size_t len);
/* Reports an error of that line; line 0: of all of the file. */
void import_wrong(struct import_table *, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void import_table_free(struct import_table *);

/* import_tokens.c: adds the tokens of typed->tokens, a table, to the records of
 * their users. */
enum ctl_exit import_tokens(
    const struct command_user *, const struct arguments *);

/* recovery_codes.c: sends a request of PURPOSE_RECOVERY_CODES. answer is the
 * number of new codes, or NULL to replace none. Returns CTL_DONE if wanted
 * codes came, CTL_NO like client_request, else another status after reporting.
 * The caller wipes. */
struct new_codes;
enum ctl_exit recovery_codes_request(const struct run *, const char *owner,
    const char *request, const char *answer, unsigned wanted,
    struct new_codes *);

#endif
