/* SPDX-License-Identifier: BSD-2-Clause */
/* The internals of twofactl state: the state server, SQL, secrets, hosts. */
#ifndef TWOFA_FLEET_INSIDE_H
#define TWOFA_FLEET_INSIDE_H

#include "twofactl/records/records.h"
#include "lib/fleet_records/fleet_records.h"

#define FLEET_URL_MAX 2048

/* fleet_server.c: runs psql at the state server as a database administrator. A
 * URL without a host is this machine's server: psql connects by the socket as
 * user postgres. Otherwise it uses the user in the URL, by default "postgres",
 * and the password in PGPASSFILE or ~/.pgpass. */

struct fleet_server {
	char url[FLEET_URL_MAX];
	char first[FLEET_URL_MAX]; /* url, but with database "postgres" */
	char database[SETTINGS_URL_DATABASE_MAX + 1]; /* letters, digits, _ - */
	char user[64]; /* for PGUSER; "" if the URL or environment has one */
	bool here;     /* on this machine, by its socket */
	bool any;      /* accept a read-only standby */
	uid_t uid;     /* that psql runs as */
	gid_t gid;
	char home[256];
	char ca[TRUSTED_FILE_PATH_MAX + 1]; /* PGSSLROOTCERT, or "" */
};

/* Parses the URL. ca is the file of CA certificates, unless the environment
 * names another one; it may be NULL. Returns 0, or -1 after reporting. */
int fleet_server_read(struct fleet_server *, const char *url, const char *ca);

/* Runs SQL at the state database, or with first at database "postgres". Stores
 * selected rows in out[size], one a line with tabs between columns; fails if
 * they do not fit. Returns 0, or -1 after printing the errors, without NOTICEs.
 */
int fleet_server_run(const struct fleet_server *, bool first, const char *sql,
    char *out, size_t size);

/* Stores the nth server of a URL, read-only or not, with the user of the first
 * argument. Returns false if no such server exists or they use the socket. */
bool fleet_server_nth(const struct fleet_server *, const char *url, size_t n,
    struct fleet_server *one);

/* Splits the row at *next in place, and moves *next to the row after it.
 * Returns the number of columns, at most max, or 0 if there is no row. */
size_t fleet_row(char **next, char **column, size_t max);

/* Prints a text of others, escaped: a database may be called by any bytes. */
void fleet_print_line(const char *head, const char *text);

/* fleet_scram.c: passwords of roles, and the verifiers that PostgreSQL stores
 * (RFC 5802, RFC 7677). They are computed here, so no password can get into a
 * server's log. One round is enough for 256 random bits and keeps logins fast.
 */

#define FLEET_SCRAM_PASSWORD_LEN 64 /* 32 random bytes in hexadecimal */
#define FLEET_SCRAM_SALT_LEN 16
#define FLEET_SCRAM_VERIFIER_MAX 160

/* Makes a new password. Returns 0, or -1 with errno. The caller wipes out. */
int fleet_scram_password(char out[FLEET_SCRAM_PASSWORD_LEN + 1]);

/* Writes SCRAM-SHA-256$ROUNDS:SALT$StoredKey:ServerKey. Returns 0, or -1. */
int fleet_scram_verifier_of(const char *password, const unsigned char *salt,
    size_t salt_len, unsigned rounds, char out[FLEET_SCRAM_VERIFIER_MAX]);

/* The same with a new salt and one round. Returns 0, or -1 with errno. */
int fleet_scram_verifier(
    const char *password, char out[FLEET_SCRAM_VERIFIER_MAX]);

/* Makes a password and its verifier; writes it to PATH.new, for
 * fleet_root_file_place(), unless path is NULL. Returns 0, or -1 after printing
 * an error. The caller wipes. */
int fleet_scram_make(const char *path,
    char password[FLEET_SCRAM_PASSWORD_LEN + 2],
    char verifier[FLEET_SCRAM_VERIFIER_MAX]);

/* fleet_sql.c: SQL text built in memory. Untrusted text must be added by
 * fleet_sql_add_literal or fleet_sql_add_name. */

struct fleet_sql {
	FILE *f;
	char *text; /* valid after fleet_sql_close_text */
	size_t len;
	bool begun;
};

/* Add to a text, which was zeroed before the first call. If memory is short,
 * nothing is added and fleet_sql_close_text fails. */
void fleet_sql_add(struct fleet_sql *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 'text' and "text", with quotes doubled. Safe under either value of the
 * server's standard_conforming_strings. */
void fleet_sql_add_literal(struct fleet_sql *, const char *text);
void fleet_sql_add_name(struct fleet_sql *, const char *text);
/* Each line of text as a comment. */
void fleet_sql_add_comment(struct fleet_sql *, const char *text);
/* Ends the text. Returns 0, or -1 after printing an error. The caller calls
 * fleet_sql_free in both cases. */
int fleet_sql_close_text(struct fleet_sql *);
/* Closes the text, prints it and frees it. Returns CTL_DONE, or CTL_FAILED
 * after printing an error. */
enum ctl_exit fleet_sql_print(struct fleet_sql *);
/* Also wipes the text, as it may hold verifiers. */
void fleet_sql_free(struct fleet_sql *);

#define FLEET_HOST_MAX SETTINGS_STORE_HOST_MAX
#define FLEET_MARK_LEN FLEET_SEAL_LEN /* identifies the fleet key */
#define FLEET_LOOK_MAX 65536

/* Files of twofactl's on this machine and, with --push, on hosts. */
#define FLEET_PASSWORD_FILE "/etc/twofa/store.password"
#define FLEET_CA_FILE "/etc/twofa/store-ca.pem"
#define FLEET_KEY_FILE "/etc/twofa/fleet.key"

/* The state server, and this machine's settings for it. */
struct fleet {
	const struct arguments *typed;
	struct settings *conf; /* NULL if this machine has no twofa.conf */
	struct fleet_server server;
	bool sets_up; /* server init: the key is made at FLEET_KEY_FILE */
	bool keyed;   /* the settings have a fleet key, whose mark follows */
	unsigned char mark[FLEET_MARK_LEN];
};

/* Reads settings and URL: url, or if NULL that of --url or else of the
 * settings. With make_key makes the fleet key that the settings name, if it is
 * missing. Returns CTL_DONE, or another status after printing an error. */
enum ctl_exit fleet_load_settings(
    struct fleet *, const char *url, bool make_key);

/* Runs the SQL, or with --print prints it; then frees it. */
enum ctl_exit fleet_run_or_print_sql(const struct fleet *, struct fleet_sql *);

/* Write a fleet key, new or given, to a file that the helper may read. Return
 * 0, or -1 after printing an error. */
int fleet_key_make(const char *path);
int fleet_key_write(
    const char *path, const unsigned char key[SETTINGS_FLEET_KEY_LEN]);

/* Validates a host's name, which follows twofa_ in its role's name. Returns 0,
 * or -1 after printing an error. */
int fleet_host_check_name(const char *name);
/* SHA-256, in hexadecimal, of all of fleet_schema but its tables. */
#define FLEET_DIGEST_TEXT 65
void fleet_functions_digest(char out[FLEET_DIGEST_TEXT]);

/* Checks a host's name and its options. Prints an error. */
bool fleet_host_check(const struct arguments *, const char *name);

/* The subcommands, each with its operand or NULL. fleet_init_state() loads the
 * settings itself. */
typedef enum ctl_exit fleet_action(struct fleet *, const char *operand);
fleet_action fleet_init_state, fleet_upgrade, fleet_restored, fleet_change;
/* Adds SQL, in a transaction, that keeps the calls of hosts out of these tables
 * until it ends. Sessions of hosts with a transaction that takes longer than
 * one of a login are ended: each would wait for this, and this for that one.
 * Where a host comes back in time, all hosts' sessions are ended. */
void fleet_take_tables(struct fleet_sql *, const char *tables);
fleet_action fleet_servers_init, fleet_servers_access, fleet_servers_remove;
fleet_action fleet_host_add, fleet_host_remove, fleet_host_change,
    fleet_host_disable, fleet_host_list;

/* fleet_push.c: other machines, set up by ssh: twofactl runs push.sh, which
 * runs machine.sh there as root, as the admin who called sudo. */

/* Does this to a host, which has pam_twofa, with these lines of twofa.conf:
 * gives it what it needs, or takes it back; gives it the password that its role
 * will have, beside the present one: it tries both. Prints what was written.
 * Returns CTL_DONE, or CTL_FAILED after printing an error. */
#define FLEET_PUSH_ADD "host_add"
#define FLEET_PUSH_REMOVE "at \"$host\" host_remove"
#define FLEET_PUSH_PASSWORD "at \"$host\" next_password password"
enum ctl_exit fleet_push_host(const struct fleet *, const char *name,
    const char *password, const char *settings, const char *act);

struct fleet_server_inspect {
	bool database;  /* the state database exists */
	bool role;      /* the role twofa_operator exists */
	bool superuser; /* user, the session's role, is a superuser */
	char user[64];
	char others[4096]; /* databases open to any role, one a line */
};

/* Returns 0, or -1 after printing an error, also if the server is too old. */
int fleet_server_inspect(const struct fleet *, struct fleet_server_inspect *);

/* The state database: its schema's version, 0 if it has no schema; the digest
 * of its functions; its fleet key's mark in hexadecimal, "" without a key. */
struct fleet_schema_inspect {
	long version;
	char release[32]; /* of its functions, "" if of an early one */
	char functions[FLEET_DIGEST_TEXT];
	char mark[2 * FLEET_MARK_LEN + 1];
};
/* Returns 0, or -1 after printing an error. */
int fleet_schema_inspect(const struct fleet *, struct fleet_schema_inspect *);

/* Prints which of the server's settings put the state at risk; with soon only
 * those that doctor finds too, by a function of the state. */
void fleet_server_print_risks(const struct fleet *, bool soon);

/* fleet_root_file.c: files of root's with a secret. */

/* Writes and syncs PATH.new; PATH is unchanged. 0, or -1 after reporting. */
int fleet_root_file_prepare(
    const char *path, mode_t mode, gid_t gid, const void *bytes, size_t len);
/* Renames PATH.new to PATH. Returns 0, or -1 after printing an error. */
int fleet_root_file_place(const char *path);
/* Removes PATH.new. */
void fleet_root_file_drop(const char *path);

/* push.sh, machine.sh */
extern const char fleet_text_push[], fleet_text_machine[];

/* The schema, from lib/fleet_records/sql. */

/* Makes the roles, which all databases of a server share. */
extern const char fleet_schema_roles[];
/* Make the schema of a new database, run in this order and in one transaction;
 * the first makes schemas, tables and types. An upgrade runs the others again,
 * while hosts keep calling the functions. Ends with NULL. */
extern const char *const fleet_schema[];

#endif
