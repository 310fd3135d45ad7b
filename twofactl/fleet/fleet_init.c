/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state init and upgrade: make a fleet's state at a server, with the
 * role twofa_operator, and replace its functions by this release's. */
#include "twofactl/fleet/fleet_inside.h"

#include <errno.h>
#include <unistd.h>

#define FLEET_SCHEMA 1 /* version in twofa.meta, as tables.sql sets it */

struct fleet_operator {
	char path[TRUSTED_FILE_PATH_MAX + 1];
	/* "" to leave the role unchanged */
	char verifier[FLEET_SCRAM_VERIFIER_MAX];
	bool made; /* PATH.new holds a new password */
};

_Static_assert(FLEET_SCRAM_PASSWORD_LEN == STATE_ADMIN_LEN, "one and the same");

/* Reads the password for a role to be made (has_role false) or renewed; makes a
 * new one if the file is missing or with --renew. Returns 0, or -1 after
 * printing an error. */
static int
fleet_operator_prepare(
    struct fleet_operator *o, const struct arguments *typed, bool has_role)
{
	char password[FLEET_SCRAM_PASSWORD_LEN + 2] = "";
	int rc;

	*o = (struct fleet_operator){ 0 };
	PRINT_TO(o->path, "%s", client_admin_path(typed->run.conf));
	if (o->path[0] == '\0')
		return terminal_error("too long a path: %s", typed->run.conf);
	if (has_role && !typed->renew)
		return 0;
	o->made = typed->renew || access(o->path, F_OK) != 0;
	if (o->made)
		rc = fleet_scram_make(o->path, password, o->verifier);
	else
		rc = client_admin_read_password(typed->run.conf, password);
	if (rc == 0 && !o->made &&
	    fleet_scram_verifier(password, o->verifier) != 0)
		rc = terminal_error(
		    "no verifier of the password can be made: %s",
		    strerror(errno));
	explicit_bzero(password, sizeof(password));
	return rc;
}

static void
fleet_operator_sql(const struct fleet_operator *o, struct fleet_sql *s)
{
	if (o->verifier[0] == '\0')
		return;
	fleet_sql_add(s,
	    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles\n"
	    "    WHERE rolname = 'twofa_operator') THEN\n"
	    "  CREATE ROLE twofa_operator LOGIN IN ROLE twofa_admin;\n"
	    "END IF; END $$;\n"
	    "ALTER ROLE twofa_operator PASSWORD ");
	fleet_sql_add_literal(s, o->verifier);
	fleet_sql_add(s, ";\n");
}

/* If status is CTL_DONE, puts a new password file in place, else removes it.
 * Returns status, or CTL_FAILED after reporting. */
static enum ctl_exit
fleet_operator_end(const struct fleet_operator *o, enum ctl_exit status)
{
	if (o->made && status != CTL_DONE)
		fleet_root_file_drop(o->path);
	if (!o->made || status != CTL_DONE)
		return status;
	if (fleet_root_file_place(o->path) != 0)
		return CTL_FAILED;
	fprintf(stderr,
	    "Made %s, by which twofactl asks the state. It stays on "
	    "administrators'\nmachines; no host of the fleet needs it.\n",
	    o->path);
	return CTL_DONE;
}

static void
add_key(const struct fleet *f, struct fleet_sql *s)
{
	char mark[2 * FLEET_MARK_LEN + 1];

	if (!f->keyed)
		return;
	hex_text(f->mark, FLEET_MARK_LEN, mark);
	fleet_sql_add(s,
	    "UPDATE twofa.meta SET fleet_key = decode('%s', 'hex');\n", mark);
}

#define SET_FUNCTIONS                                                          \
	"UPDATE twofa.meta SET functions = '%s', release = '" TWOFA_VERSION    \
	"';\n"

/* Adds the schema and the rights, in one transaction. */
static void
add_schema(
    const struct fleet *f, const struct fleet_operator *o, struct fleet_sql *s)
{
	char digest[FLEET_DIGEST_TEXT];

	fleet_functions_digest(digest);
	fleet_sql_add(s, "BEGIN;\nSET LOCAL lock_timeout = '60s';\n%s",
	    fleet_schema_roles);
	fleet_operator_sql(o, s);
	for (size_t i = 0; fleet_schema[i] != NULL; i++)
		fleet_sql_add(s, "%s", fleet_schema[i]);
	fleet_sql_add(s, SET_FUNCTIONS, digest);
	add_key(f, s);
	fleet_sql_add(s, "COMMIT;\n");
}

/* The name needs no escaping (fleet_server_read). */
#define CREATE_DATABASE                                                        \
	"CREATE DATABASE \"%s\" TEMPLATE template0 ENCODING 'UTF8'"

static enum ctl_exit
fleet_init_print(const struct fleet *f, const struct fleet_operator *o)
{
	struct fleet_sql s = { .f = NULL };

	fleet_sql_add(&s,
	    "-- The state of a fleet. Run as a superuser, since it takes "
	    "rights from PUBLIC\n-- and grants pg_signal_backend and "
	    "pg_read_all_stats; a service that gives none\n-- cannot hold the "
	    "state:\n"
	    "--   psql --no-psqlrc --dbname postgres --file FILE\n"
	    "\\set ON_ERROR_STOP on\nSELECT $make$" CREATE_DATABASE
	    "$make$\nWHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database "
	    "WHERE datname = '%s') \\gexec\n"
	    "\\connect \"%s\"\n",
	    f->server.database, f->server.database, f->server.database);
	add_schema(f, o, &s);
	fleet_sql_add_comment(&s,
	    "\nThis part changes other databases: a host's role may enter each "
	    "one that any\nrole may enter. A role that needs one must have "
	    "been granted CONNECT first.\nTo run it, take the comments away.");
	fleet_sql_add_comment(&s,
	    "DO $$ DECLARE name text; BEGIN\n"
	    "FOR name IN SELECT datname FROM pg_catalog.pg_database\n"
	    "    WHERE datname <> current_database() LOOP\n"
	    "  EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', "
	    "name);\n"
	    "END LOOP; END $$;\n\n");
	return fleet_run_or_print_sql(f, &s);
}

/* Revokes access to the other databases of the server. As they may belong to
 * someone else, this needs --yes or a yes. */
static enum ctl_exit
shut_others(const struct fleet *f, char *others)
{
	char *next = others, *name, out[256];
	enum ctl_exit status = CTL_DONE;
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };

	if (others[0] == '\0')
		return CTL_DONE;
	puts("Each role of the server, so a host's role as well, may enter "
	     "these databases:");
	while (fleet_row(&next, &name, 1) == 1) {
		fleet_print_line("  ", name);
		fleet_sql_add(&s, "REVOKE CONNECT ON DATABASE ");
		fleet_sql_add_name(&s, name);
		fleet_sql_add(&s, " FROM PUBLIC;\n");
	}
	puts("Roles that were never granted CONNECT there, and are no "
	     "superusers, then cannot\nenter them any more.");
	(void)fflush(stdout);
	if (fleet_sql_close_text(&s) != 0) {
		status = CTL_FAILED;
	} else if (f->typed->yes ||
	    terminal_ask_yes(
		"Let only those in to whom it is granted? [y/N] ")) {
		if (fleet_server_run(
			&f->server, true, s.text, out, sizeof(out)) != 0)
			status = CTL_FAILED;
		else
			puts("Done.");
	} else {
		puts("They stay as they are. Until this is run there, only "
		     "pg_hba.conf keeps hosts out:");
		for (next = s.text; fleet_row(&next, &name, 1) == 1;)
			fleet_print_line("", name);
	}
	return status;
}

static enum ctl_exit
fleet_init_make(const struct fleet *f, struct fleet_server_inspect *look)
{
	struct fleet_operator o;
	enum ctl_exit status = CTL_DONE;
	struct fleet_sql s = { .f = NULL };
	char make[256], out[256];

	if (fleet_operator_prepare(&o, f->typed, look->role) != 0)
		return CTL_FAILED;
	PRINT_TO(make, CREATE_DATABASE ";\n", f->server.database);
	if (!look->database &&
	    fleet_server_run(&f->server, true, make, out, sizeof(out)) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE) {
		add_schema(f, &o, &s);
		status = fleet_run_or_print_sql(f, &s);
	}
	status = fleet_operator_end(&o, status);
	if (status != CTL_DONE)
		return status;
	printf("The state is made in database %s (schema %d).\n",
	    f->server.database, FLEET_SCHEMA);
	if (!f->sets_up)
		puts("Who reaches a server's port can take all connections "
		     "without a password, until you run:\n  twofactl state "
		     "server access HOST[,HOST...] --networks LIST");
	return shut_others(f, look->others);
}

/* Adds what an existing state may lack: the operator's role and the key's mark.
 */
static enum ctl_exit
look_again(const struct fleet *f, const struct fleet_schema_inspect *schema,
    bool has_role)
{
	char mark[2 * FLEET_MARK_LEN + 1] = "";
	struct fleet_operator o;
	struct fleet_sql s = { .f = NULL };

	if (f->keyed)
		hex_text(f->mark, FLEET_MARK_LEN, mark);
	if (f->keyed && schema->mark[0] != '\0' &&
	    strcmp(mark, schema->mark) != 0)
		return terminal_error_status(CTL_SETTINGS,
		    "%s is not the key of this fleet: copy the file of a host "
		    "that logins work on",
		    f->conf->store.fleet_key_file);
	printf("The state is there already, in database %s (schema %ld).\n",
	    f->server.database, schema->version);
	if (fleet_operator_prepare(&o, f->typed, has_role) != 0)
		return CTL_FAILED;
	if (o.verifier[0] == '\0' && (!f->keyed || schema->mark[0] != '\0'))
		return CTL_DONE;
	fleet_sql_add(&s, "BEGIN;\n");
	fleet_operator_sql(&o, &s);
	if (schema->mark[0] == '\0')
		add_key(f, &s);
	fleet_sql_add(&s, "COMMIT;\n");
	return fleet_operator_end(&o, fleet_run_or_print_sql(f, &s));
}

static enum ctl_exit
make_or_look(const struct fleet *f)
{
	struct fleet_schema_inspect schema = { 0 };
	struct fleet_server_inspect look;
	enum ctl_exit status;

	if (fleet_server_inspect(f, &look) != 0 ||
	    (look.database && fleet_schema_inspect(f, &schema) != 0))
		return CTL_FAILED;
	/* to revoke rights from PUBLIC, and to grant two predefined roles */
	if (schema.version == 0 && !look.superuser)
		return terminal_error_status(CTL_FAILED,
		    "%s is no superuser of that server, and the state is made "
		    "by one alone: it takes rights of the server's own "
		    "functions from PUBLIC, and grants pg_signal_backend and "
		    "pg_read_all_stats; name one in the URL "
		    "(postgresql://postgres@HOST/DATABASE), or have one run "
		    "what --print prints; a service that gives none, such as "
		    "most managed databases, cannot hold the state",
		    look.user);
	status = schema.version > 0 ? look_again(f, &schema, look.role)
				    : fleet_init_make(f, &look);
	if (status == CTL_DONE)
		fleet_server_print_risks(f, false);
	return status;
}

enum ctl_exit
fleet_init_state(struct fleet *f, const char *url)
{
	struct fleet_operator o;
	enum ctl_exit status = fleet_load_settings(f, url, true);

	if (status == CTL_DONE && !f->typed->print)
		return make_or_look(f);
	if (status == CTL_DONE &&
	    fleet_operator_prepare(&o, f->typed, false) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE)
		status = fleet_init_print(f, &o);
	return status == CTL_DONE ? fleet_operator_end(&o, status) : status;
}

/* Drops the internal functions that this transaction has not written, so they
 * are of another release. Those of twofa_v1 stay: a host may call them. */
static const char drop_others[] =
    "RESET ROLE;\n"
    "DO $$ DECLARE f regprocedure; BEGIN\n"
    "FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p\n"
    "    WHERE p.pronamespace = 'twofa'::regnamespace\n"
    "    AND p.xmin::text <> (txid_current() % 4294967296)::text LOOP\n"
    "  EXECUTE format('DROP FUNCTION %s', f);\n"
    "END LOOP; END $$;\n"
    "SET ROLE twofa_owner;\n";

/* Drops functions of twofa_v1 with another owner, to create them again. */
static const char drop_foreign[] =
    "DO $$ DECLARE f regprocedure; BEGIN\n"
    "FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p\n"
    "    WHERE p.pronamespace = 'twofa_v1'::regnamespace\n"
    "    AND p.proowner <> 'twofa_owner'::regrole LOOP\n"
    "  EXECUTE format('DROP FUNCTION %s', f);\n"
    "END LOOP; END $$;\n"
    "SET ROLE twofa_owner;\n";

void
fleet_take_tables(struct fleet_sql *s, const char *tables)
{
	fleet_sql_add(s,
	    "SET LOCAL lock_timeout = '3s';\n"
	    "DO $$ BEGIN FOR turn IN 1 .. 10 LOOP\n"
	    "  BEGIN\n"
	    "    LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n"
	    "    RETURN;\n"
	    "  EXCEPTION WHEN lock_not_available THEN\n"
	    "    PERFORM pg_stat_clear_snapshot();\n"
	    "    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a\n"
	    "      JOIN pg_auth_members m ON m.member = a.usesysid\n"
	    "        AND m.roleid = 'twofa_host'::regrole\n"
	    "      WHERE a.datname = current_database()\n"
	    "        AND a.wait_event IS DISTINCT FROM 'SyncRep'\n"
	    "        AND (turn > 1\n"
	    "          OR a.xact_start\n"
	    "            < clock_timestamp() - interval '2.2 s');\n"
	    "  END;\n"
	    "END LOOP;\n"
	    "RAISE 'a session keeps the tables of the state; twofactl state "
	    "host list shows who is connected';\n"
	    "END $$;\n"
	    "SET LOCAL lock_timeout = '60s';\n",
	    tables);
}

/* Rights, last in fleet_schema, are granted once other functions are dropped.
 */
static void
add_upgrade(struct fleet_sql *s)
{
	char digest[FLEET_DIGEST_TEXT];

	fleet_functions_digest(digest);
	fleet_sql_add(s, "BEGIN;\n");
	/* all calls read both */
	fleet_take_tables(s, "twofa.meta, twofa.host");
	fleet_sql_add(s,
	    "DO $$ BEGIN IF (SELECT version FROM twofa.meta FOR NO KEY UPDATE) "
	    "<> %d THEN\n"
	    "  RAISE 'the schema is not the one that this release has';\n"
	    "END IF; END $$;\n"
	    "%s%s",
	    FLEET_SCHEMA, fleet_schema_roles, drop_foreign);
	for (size_t i = 1; fleet_schema[i] != NULL; i++) {
		if (fleet_schema[i + 1] == NULL)
			fleet_sql_add(s, "%s", drop_others);
		fleet_sql_add(s, "%s", fleet_schema[i]);
	}
	fleet_sql_add(s, "RESET ROLE;\n" SET_FUNCTIONS "COMMIT;\n", digest);
}

/* True if that release comes after this one; a candidate, 1.0.0-rc1, is before
 * its release. */
static bool
is_newer(const char *release)
{
	char theirs[40], ours[40];

	PRINT_TO(theirs, "%s~", release);
	PRINT_TO(ours, "%s~", TWOFA_VERSION);
	return release[0] != '\0' && strverscmp(theirs, ours) > 0;
}

/* Returns CTL_DONE if the functions need an upgrade, CTL_NO if they do not. */
static enum ctl_exit
fleet_init_wanted(const struct fleet *f)
{
	struct fleet_schema_inspect schema;
	char digest[FLEET_DIGEST_TEXT];

	if (fleet_schema_inspect(f, &schema) != 0)
		return CTL_FAILED;
	if (schema.version == 0)
		return terminal_error_status(CTL_FAILED,
		    "database %s has no state yet; run: twofactl state init",
		    f->server.database);
	if (schema.version > FLEET_SCHEMA)
		return terminal_error_status(CTL_FAILED,
		    "the state is of schema %ld, from a newer release, and "
		    "this one knows %d: run that release's twofactl",
		    schema.version, FLEET_SCHEMA);
	if (is_newer(schema.release))
		return terminal_error_status(CTL_FAILED,
		    "the state is of release %s, newer than this one "
		    "(" TWOFA_VERSION "): upgrade pam_twofa on this machine "
		    "first; nothing was changed",
		    schema.release);
	fleet_functions_digest(digest);
	return strcmp(schema.functions, digest) == 0 ? CTL_NO : CTL_DONE;
}

enum ctl_exit
fleet_upgrade(struct fleet *f, const char *none)
{
	struct fleet_sql s = { .f = NULL };
	enum ctl_exit status = CTL_DONE;

	(void)none;
	if (!f->typed->print)
		status = fleet_init_wanted(f);
	if (status == CTL_NO) {
		printf("The state is up to date (schema %d).\n", FLEET_SCHEMA);
		return CTL_DONE;
	}
	if (status != CTL_DONE)
		return status;
	add_upgrade(&s);
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE && !f->typed->print)
		printf("The state is of this release now (schema %d).\n",
		    FLEET_SCHEMA);
	return status;
}
