/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server is like. */
#include "twofactl/fleet/fleet_server_look.h"

#include <stdlib.h>
#include <string.h>

#include "twofactl/terminal/terminal.h"

#define VERSION_MIN 130000

static const char look_first[] =
    "SELECT current_setting('server_version_num'),"
    " current_setting('is_superuser'), current_user,"
    " current_setting('port'),"
    " (SELECT count(*) FROM pg_catalog.pg_roles"
    "   WHERE rolname = 'twofa_operator'),"
    " (SELECT count(*) FROM pg_catalog.pg_database WHERE datname = ";
/* template0 cannot be entered, and template1 is copied without its rights */
static const char look_others[] =
    "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn"
    " AND has_database_privilege('public', oid, 'CONNECT')"
    " AND datname <> ";

static int
ask_first(const struct fleet *f, const char *select, char *out, size_t size)
{
	struct sql s;
	int rc = -1;

	if (sql_open(&s) != 0)
		return -1;
	sql_add(&s, "%s", select);
	sql_literal(&s, f->server.database);
	sql_add(&s, "%s", select == look_first ? ");" : " ORDER BY 1;");
	if (sql_close(&s) == 0)
		rc = fleet_server_run(&f->server, true, s.text, out, size);
	sql_free(&s);
	return rc;
}

int
fleet_server_look(const struct fleet *f, struct fleet_server_look *look)
{
	char text[512], *next = text, *column[6];

	memset(look, 0, sizeof(*look));
	if (ask_first(f, look_first, text, sizeof(text)) != 0 ||
	    ask_first(f, look_others, look->others, sizeof(look->others)) != 0)
		return -1;
	if (fleet_row(&next, column, 6) != 6) {
		complain("psql said nothing that was asked for; try: psql %s",
		    f->server.first);
		return -1;
	}
	if (strtol(column[0], NULL, 10) < VERSION_MIN) {
		complain("PostgreSQL %ld is too old: install 13 or later",
		    strtol(column[0], NULL, 10) / 10000);
		return -1;
	}
	look->superuser = strcmp(column[1], "on") == 0;
	(void)snprintf(look->user, sizeof(look->user), "%s", column[2]);
	(void)snprintf(look->port, sizeof(look->port), "%s", column[3]);
	look->role = column[4][0] != '0';
	look->database = column[5][0] != '0';
	return 0;
}

int
fleet_schema_look(const struct fleet *f, struct fleet_schema_look *look)
{
	static char text[FLEET_LOOK_MAX];
	char *column[3];

	memset(look, 0, sizeof(*look));
	if (fleet_look(f,
		"SELECT CASE WHEN to_regclass('twofa.meta') IS NULL THEN 0 "
		"ELSE 1 END;",
		text, column, 1) != 1)
		return -1;
	if (column[0][0] == '0')
		return 0;
	if (fleet_look(f,
		"SELECT version, functions,"
		" coalesce(encode(fleet_key, 'hex'), '') FROM twofa.meta;",
		text, column, 3) != 3)
		return -1;
	look->version = strtol(column[0], NULL, 10);
	snprintf(look->functions, sizeof(look->functions), "%s", column[1]);
	snprintf(look->mark, sizeof(look->mark), "%s", column[2]);
	return 0;
}

/* What doctor says of the server as well, where the state has that function. */
#define DOCTORS                                                                \
	"SELECT to_regprocedure('twofa_v1.risks()') IS NULL AS old \\gset\n"   \
	"\\if :old\nSELECT 'its functions are of an older release; run: "      \
	"twofactl state upgrade';\n"                                           \
	"\\else\nSELECT words FROM twofa_v1.risks();\n\\endif\n"
/* A line for each thing that somebody should change. */
static const char risks[] =
    "SELECT w FROM (VALUES"
    " (current_setting('ssl') <> 'on', 'ssl is off, so no host can come in:"
    " set ssl = on, and ssl_cert_file and ssl_key_file'),"
    " (current_setting('synchronous_standby_names') = '',"
    " 'synchronous_standby_names is empty: after a failure of"
    " the server a used code could work once more; name a standby, or write"
    " single = true into store of each host'),"
    " (current_setting('password_encryption') <> 'scram-sha-256',"
    " 'password_encryption is not scram-sha-256: a password that is set by"
    " hand is no use to a host; set it to that')"
    ") r(yes, w) WHERE yes;\n" DOCTORS;

void
fleet_server_warn(const struct fleet *f, bool soon)
{
	static char text[FLEET_LOOK_MAX];
	char *next = text, *line;

	if (fleet_server_run(&f->server, false, soon ? DOCTORS : risks, text,
		sizeof(text)) != 0)
		return;
	while (fleet_row(&next, &line, 1) == 1)
		complain("the server: %s", line);
}
