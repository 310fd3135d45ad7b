/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of the state, asked by psql as one who may administer it. Without
 * a host in the URL it is this machine's: psql then runs as user postgres, by
 * the socket. Any other is asked as the user that the URL names, "postgres"
 * where it names none, and the password is in PGPASSFILE or ~/.pgpass.
 */
#ifndef TWOFA_FLEET_INSIDE_H
#define TWOFA_FLEET_INSIDE_H

#include "lib/fleet_records/fleet_records.h"
#include "twofactl/terminal/terminal.h"

#define FLEET_URL_MAX 2048

struct fleet_server {
	char url[FLEET_URL_MAX];
	char first[FLEET_URL_MAX]; /* the same to a database that always is */
	char database[SETTINGS_URL_DATABASE_MAX + 1];
	char user[64]; /* as PGUSER; "": the URL or the environment has one */
	bool here;     /* this machine's, by its socket */
	bool any;      /* also one that only reads */
	uid_t uid;     /* who runs psql */
	gid_t gid;
	char home[256];
	char ca[TRUSTED_FILE_PATH_MAX + 1]; /* who says which server it is */
};

/* ca: its file, where the environment names none; NULL: none is known. 0, or -1
 * after complaining. */
int fleet_server_read(struct fleet_server *, const char *url, const char *ca);

/* Run that SQL at the state's database, or with first at the other one. What
 * it selects goes to out[size], a line for each row with tabs between; more
 * than that is a failure. What the server notices is left out. 0, or -1 after
 * complaining. */
int fleet_server_run(const struct fleet_server *, bool first, const char *sql,
    char *out, size_t size);

/* The nth of the servers that a URL names, with the user of the first
 * argument's, whether it writes or only reads. False: there is none, or they
 * are asked by the socket. */
bool fleet_server_nth(const struct fleet_server *, const char *url, size_t n,
    struct fleet_server *one);

/* The columns of a row, in its place: how many, at most max; *next is the
 * row behind. 0: there was none. */
size_t fleet_row(char **next, char **column, size_t max);

/*
 * Passwords of roles, and what PostgreSQL keeps of them (RFC 5802, RFC 7677):
 * made here, a password reaches no server's log. One round is enough for 256
 * random bits, and each login would pay for more.
 */

#define FLEET_SCRAM_PASSWORD_LEN 64 /* 32 random bytes in hexadecimal */
#define FLEET_SCRAM_SALT_LEN 16
#define FLEET_SCRAM_VERIFIER_MAX 160

/* A new password; the caller wipes. 0, or -1 with errno. */
int fleet_scram_password(char out[FLEET_SCRAM_PASSWORD_LEN + 1]);

/* SCRAM-SHA-256$ROUNDS:SALT$StoredKey:ServerKey. 0, or -1. */
int fleet_scram_verifier_of(const char *password, const unsigned char *salt,
    size_t salt_len, unsigned rounds, char out[FLEET_SCRAM_VERIFIER_MAX]);

/* The same with a new salt and one round. 0, or -1 with errno. */
int fleet_scram_verifier(
    const char *password, char out[FLEET_SCRAM_VERIFIER_MAX]);

/*
 * SQL as text that grows in memory. Whatever comes from outside goes through
 * fleet_sql_literal or fleet_sql_name.
 */

struct fleet_sql {
	FILE *f;
	char *text; /* once it is closed */
	size_t len;
};

/* Without memory nothing is added, and fleet_sql_close says so. */
void fleet_sql_open(struct fleet_sql *);
void fleet_sql_add(struct fleet_sql *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 'text', and "text": a quote in it is doubled. Also where the server has
 * standard_conforming_strings off. */
void fleet_sql_literal(struct fleet_sql *, const char *text);
void fleet_sql_name(struct fleet_sql *, const char *text);
/* Text of several lines, each as a comment. */
void fleet_sql_comment(struct fleet_sql *, const char *text);
/* No more is added. 0, or -1 after complaining; in both cases
 * fleet_sql_free. */
int fleet_sql_close(struct fleet_sql *);
/* Close it, run it as fleet_server_run does, free it. */
int fleet_sql_run(struct fleet_sql *, const struct fleet_server *, bool first,
    char *out, size_t size);
/* Close it, print it, free it. CTL_DONE, or after complaining. */
enum ctl_exit fleet_sql_print(struct fleet_sql *);
/* Wipes: verifiers are in it. */
void fleet_sql_free(struct fleet_sql *);

#define FLEET_HOST_MAX SETTINGS_STORE_HOST_MAX
#define FLEET_MARK_LEN FLEET_SEAL_LEN /* of the fleet's key */
#define FLEET_LOOK_MAX 65536

/* Where the state is, and what this machine knows of it. */
struct fleet {
	const struct arguments *typed;
	struct settings *conf; /* NULL: there is none here */
	struct fleet_server server;
	bool keyed; /* the settings name a fleet key; its mark: */
	unsigned char mark[FLEET_MARK_LEN];
};

/* url: the operand; NULL: that of --url, or else of the settings. make_key: one
 * that the settings name and that is not there is made. In every case
 * fleet_close. CTL_DONE, or else after complaining. */
enum ctl_exit fleet_open(
    struct fleet *, const struct arguments *, const char *url, bool make_key);
void fleet_close(struct fleet *);

/* What SQL was made: run it, or print it (--print); wiped. */
enum ctl_exit fleet_run_sql(const struct fleet *, struct fleet_sql *);

/* A key of the fleet in a file that the helper may read: a new one, or this. 0,
 * or -1 after complaining. */
int fleet_key_make(const char *path);
int fleet_key_write(
    const char *path, const unsigned char key[SETTINGS_FLEET_KEY_LEN]);

/* The name of a host's role behind twofa_. 0, or -1 after complaining. */
int fleet_host_name(const char *name);
/* SHA-256 of the functions' text in hexadecimal. */
#define FLEET_DIGEST_TEXT 65
void fleet_functions_digest(char out[FLEET_DIGEST_TEXT]);

/* With what stands behind the command's words; NULL: nothing. */
enum ctl_exit fleet_init(const struct arguments *, const char *url);
enum ctl_exit fleet_upgrade(const struct arguments *, const char *none);
enum ctl_exit fleet_host_add(const struct arguments *, const char *name);
enum ctl_exit fleet_host_change(const struct arguments *, const char *name);
enum ctl_exit fleet_host_disable(const struct arguments *, const char *name);
enum ctl_exit fleet_host_list(const struct arguments *, const char *none);

struct fleet_server_inspect {
	bool database;  /* it is there */
	bool role;      /* twofa_operator */
	bool superuser; /* who asks is one: user */
	char user[64];
	char port[8];
	char others[4096]; /* databases that any role may enter, by line */
};

/* 0, or -1 after complaining, also of a server that is too old. */
int fleet_server_inspect(const struct fleet *, struct fleet_server_inspect *);

/* Of the state's own database: its schema, 0: there is none, -1 after
 * complaining; the functions' digest; the mark of its key in hexadecimal, "":
 * it has none. */
struct fleet_schema_inspect {
	long version;
	char functions[FLEET_DIGEST_TEXT];
	char mark[2 * FLEET_MARK_LEN + 1];
};
int fleet_schema_inspect(const struct fleet *, struct fleet_schema_inspect *);

/* Say which of its settings put the state at risk. soon: only what doctor finds
 * as well, by the server's own functions. */
void fleet_server_warn(const struct fleet *, bool soon);

/* A secret in a file of root's: write and sync it beside its place; what is
 * there stays for now. 0, or -1 after complaining. */
int fleet_root_file_prepare(
    const char *path, mode_t mode, gid_t gid, const void *bytes, size_t len);
/* Move it to its place. 0, or -1 after complaining. */
int fleet_root_file_place(const char *path);
/* It is not wanted after all. */
void fleet_root_file_drop(const char *path);

/* What makes the schema, as lib/fleet_records/sql has it. Each of these
 * files is named here alone. */

/* Roles, once for a server: on any of its databases. */
extern const char fleet_schema_roles[];
/* The schema, in this order on the new database, in one transaction: the first
 * makes schemas, tables and types. NULL ends them. */
extern const char *const fleet_schema[];

#endif
