/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state init: a server that has nothing yet becomes a fleet's state.
 */
#include "twofactl/fleet/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "lib/system/hex_text.h"
#include "twofactl/fleet/fleet_operator.h"
#include "twofactl/fleet/fleet_schema.h"
#include "twofactl/fleet/fleet_server_look.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/terminal.h"

static void
add_key(const struct fleet *f, struct sql *s)
{
	char mark[2 * FLEET_MARK_LEN + 1];

	if (!f->keyed)
		return;
	hex_text(f->mark, FLEET_MARK_LEN, mark);
	sql_add(s, "UPDATE twofa.meta SET fleet_key = decode('%s', 'hex');\n",
	    mark);
}

/* All that is in one transaction. */
static void
add_schema(const struct fleet *f, const struct fleet_operator *o, struct sql *s)
{
	char digest[FLEET_DIGEST_TEXT];

	fleet_functions_digest(digest);
	sql_add(s, "BEGIN;\nSET LOCAL lock_timeout = '60s';\n%s",
	    fleet_schema_roles);
	fleet_operator_sql(o, s);
	for (size_t i = 0; fleet_schema[i] != NULL; i++)
		sql_add(s, "%s", fleet_schema[i]);
	sql_add(s, "UPDATE twofa.meta SET functions = '%s';\n", digest);
	add_key(f, s);
	sql_add(s, "REVOKE ALL ON DATABASE ");
	sql_name(s, f->server.database);
	sql_add(s, " FROM PUBLIC;\nGRANT CONNECT ON DATABASE ");
	sql_name(s, f->server.database);
	sql_add(s, " TO twofa_host, twofa_admin;\nCOMMIT;\n");
}

static void
add_database(const struct fleet *f, struct sql *s)
{
	sql_add(s, "CREATE DATABASE ");
	sql_name(s, f->server.database);
	sql_add(s, " TEMPLATE template0 ENCODING 'UTF8'");
}

/* Who may come in. Without the last lines a host's role could enter by a line
 * that is there for others. */
static void
hba_lines(const struct fleet *f, char *out, size_t size)
{
	snprintf(out, size,
	    "hostssl %s +twofa_host,+twofa_admin all scram-sha-256\n"
	    "host all +twofa_host,+twofa_admin all reject\n"
	    "local all +twofa_host,+twofa_admin reject\n",
	    f->server.database);
}

static const char hba_words[] =
    "Put these lines at the top of the server's pg_hba.conf, then run there:\n"
    "SELECT pg_reload_conf();\n";

/* For a database administrator, who reads it first. */
static enum ctl_exit
print(const struct fleet *f, const struct fleet_operator *o)
{
	char hba[512];
	struct sql s;

	if (sql_open(&s) != 0)
		return CTL_FAILED;
	sql_add(&s,
	    "-- The state of a fleet. Run as a superuser, since it takes "
	    "rights from PUBLIC\n-- and grants pg_signal_backend and "
	    "pg_read_all_stats; a service that gives none\n-- cannot hold the "
	    "state:\n"
	    "--   psql --no-psqlrc --dbname postgres --file FILE\n"
	    "\\set ON_ERROR_STOP on\nSELECT $make$");
	add_database(f, &s);
	sql_add(&s,
	    "$make$\nWHERE NOT EXISTS (SELECT FROM "
	    "pg_catalog.pg_database WHERE datname = ");
	sql_literal(&s, f->server.database);
	sql_add(&s, ") \\gexec\n\\connect ");
	sql_name(&s, f->server.database);
	sql_add(&s, "\n");
	add_schema(f, o, &s);
	sql_comment(&s,
	    "\nThis part changes other databases: a host's role may enter each "
	    "one that any\nrole may enter. A role that needs one must have "
	    "been granted CONNECT first.\nTo run it, take the comments away.");
	sql_comment(&s,
	    "DO $$ DECLARE name text; BEGIN\n"
	    "FOR name IN SELECT datname FROM pg_catalog.pg_database\n"
	    "    WHERE datname <> current_database() LOOP\n"
	    "  EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', "
	    "name);\n"
	    "END LOOP; END $$;\n\n");
	sql_comment(&s, hba_words);
	hba_lines(f, hba, sizeof(hba));
	sql_comment(&s, hba);
	return fleet_do(f, &s);
}

/* Other databases are others': only after a yes. */
static enum ctl_exit
shut_others(const struct fleet *f, char *others)
{
	char *next = others, *name, out[256];
	enum ctl_exit status = CTL_DONE;
	struct sql s;

	if (others[0] == '\0' || sql_open(&s) != 0)
		return CTL_DONE;
	puts("Each role of the server, so a host's role as well, may enter "
	     "these databases:");
	while (fleet_row(&next, &name, 1) == 1) {
		printf("  %s\n", name);
		sql_add(&s, "REVOKE CONNECT ON DATABASE ");
		sql_name(&s, name);
		sql_add(&s, " FROM PUBLIC;\n");
	}
	puts("Roles that were never granted CONNECT there, and are no "
	     "superusers, then cannot\nenter them any more.");
	(void)fflush(stdout);
	if (sql_close(&s) != 0) {
		status = CTL_FAILED;
	} else if (f->ctl->yes ||
	    (terminal_is_there() &&
		terminal_yes("Let only those in to whom it is granted? "
			     "[y/N] "))) {
		if (fleet_server_run(
			&f->server, true, s.text, out, sizeof(out)) != 0)
			status = CTL_FAILED;
		else
			puts("Done.");
	} else {
		printf("They stay as they are. Until this is run there, only "
		       "pg_hba.conf keeps hosts out:\n%s",
		    s.text);
	}
	sql_free(&s);
	return status;
}

static enum ctl_exit
make(const struct fleet *f, struct fleet_server_look *look)
{
	struct fleet_operator o;
	enum ctl_exit status;
	struct sql s;
	char hba[512], out[256];

	if (fleet_operator_prepare(&o, f->ctl, look->role) != 0)
		return CTL_FAILED;
	status = sql_open(&s) == 0 ? CTL_DONE : CTL_FAILED;
	if (status == CTL_DONE && !look->database) {
		add_database(f, &s);
		sql_add(&s, ";\n");
		if (sql_close(&s) != 0 ||
		    fleet_server_run(
			&f->server, true, s.text, out, sizeof(out)) != 0)
			status = CTL_FAILED;
		sql_free(&s);
		if (status == CTL_DONE && sql_open(&s) != 0)
			status = CTL_FAILED;
	}
	if (status == CTL_DONE) {
		add_schema(f, &o, &s);
		status = fleet_do(f, &s);
	}
	if (fleet_operator_end(&o, status == CTL_DONE) != CTL_DONE)
		status = CTL_FAILED;
	if (status != CTL_DONE)
		return status;
	printf("The state is made in database %s (schema %d).\n",
	    f->server.database, FLEET_SCHEMA);
	hba_lines(f, hba, sizeof(hba));
	printf("%s%s", hba_words, hba);
	return shut_others(f, look->others);
}

/* It is there: what may be missing is only what this machine has. */
static enum ctl_exit
look_again(const struct fleet *f, const struct fleet_schema_look *schema,
    bool has_role)
{
	char mark[2 * FLEET_MARK_LEN + 1] = "";
	struct fleet_operator o;
	enum ctl_exit status = CTL_DONE;
	struct sql s;

	if (f->keyed)
		hex_text(f->mark, FLEET_MARK_LEN, mark);
	if (f->keyed && schema->mark[0] != '\0' &&
	    strcmp(mark, schema->mark) != 0) {
		complain("%s is not the key of this fleet: copy the file of a "
			 "host that logins work on",
		    f->conf->store.fleet_key_file);
		return CTL_SETTINGS;
	}
	printf("The state is there already, in database %s (schema %ld).\n",
	    f->server.database, schema->version);
	if (fleet_operator_prepare(&o, f->ctl, has_role) != 0)
		return CTL_FAILED;
	if (o.verifier[0] == '\0' && (!f->keyed || schema->mark[0] != '\0'))
		return CTL_DONE;
	if (sql_open(&s) != 0)
		status = CTL_FAILED;
	else {
		sql_add(&s, "BEGIN;\n");
		fleet_operator_sql(&o, &s);
		if (schema->mark[0] == '\0')
			add_key(f, &s);
		sql_add(&s, "COMMIT;\n");
		status = fleet_do(f, &s);
	}
	if (fleet_operator_end(&o, status == CTL_DONE) != CTL_DONE)
		status = CTL_FAILED;
	return status;
}

/* Only one can take rights from PUBLIC, and grant those of two roles of the
 * server. */
static bool
is_superuser(const struct fleet_server_look *look)
{
	if (look->superuser)
		return true;
	complain("%s is no superuser of that server, and the state is made by "
		 "one alone: it takes rights of the server's own functions "
		 "from PUBLIC, and grants pg_signal_backend and "
		 "pg_read_all_stats; name one in the URL "
		 "(postgresql://postgres@HOST/DATABASE), or have one run what "
		 "--print prints; a service that gives none, such as most "
		 "managed databases, cannot hold the state",
	    look->user);
	return false;
}

static enum ctl_exit
make_or_look(const struct fleet *f)
{
	struct fleet_schema_look schema = { 0 };
	struct fleet_server_look look;
	enum ctl_exit status;

	if (fleet_server_look(f, &look) != 0 ||
	    (look.database && fleet_schema_look(f, &schema) != 0))
		return CTL_FAILED;
	if (schema.version == 0 && !is_superuser(&look))
		return CTL_FAILED;
	status = schema.version > 0 ? look_again(f, &schema, look.role)
				    : make(f, &look);
	if (status == CTL_DONE)
		fleet_server_warn(f);
	return status;
}

enum ctl_exit
fleet_init(const struct ctl *ctl, const char *url)
{
	struct fleet_operator o;
	struct fleet f;
	enum ctl_exit status = fleet_open(&f, ctl, url, true);

	if (status == CTL_DONE && ctl->print) {
		if (fleet_operator_prepare(&o, ctl, false) != 0)
			status = CTL_FAILED;
		else if ((status = print(&f, &o)) == CTL_DONE)
			status = fleet_operator_end(&o, true);
	} else if (status == CTL_DONE) {
		status = make_or_look(&f);
	}
	fleet_close(&f);
	return status;
}
