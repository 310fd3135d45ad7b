/* SPDX-License-Identifier: BSD-2-Clause */
/* What the role of a host may do there: each kind of thing against a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "tests/support/statebox.h"
#include "twofactl/fleet/fleet_inside.h"

#define HOST "twofa_mere"
#define ADMIN "twofa_manager"

static int
set_up(void **state)
{
	(void)box_to_postgres();
	store_time_now(1000000);
	store_time_wall(1790000000);
	postgres_host("mere");
	postgres_sql("REVOKE twofa_admin FROM " HOST);
	postgres_host("manager");
	postgres_sql("REVOKE twofa_host FROM " ADMIN);
	return box_set_up(state);
}

/* Are the names that the query gives, in the order of bytes, these? */
static void
are(const char *query, const char *names)
{
	char sql[2048];

	snprintf(sql, sizeof(sql),
	    "DO $t$ DECLARE found text; BEGIN SELECT coalesce(string_agg(n, "
	    "' ' ORDER BY n COLLATE \"C\"), '') INTO found FROM (%s) q(n); IF "
	    "found <> '%s' THEN RAISE EXCEPTION 'found: %%', found; END IF; "
	    "END $t$",
	    query, names);
	postgres_sql(sql);
}

#define MAY(role) "has_function_privilege('" role "', p.oid, 'EXECUTE')"
#define OURS(role)                                                             \
	"SELECT DISTINCT p.proname::text FROM pg_proc p WHERE " MAY(           \
	    role) " AND p.pronamespace = 'twofa_v1'::regnamespace"
static void
functions(void **state)
{
	(void)state;
	are(OURS(HOST),
	    "alert_take attempt begin begin_look blockers claim claim_look "
	    "code_claim "
	    "code_recent drop end enrol enrol_may finish got_in guess_look "
	    "guess_refund "
	    "guess_right "
	    "guess_take health holds hotp_last invitation_find look noop "
	    "number_free "
	    "pass_over "
	    "passed_left "
	    "record recovery_claim recovery_left recovery_list recovery_users "
	    "refund refuse replace restore risks send_refund "
	    "send_take send_windows spend started stranger totp_attempt "
	    "totp_note unblock unknown unsent unsent_count "
	    "verifier_get version");
	/* an administrator does what a login does for status and unlock, and
	 * ends nobody's connection */
	are("SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = "
	    "'twofa_v1'::regnamespace AND NOT " MAY(ADMIN),
	    "unblock");
	are("SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = "
	    "'twofa_v1'::regnamespace AND " MAY(ADMIN) " AND NOT " MAY(HOST),
	    "hosts import number_release record_list record_put record_rekey "
	    "record_remove "
	    "recovery_end recovery_set "
	    "remembered_forget sends_reset status successes totals totp_renew "
	    "unlock");
	/* none of the server's owner's, none inside */
	are("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE " MAY(
		HOST) " AND p.pronamespace NOT IN ('twofa_v1'::regnamespace, "
		      "'pg_catalog'::regnamespace, "
		      "'information_schema'::regnamespace)",
	    "");
	are("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE " MAY(
		HOST) " AND p.proname ~ "
		      "'advisory|^lo_|^lo(read|write)$|notify$|"
		      "logical_emit|^pg_(read_[a-z_]*file$|ls_|stat_file|"
		      "reload|rotate_logfile$|"
		      "promote|switch)'",
	    "");
	/* each runs as its owner, where nobody's schema comes first, and reads
	 * its own texts as they are written */
	are("SELECT p.proname::text FROM pg_proc p WHERE pronamespace = "
	    "'twofa_v1'::regnamespace AND NOT (prosecdef AND "
	    "proconfig = '{\"search_path=pg_catalog, pg_temp\","
	    "standard_conforming_strings=on,client_min_messages=warning}'"
	    ")",
	    "");
	are("SELECT p.proname::text FROM pg_proc p JOIN pg_roles r ON r.oid = "
	    "p.proowner WHERE pronamespace = 'twofa_v1'::regnamespace AND "
	    "rolname <> 'twofa_owner'",
	    "unblock");
}

static void
everything_else(void **state)
{
	(void)state;
	are("SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN "
	    "('r', 'v', 'm', 'f', 'p') AND relnamespace NOT IN "
	    "('pg_catalog'::regnamespace, 'information_schema'::regnamespace) "
	    "AND (has_table_privilege('" HOST "', c.oid, 'SELECT, INSERT, "
	    "UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR "
	    "has_any_column_privilege('" HOST "', c.oid, 'SELECT, INSERT, "
	    "UPDATE, REFERENCES'))",
	    "");
	are("SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN "
	    "('r', 'v') AND relnamespace = 'pg_catalog'::regnamespace AND "
	    "has_table_privilege('" HOST "', c.oid, 'INSERT, UPDATE, DELETE, "
	    "TRUNCATE')",
	    "");
	are("SELECT c.oid::regclass::text FROM pg_class c WHERE CASE relkind "
	    "WHEN 'S' "
	    "THEN has_sequence_privilege('" HOST "', c.oid, 'USAGE, SELECT, "
	    "UPDATE') ELSE false END",
	    "");
	are("SELECT n.nspname::text FROM pg_namespace n WHERE "
	    "has_schema_privilege('" HOST "', n.oid, 'CREATE')",
	    "");
	are("SELECT n.nspname::text FROM pg_namespace n WHERE "
	    "has_schema_privilege('" HOST "', n.oid, 'USAGE')",
	    "information_schema pg_catalog twofa_v1");
	are("SELECT t.typname::text FROM pg_type t WHERE typtype = 'c' AND "
	    "typnamespace = 'twofa_v1'::regnamespace AND "
	    "has_type_privilege('" HOST "', t.oid, 'USAGE')",
	    "counted found limits message right_code who");
	are("SELECT lanname::text FROM pg_language l WHERE lanpltrusted AND "
	    "has_language_privilege('" HOST "', l.oid, 'USAGE')",
	    "sql");
	are("SELECT d.datname::text FROM pg_database d WHERE d.datname = "
	    "current_database() AND NOT has_database_privilege('" HOST
	    "', d.oid, 'CONNECT')",
	    "");
	are("SELECT d.datname::text FROM pg_database d WHERE d.datname = "
	    "current_database() AND has_database_privilege('" HOST
	    "', d.oid, 'CREATE, TEMPORARY') OR has_database_privilege('" HOST
	    "', d.oid, 'CREATE')",
	    "");
	are("SELECT spcname::text FROM pg_tablespace s WHERE "
	    "has_tablespace_privilege('" HOST "', s.oid, 'CREATE')",
	    "");
	are("SELECT srvname::text FROM pg_foreign_server s UNION ALL SELECT "
	    "fdwname FROM pg_foreign_data_wrapper",
	    "");
	are("SELECT r.rolname::text FROM pg_roles r WHERE pg_has_role('" HOST
	    "', r.oid, 'MEMBER')",
	    "twofa_host " HOST);
	are("SELECT rolname::text FROM pg_roles WHERE rolname IN ('" HOST
	    "', 'twofa_host', 'twofa_owner', 'twofa_admin', "
	    "'twofa_unblock') AND (rolsuper OR rolcreaterole OR rolcreatedb "
	    "OR rolreplication OR rolbypassrls)",
	    "");
	are("SELECT r.rolname::text FROM pg_roles r WHERE "
	    "pg_has_role('twofa_unblock', r.oid, 'MEMBER')",
	    "pg_read_all_stats pg_signal_backend twofa_unblock");
	/* who ends connections writes nothing but who is suspended */
	are("SELECT c.relname || '.' || a.attname FROM pg_class c JOIN "
	    "pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = "
	    "'twofa'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND "
	    "has_column_privilege('twofa_unblock', c.oid, a.attnum, "
	    "'INSERT, UPDATE, REFERENCES') OR c.relkind = 'r' AND "
	    "c.relnamespace = 'twofa'::regnamespace AND a.attnum = 1 AND "
	    "has_table_privilege('twofa_unblock', c.oid, 'DELETE, TRUNCATE')",
	    "host.suspended");
}

/* What a later version adds is nobody's until it is granted. */
static void
functions_to_come(void **state)
{
	(void)state;
	postgres_sql("BEGIN");
	postgres_sql("SET LOCAL ROLE twofa_owner");
	postgres_sql("CREATE FUNCTION twofa_v1.later() RETURNS int LANGUAGE "
		     "sql AS 'SELECT 1'");
	postgres_sql("SET LOCAL ROLE postgres");
	postgres_sql("CREATE FUNCTION public.later() RETURNS int LANGUAGE sql "
		     "AS 'SELECT 1'");
	are("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname = "
	    "'later' AND (" MAY(HOST) " OR " MAY(ADMIN) ")",
	    "");
	postgres_sql("ROLLBACK");
}

/* What this release adds is no host's either, if nobody put it on the list. */
static void
functions_off_the_list(void **state)
{
	size_t last = 0;

	(void)state;
	while (fleet_schema[last + 1] != NULL)
		last++;
	postgres_sql("BEGIN");
	postgres_sql("DROP FUNCTION twofa_v1.version, twofa_v1.unblock");
	postgres_sql("SET ROLE twofa_owner");
	postgres_sql("CREATE FUNCTION twofa_v1.later() RETURNS int LANGUAGE "
		     "sql AS 'SELECT 1'");
	postgres_sql(fleet_schema[last]);
	are("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname = "
	    "'later' AND " MAY(HOST),
	    "");
	are("SELECT p.proname::text FROM pg_proc p WHERE p.proname = 'later' "
	    "AND " MAY(ADMIN),
	    "later");
	postgres_sql("ROLLBACK");
}

/* As the client sees it, and not only as the catalog has it. */
static void
refused_there(void **state)
{
	static const char *const asks[] = { "SELECT * FROM twofa.send",
		"SELECT twofa.me()", "CREATE TABLE mine(a int)",
		"CREATE TEMPORARY TABLE mine(a int)",
		"DO $$ BEGIN NULL; END $$", "SELECT pg_advisory_lock(1)",
		"SELECT lo_create(0)", "SELECT pg_notify('a', 'b')",
		"SELECT pg_logical_emit_message(false, 'a', 'b')",
		"SELECT twofa_v1.unlock('(1,0,\"\",\"\",\"\",0)', 'alice')",
		"SET ROLE twofa_owner", "SET ROLE twofa_unblock",
		"UPDATE pg_settings SET setting = 1 WHERE name = 'seq'",
		"SELECT * FROM pg_authid", "SELECT pg_read_file('pg_hba.conf')",
		"COPY (SELECT 1) TO PROGRAM 'true'",
		"ALTER ROLE " HOST " SUPERUSER" };
	const struct statebox *b = *state;
	const struct store_session me = { "mere", 1, b->dir, 0, NULL, false,
		NULL, postgres_server() };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = store_open(b->path, &me, cause);
	PGresult *r;

	if (s == NULL)
		fail_msg("%s", cause);
	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		assert_int_equal(pq.PQsendQueryParams(s->conn, asks[i], 0, NULL,
				     NULL, NULL, NULL, 0),
		    1);
		r = pq.PQgetResult(s->conn);
		if (pq.PQresultStatus(r) != PGRES_FATAL_ERROR)
			fail_msg("done: %s", asks[i]);
		assert_string_equal(
		    pq.PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
		while (r != NULL) {
			pq.PQclear(r);
			r = pq.PQgetResult(s->conn);
		}
	}
	assert_int_equal(store_user_unlock(s, "alice"), -1);
	assert_int_equal(s->failure, PG_SETTINGS);
	assert_non_null(strstr(store_cause(s), "42501"));
	assert_int_equal(store_recovery_count_codes(s, "alice"), 0);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, box_tear_down)

BOX_TESTS(test_pg_rights)
{
	const struct CMUnitTest tests[] = {
		TEST(functions),
		TEST(everything_else),
		TEST(functions_to_come),
		TEST(functions_off_the_list),
		TEST(refused_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
