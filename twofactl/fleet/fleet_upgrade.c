/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state upgrade: the functions of this release, and tables that only
 * it has. */
#include "twofactl/fleet/fleet.h"

#include <string.h>

#include "twofactl/fleet/fleet_schema.h"
#include "twofactl/fleet/fleet_server_look.h"
#include "twofactl/terminal/terminal.h"

/* What stands at the beginning of a line, and how it takes the place of one
 * that is there: calls go on meanwhile. */
static const struct {
	const char *plain, *again;
} words[] = {
	{ "CREATE FUNCTION ", "CREATE OR REPLACE FUNCTION " },
	{ "CREATE TABLE ", "CREATE TABLE IF NOT EXISTS " },
	{ "CREATE INDEX ", "CREATE INDEX IF NOT EXISTS " },
	{ "CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX IF NOT EXISTS " },
};

static void
add_again(struct sql *s, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			const size_t plain = strlen(words[i].plain);

			if (strncmp(text, words[i].plain, plain) == 0 &&
			    strncmp(text + plain, "IF NOT EXISTS ", 14) != 0) {
				sql_add(s, "%s", words[i].again);
				text += plain;
				len -= plain;
				break;
			}
		}
		sql_add(s, "%.*s", (int)len, text);
		text += len;
	}
}

/* All functions were written by this transaction; what is left of another
 * release inside goes. Those of twofa_v1 stay: a host may still call them. */
static const char drop_others[] =
    "RESET ROLE;\n"
    "DO $$ DECLARE f regprocedure; BEGIN\n"
    "FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p\n"
    "    WHERE p.pronamespace = 'twofa'::regnamespace\n"
    "    AND p.xmin::text <> (txid_current() % 4294967296)::text LOOP\n"
    "  EXECUTE format('DROP FUNCTION %s', f);\n"
    "END LOOP; END $$;\n"
    "SET ROLE twofa_owner;\n";

/* One that acts as another role is made once more, like at first. */
static const char drop_foreign[] =
    "DO $$ DECLARE f regprocedure; BEGIN\n"
    "FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p\n"
    "    WHERE p.pronamespace = 'twofa_v1'::regnamespace\n"
    "    AND p.proowner <> 'twofa_owner'::regrole LOOP\n"
    "  EXECUTE format('DROP FUNCTION %s', f);\n"
    "END LOOP; END $$;\n"
    "SET ROLE twofa_owner;\n";

/* The rights come last, of what there is then. */
static void
add_upgrade(struct sql *s)
{
	char digest[FLEET_DIGEST_TEXT];

	fleet_functions_digest(digest);
	sql_add(s,
	    "BEGIN;\nSET LOCAL lock_timeout = '60s';\n"
	    "DO $$ BEGIN IF (SELECT version FROM twofa.meta FOR UPDATE) <> %d "
	    "THEN\n"
	    "  RAISE 'the schema is not the one that this release has';\n"
	    "END IF; END $$;\n"
	    "%s%s",
	    FLEET_SCHEMA, fleet_schema_roles, drop_foreign);
	for (size_t i = 1; fleet_schema[i] != NULL; i++) {
		if (fleet_schema[i + 1] == NULL)
			sql_add(s, "%s", drop_others);
		add_again(s, fleet_schema[i]);
	}
	sql_add(s,
	    "RESET ROLE;\nUPDATE twofa.meta SET functions = '%s';\nCOMMIT;\n",
	    digest);
}

/* CTL_NO: there is nothing to do, or it must not be done. */
static enum ctl_exit
wanted(const struct fleet *f)
{
	struct fleet_schema_look schema;
	char digest[FLEET_DIGEST_TEXT];

	if (fleet_schema_look(f, &schema) != 0)
		return CTL_FAILED;
	if (schema.version == 0) {
		complain("database %s has no state yet; run: twofactl state "
			 "init",
		    f->server.database);
		return CTL_FAILED;
	}
	if (schema.version > FLEET_SCHEMA) {
		complain(
		    "the state is of schema %ld, from a newer release, and "
		    "this one knows %d: run that release's twofactl",
		    schema.version, FLEET_SCHEMA);
		return CTL_FAILED;
	}
	fleet_functions_digest(digest);
	return strcmp(schema.functions, digest) == 0 ? CTL_NO : CTL_DONE;
}

enum ctl_exit
fleet_upgrade(const struct ctl *ctl, const char *url)
{
	struct fleet f;
	struct sql s;
	enum ctl_exit status = fleet_open(&f, ctl, url, false);

	if (status == CTL_DONE && !ctl->print) {
		status = wanted(&f);
		if (status == CTL_NO) {
			printf("The state is up to date (schema %d).\n",
			    FLEET_SCHEMA);
			fleet_close(&f);
			return CTL_DONE;
		}
	}
	if (status == CTL_DONE && sql_open(&s) != 0)
		status = CTL_FAILED;
	else if (status == CTL_DONE) {
		add_upgrade(&s);
		status = fleet_do(&f, &s);
	}
	if (status == CTL_DONE && !ctl->print)
		printf("The state is of this release now (schema %d).\n",
		    FLEET_SCHEMA);
	fleet_close(&f);
	return status;
}
