/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state host: adds, changes, disables and lists hosts. Host names have
 * passed fleet_host_check_name, so they are quoted in SQL without escaping. */
#include "twofactl/fleet/fleet_inside.h"

#include <stdlib.h>

#define PER_HOUR_MAX 100000
#define FLEET_MAX 1000000 /* as of sends_per_fleet_hour */
#define AT_ONCE " CONNECTION LIMIT 50"
#define QUERY_MAX 256
#define COLUMNS 11                  /* of the host list */
#define HOSTS_MAX (2 * 1024 * 1024) /* bytes for ten thousand hosts */

/* SQL that ends all sessions of a host, at the primary or a standby. It
 * first waits until NOLOGIN has reached that server, so that no new session can
 * begin, and fails after 5 seconds. */
static const char role_end[] =
    "DO $$ DECLARE host text := 'twofa_%s'; BEGIN FOR i IN 1..100 LOOP\n"
    "  PERFORM pg_stat_clear_snapshot();\n"
    "  IF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = host) THEN\n"
    "    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity\n"
    "      WHERE usename = host;\n"
    "    IF NOT FOUND THEN RETURN; END IF;\n"
    "  END IF;\n"
    "  PERFORM pg_sleep(0.05);\n"
    "END LOOP; RAISE 'it may still come in there, or its sessions do not end'; "
    "END $$;\n";

/* Anyone with its password could have made settings. */
static void
role_reset(const struct fleet *f, struct fleet_sql *s, const char *name)
{
	fleet_sql_add(s,
	    "ALTER ROLE \"twofa_%s\" RESET ALL;\n"
	    "ALTER ROLE \"twofa_%s\" IN DATABASE \"%s\" RESET ALL;\n",
	    name, name, f->server.database);
}

static const char prepared_end[] =
    "SELECT format('ROLLBACK PREPARED %%L', gid)\n"
    "  FROM pg_catalog.pg_prepared_xacts WHERE owner = 'twofa_%s'\n"
    "  AND database = current_database() \\gexec\n";

/* SQL that lets a role log in no more. It may change its own password, in
 * a transaction that stays, or again and again: such sessions end before. */
static const char role_no_login[] =
    "DO $$ DECLARE host text := 'twofa_%s'; BEGIN\n"
    "PERFORM set_config('lock_timeout', '200ms', true);\n"
    "FOR i IN 1..100 LOOP BEGIN\n"
    "  EXECUTE format('ALTER ROLE %%I NOLOGIN', host);\n"
    "  RETURN;\n"
    "EXCEPTION WHEN lock_not_available OR internal_error THEN\n"
    "  PERFORM pg_stat_clear_snapshot();\n"
    "  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity\n"
    "    WHERE usename = host;\n"
    "END; END LOOP; RAISE 'a transaction of %% keeps its role; look in "
    "pg_prepared_xacts', host; END $$;\n";

/* Adds SQL that disables a role, ends its sessions and resets its settings. Its
 * prepared transactions end before, as they may keep its role, and again when
 * it can prepare no more. The commit is local, so as not to wait for a standby
 * that does not answer. */
static void
fleet_role_shut(const struct fleet *f, struct fleet_sql *s, const char *name)
{
	fleet_sql_add(s, "SET synchronous_commit = local;\n");
	fleet_sql_add(s, prepared_end, name);
	fleet_sql_add(s, role_no_login, name);
	if (f->typed->print)
		fleet_sql_add_comment(
		    s, "Run the next statement on each standby, too:");
	fleet_sql_add(s, role_end, name);
	fleet_sql_add(s, prepared_end, name);
	role_reset(f, s, name);
}

/* SQL that ends the sessions that began before now, by the password before
 * this one: each while no login asks, or after 5 s. */
static const char end_former_sessions[] =
    "DO $$ BEGIN FOR i IN 1..100 LOOP\n"
    "  PERFORM pg_stat_clear_snapshot();\n"
    "  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity\n"
    "    WHERE usename = 'twofa_%s' AND backend_start < now()\n"
    "    AND (i = 100 OR state LIKE 'idle in%%' OR state = 'idle' AND\n"
    "      (i > 80 OR state_change < clock_timestamp() - interval '1 s'));\n"
    "  EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity\n"
    "    WHERE usename = 'twofa_%s' AND backend_start < now());\n"
    "  PERFORM pg_sleep(0.05);\n"
    "END LOOP; END $$;\n";

/* text is NULL if not given. Returns 0, or -1 after printing an error. */
static int
check_per_hour(const char *option, const char *text)
{
	if (text == NULL || decimal_read(text, PER_HOUR_MAX) >= 1)
		return 0;
	return terminal_error(
	    "--%s %.20s: allowed is 1 to %d", option, text, PER_HOUR_MAX);
}

/* Inserts the host's row, or changes what the options give of it. */
static void
fleet_hosts_add_row(
    struct fleet_sql *s, const struct arguments *typed, const char *name)
{
	fleet_sql_add(s,
	    "INSERT INTO twofa.host AS h(name, groups, users_per_hour, "
	    "hourly_sends, enrols) VALUES ('%s', array_remove(string_to_array(",
	    name);
	fleet_sql_add_literal(s, typed->groups != NULL ? typed->groups : "");
	fleet_sql_add(s,
	    ", ','), ''), %s, %s, %s)\n  ON CONFLICT (name) DO UPDATE SET "
	    "enrols = %s%s%s%s",
	    typed->users_per_hour != NULL ? typed->users_per_hour : "50",
	    typed->sends_per_hour != NULL ? typed->sends_per_hour : "1000",
	    typed->enrols ? "true" : "false",
	    typed->enrols || typed->no_enrols
		? "excluded.enrols"
		: "h.enrols AND h.disabled IS NULL",
	    typed->groups != NULL ? ", groups = excluded.groups" : "",
	    typed->users_per_hour != NULL
		? ", users_per_hour = excluded.users_per_hour"
		: "",
	    typed->sends_per_hour != NULL
		? ", hourly_sends = excluded.hourly_sends"
		: "");
}

/* The connection limit keeps a stolen host from using up all connections;
 * logins hold one only during a query. temp_file_limit, which only a superuser
 * can change, keeps its queries from filling the disk. */
static void
add_host(struct fleet_sql *s, const struct fleet *f, const char *name,
    const char *verifier)
{
	const struct arguments *typed = f->typed;

	/* a host that is set up from here has both passwords */
	if (typed->renew && !typed->push)
		fleet_role_shut(f, s, name);
	else if (typed->renew)
		role_reset(f, s, name);
	fleet_sql_add(s,
	    "BEGIN;\n%s ROLE \"twofa_%s\" LOGIN" AT_ONCE "%s PASSWORD ",
	    typed->renew ? "ALTER" : "CREATE", name,
	    typed->renew ? "" : " IN ROLE twofa_host");
	fleet_sql_add_literal(s, verifier);
	fleet_sql_add(s,
	    ";\nALTER ROLE \"twofa_%s\" SET temp_file_limit = '8MB';\n", name);
	/* after a restore the row exists without the role */
	fleet_hosts_add_row(s, typed, name);
	fleet_sql_add(s,
	    ", renewed = now(), disabled = NULL, suspended = NULL;\n"
	    "COMMIT;\n");
	if (typed->renew && typed->push)
		fleet_sql_add(s, end_former_sessions, name, name);
}

/* Returns 1 if the host has a role, 0, or -1 after printing an error. */
static int
has_role(const struct fleet *f, const char *name)
{
	char sql[QUERY_MAX], text[64];

	PRINT_TO(sql,
	    "SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname = "
	    "'twofa_%s';",
	    name);
	if (fleet_server_run(&f->server, false, sql, text, sizeof(text)) != 0 ||
	    text[0] == '\0')
		return -1;
	return text[0] != '0';
}

/* The settings that the host's twofa.conf needs. */
static void
host_settings(const struct fleet *f, const char *name, struct fleet_sql *s)
{
	const struct settings_store *c =
	    f->conf != NULL ? &f->conf->store : NULL;
	const bool url = c != NULL && settings_is_fleet(f->conf);
	const char *where = strrchr(f->server.url, '@');

	if (url)
		fleet_sql_add(s, "state = \"%s\";\n", f->conf->state);
	else if (f->server.here)
		fleet_sql_add(s, "state = \"postgresql://HOST/%s\";\n",
		    f->server.database);
	else if (where != NULL)
		fleet_sql_add(s, "state = \"postgresql://%s\";\n", where + 1);
	else
		fleet_sql_add(s, "state = \"%s\";\n", f->server.url);
	fleet_sql_add(s,
	    "state_dir = \"%s\";\n"
	    "store = {\n"
	    "  host = \"%s\";\n"
	    "  password_file = \"" FLEET_PASSWORD_FILE "\";\n"
	    "  ca_file = \"%s\";\n",
	    url ? f->conf->state_dir : "/var/lib/twofa", name,
	    url && c->ca_file != NULL && !f->typed->push ? c->ca_file
							 : FLEET_CA_FILE);
	if (f->typed->push)
		fleet_sql_add(
		    s, "  fleet_key_file = \"" FLEET_KEY_FILE "\";\n");
	else if (c != NULL && c->fleet_key_file != NULL)
		fleet_sql_add(
		    s, "  fleet_key_file = \"%s\";\n", c->fleet_key_file);
	if (url && c->single)
		fleet_sql_add(s, "  single = true;\n");
	fleet_sql_add(s, "};\n");
}

/* Puts the password into the --output file or, for a pipe, to stdout. */
static enum ctl_exit
deliver(const struct fleet *f, const char *name, const char *password)
{
	const char *file = f->typed->output;
	enum ctl_exit status = CTL_DONE;
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };

	if (file != NULL && fleet_root_file_place(file) != 0)
		return terminal_error_status(CTL_FAILED,
		    "%s has an unknown password; run: twofactl state host add "
		    "%s --renew --output FILE",
		    name, name);
	host_settings(f, name, &s);
	if (fleet_sql_close_text(&s) != 0)
		status = CTL_FAILED;
	else if (f->typed->push)
		status =
		    fleet_push_host(f, name, password, s.text, FLEET_PUSH_ADD);
	if (status == CTL_FAILED && f->typed->push)
		terminal_error("%s has a role; once it can be set up, run: "
			       "twofactl state host add %s --renew --push",
		    name, name);
	if (f->typed->push || status != CTL_DONE)
		return status;
	if (file == NULL)
		printf("%s\n", password);
	else
		fprintf(stderr, "The password is in %s.\n", file);
	fprintf(file == NULL || f->typed->print ? stderr : stdout,
	    "Of %s, /etc/twofa/twofa.conf (HOST: the server's name):\n\n%s\n"
	    "The password goes into " FLEET_PASSWORD_FILE
	    ", root:twofa, mode 0640. The files that\nare named above must be "
	    "there as well.\n",
	    name, s.text);
	return CTL_DONE;
}

static enum ctl_exit
fleet_hosts_make(const struct fleet *f, const char *name, char *password)
{
	char verifier[FLEET_SCRAM_VERIFIER_MAX];
	enum ctl_exit status;
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };

	if (fleet_scram_make(f->typed->output, password, verifier) != 0)
		return CTL_FAILED;
	add_host(&s, f, name, verifier);
	if (f->typed->renew && f->typed->push &&
	    fleet_push_host(f, name, password, "", FLEET_PUSH_PASSWORD) !=
		CTL_DONE)
		return CTL_FAILED;
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE)
		return deliver(f, name, password);
	if (f->typed->output != NULL)
		fleet_root_file_drop(f->typed->output);
	return status;
}

bool
fleet_host_check(const struct arguments *typed, const char *name)
{
	if (typed->enrols && typed->no_enrols)
		return terminal_error("--enrols or --no-enrols?") == 0;
	return fleet_host_check_name(name) == 0 &&
	    check_per_hour("hourly-users", typed->users_per_hour) == 0 &&
	    check_per_hour("hourly-sends", typed->sends_per_hour) == 0;
}

enum ctl_exit
fleet_host_add(struct fleet *f, const char *name)
{
	char password[FLEET_SCRAM_PASSWORD_LEN + 2] = "";
	enum ctl_exit status;
	int there;

	if (f->typed->push && (f->typed->print || f->typed->output != NULL))
		return terminal_error_status(CTL_USAGE,
		    "--push brings the password to the host: leave --output "
		    "and --print out");
	if (f->typed->print && f->typed->output == NULL)
		return terminal_error_status(CTL_USAGE,
		    "--print needs --output FILE, which gets the password");
	there = f->typed->print ? f->typed->renew : has_role(f, name);
	if (there < 0)
		return CTL_FAILED;
	if (there == 1 && !f->typed->renew)
		return terminal_error_status(CTL_NO,
		    "%s is there already; to give it a new password, which "
		    "ends the old one, add --renew",
		    name);
	if (there == 0 && f->typed->renew)
		return terminal_error_status(
		    CTL_NO, "there is no host %s; leave --renew out", name);
	status = fleet_hosts_make(f, name, password);
	explicit_bzero(password, sizeof(password));
	return status;
}

/* The limit of all hosts together, by which one change reaches all. */
enum ctl_exit
fleet_change(struct fleet *f, const char *none)
{
	const char *typed = f->typed->sends_per_hour;
	const long most = typed != NULL ? decimal_read(typed, FLEET_MAX) : -1;
	enum ctl_exit status;
	struct fleet_sql s = { .f = NULL };

	(void)none;
	if (most < 0)
		return terminal_error_status(CTL_USAGE,
		    "state change needs --hourly-sends N, 0 to %d; 0: each "
		    "host's sends_per_fleet_hour counts",
		    FLEET_MAX);
	fleet_sql_add(
	    &s, "UPDATE twofa.meta SET hourly_sends = nullif(%ld, 0);\n", most);
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE && !f->typed->print)
		printf(most > 0 ? "All hosts together send at most %ld "
				  "messages an hour, from now on.\n"
				: "Each host's sends_per_fleet_hour counts.\n",
		    most);
	return status;
}

enum ctl_exit
fleet_host_change(struct fleet *f, const char *name)
{
	const struct arguments *typed = f->typed;
	enum ctl_exit status;
	struct fleet_sql s = { .f = NULL };
	int there;

	if (typed->groups == NULL && typed->users_per_hour == NULL &&
	    typed->sends_per_hour == NULL && !typed->enrols &&
	    !typed->no_enrols)
		return terminal_error_status(CTL_USAGE,
		    "host change needs --groups LIST, --hourly-users N, "
		    "--hourly-sends N, --enrols or --no-enrols");
	there = typed->print ? 1 : has_role(f, name);
	if (there == 0)
		return terminal_error_status(CTL_NO,
		    "there is no host %s; to add it: twofactl state host add "
		    "%s",
		    name, name);
	if (there < 0)
		return CTL_FAILED;
	fleet_hosts_add_row(&s, typed, name);
	fleet_sql_add(&s, ";\n");
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE && !typed->print)
		printf("%s is changed; its password is as before.\n", name);
	return status;
}

#define UTC " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'"
/* Also lists roles that were made by hand and so have no row. */
static const char hosts[] =
    "SELECT r.name, coalesce(nullif(array_to_string(h.groups, ','), ''), '-'), "
    "coalesce(h.users_per_hour, 50), coalesce(h.hourly_sends, 1000), CASE "
    "to_jsonb(h) ->> 'enrols' WHEN 'true' THEN 'yes' ELSE '-' END, (SELECT "
    "count(*) FROM pg_catalog.pg_stat_activity a   WHERE a.usename = 'twofa_' "
    "|| r.name), coalesce(nullif(to_jsonb(h) ->> 'release', ''), '-'), "
    "coalesce(to_jsonb(h) ->> 'rtt_ms', '-'), "
    "coalesce(to_char(to_timestamp(p.at)" UTC
    "), '-'), coalesce(to_char(to_timestamp(greatest(p.at,   (SELECT max(s.at) "
    "FROM twofa.send s WHERE s.host = r.name)))" UTC
    "), '-'), CASE WHEN r.in THEN '-' ELSE coalesce(to_char(h.disabled" UTC
    "), 'yes') END FROM (SELECT substr(o.rolname, 7) AS name, o.rolcanlogin AS "
    "in  FROM pg_catalog.pg_auth_members m  JOIN pg_catalog.pg_roles o ON "
    "o.oid = m.member  JOIN pg_catalog.pg_roles g ON g.oid = m.roleid  WHERE "
    "g.rolname = 'twofa_host' AND o.rolname LIKE 'twofa\\_%') r LEFT JOIN "
    "twofa.host h USING (name) LEFT JOIN (SELECT host, max(at) AS at FROM "
    "twofa.passed GROUP BY host) p ON p.host = r.name ORDER BY 1;";

static void
fleet_hosts_print(char *text)
{
	static const char *const head[COLUMNS] = { "HOST", "GROUPS",
		"USERS/HOUR", "SENDS/HOUR", "ENROLS", "CONNECTED", "RELEASE",
		"RTT/MS", "LAST LOGIN (UTC)", "LAST SEEN (UTC)", "DISABLED" };
	int width[COLUMNS - 1];
	char *copy = strdup(text), *next = copy, *column[COLUMNS];

	for (size_t i = 0; i < COLUMNS - 1; i++)
		width[i] = (int)strlen(head[i]);
	while (copy != NULL && fleet_row(&next, column, COLUMNS) == COLUMNS)
		for (size_t i = 0; i < COLUMNS - 1; i++)
			if ((int)strlen(column[i]) > width[i])
				width[i] = (int)strlen(column[i]);
	free(copy);
	for (size_t i = 0; i < COLUMNS - 1; i++)
		printf("%-*s  ", width[i], head[i]);
	puts(head[COLUMNS - 1]);
	next = text;
	while (fleet_row(&next, column, COLUMNS) == COLUMNS) {
		for (size_t i = 0; i < COLUMNS - 1; i++)
			printf("%-*s  ", width[i], column[i]);
		puts(column[COLUMNS - 1]);
	}
}

static void
print_json(char *text)
{
	char *next = text, *column[COLUMNS], *save;
	intmax_t number[COLUMNS];

	terminal_json("{hosts:[");
	while (fleet_row(&next, column, COLUMNS) == COLUMNS) {
		terminal_json(",{host:%s,groups:[", column[0]);
		/* "-": no groups, so the host may read all records */
		for (char *one = strtok_r(column[1], ",", &save);
		     one != NULL && strcmp(column[1], "-") != 0;
		     one = strtok_r(NULL, ",", &save))
			terminal_json(",%s", one);
		for (size_t i = 2; i < 8; i++)
			number[i] = strtoll(column[i], NULL, 10);
		for (size_t i = 4; i < COLUMNS; i++) /* "-": none */
			if (strcmp(column[i], "-") == 0)
				column[i][0] = '\0';
		terminal_json("],users_per_hour:%jd,sends_per_hour:%jd,enrols:%"
			      "d,connected:%jd,release:%s,round_trip_ms:%jd,"
			      "last_login:%s,last_seen:%s,disabled:%s}",
		    number[2], number[3], column[4][0] != '\0', number[5],
		    column[6], column[7][0] == '\0' ? -1 : number[7], column[8],
		    column[9], column[10]);
	}
	terminal_json("]}\n");
}

enum ctl_exit
fleet_host_list(struct fleet *f, const char *none)
{
	static char text[HOSTS_MAX];

	(void)none;
	if (fleet_server_run(&f->server, false, hosts, text, sizeof(text)) != 0)
		return CTL_FAILED;
	if (f->typed->run.json)
		print_json(text);
	else if (text[0] == '\0')
		puts("There is no host yet. To add one: twofactl state host "
		     "add NAME");
	else
		fleet_hosts_print(text);
	fleet_server_print_risks(f, true);
	return CTL_DONE;
}

/* Ends a host's sessions at the standbys, where it could still read. Returns
 * false after printing each server where that failed. */
static bool
end_elsewhere(const struct fleet *f, const char *name)
{
	const char *url = f->conf != NULL && settings_is_fleet(f->conf)
	    ? f->conf->state
	    : f->server.url;
	char out[256] = "";
	struct fleet_server one;
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };
	bool all = true;

	fleet_sql_add(&s, role_end, name);
	if (fleet_sql_close_text(&s) != 0)
		return false;
	if (f->server.here &&
	    (fleet_server_run(&f->server, false,
		 "SELECT EXISTS (SELECT FROM pg_stat_replication);", out,
		 sizeof(out)) != 0 ||
		out[0] == 't')) {
		terminal_error(
		    "no standby was asked: on each one, as postgres, run: "
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		    "WHERE usename = 'twofa_%s'",
		    name);
		all = false;
	}
	for (size_t i = 0; fleet_server_nth(&f->server, url, i, &one); i++) {
		if (fleet_server_run(&one, false, s.text, out, sizeof(out)) !=
		    0) {
			terminal_error("%s: sessions of %s may go on there; "
				       "when it is back, run this once more",
			    one.url, name);
			all = false;
		}
	}
	return all;
}

/* Prints these words and the users that a query gives. Returns 1; 0, printing
 * nothing, for no user; or -1 after printing an error. */
static int
print_users(const struct fleet *f, const char *sql, const char *words)
{
	static char text[HOSTS_MAX];
	char *next = text, *user;

	if (fleet_server_run(&f->server, false, sql, text, sizeof(text)) != 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	puts(words);
	while (fleet_row(&next, &user, 1) == 1)
		printf("  %s\n", terminal_shell_quote(user));
	return 1;
}

/* Prints the users who enrolled at this host, then the users with codes that
 * were made there; with --records both are removed. Returns 0 or -1. */
static int
tell_enrolled(const struct fleet *f, const char *name)
{
	const bool ends = f->typed->end_records;
	char sql[QUERY_MAX];
	int codes, records;

	PRINT_TO(sql,
	    "SELECT DISTINCT usr FROM twofa.recovery WHERE kind = 0 AND note = "
	    "'twofa_%s' ORDER BY 1;",
	    name);
	codes = print_users(
	    f, sql, "The recovery codes of these users were made there:");
	if (ends)
		PRINT_TO(sql,
		    "SET synchronous_commit = on; SELECT * FROM "
		    "twofa.enrolled_end('%s');",
		    name);
	else
		PRINT_TO(sql,
		    "SELECT usr FROM twofa.record WHERE twofa.by_host(by, "
		    "'%s') ORDER BY 1;",
		    name);
	records = print_users(f, sql,
	    ends ? "Removed the records of these users, who enrolled there:"
		 : "These users enrolled there:");
	if (codes < 0 || records < 0)
		return -1;
	if (ends && codes == 1)
		puts("These codes are removed.");
	if (ends && records == 0)
		puts("No record is of a user who enrolled there.");
	if (!ends && codes + records > 0)
		printf("Where it was stolen, first remove these: twofactl "
		       "state host disable %s --records\n",
		    name);
	return 0;
}

static enum ctl_exit
fleet_hosts_tell(const struct fleet *f, const char *name)
{
	const bool ended = end_elsewhere(f, name);
	char sql[QUERY_MAX];
	bool told;
	int read;

	if (ended)
		printf("%s can do nothing in the state any more.\n", name);
	else
		printf("%s can change nothing in the state any more.\n", name);
	/* first: with new secrets, records that it planted would stay */
	told = tell_enrolled(f, name) == 0;
	PRINT_TO(sql,
	    "SELECT usr FROM twofa.record_read WHERE host = '%s' AND usr NOT "
	    "LIKE '+%%' ORDER BY 1;",
	    name);
	read = print_users(f, sql, "It has read the records of these users:");
	if (read < 0)
		return CTL_FAILED;
	if (read == 1)
		printf("\nWhere it was stolen, each of them needs a new "
		       "secret: twofactl totp USER\n");
	printf("Where it was stolen, the fleet needs a new key, each provider "
	       "that it knew a\nnew password, and users whose recovery codes "
	       "were typed there new codes.\nTo let it in again with a new "
	       "password: twofactl state host add %s --renew\n",
	    name);
	return told && ended ? CTL_DONE : CTL_FAILED;
}

/* Undoes host add --push. */
enum ctl_exit
fleet_host_remove(struct fleet *f, const char *name)
{
	enum ctl_exit status =
	    fleet_push_host(f, name, "", "", FLEET_PUSH_REMOVE);
	struct fleet_sql s = { .f = NULL };

	if (status != CTL_DONE)
		return status;
	fleet_role_shut(f, &s, name);
	fleet_sql_add(&s,
	    /* anyone with its password could have given it default rights */
	    "DROP OWNED BY \"twofa_%s\";\n"
	    "DROP ROLE \"twofa_%s\";\n"
	    "DELETE FROM twofa.host WHERE name = '%s';\n",
	    name, name, name);
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE)
		printf("%s has a state of its own again, and no role here.\n",
		    name);
	return status;
}

enum ctl_exit
fleet_host_disable(struct fleet *f, const char *name)
{
	enum ctl_exit status;
	struct fleet_sql s = { .f = NULL };

	fleet_role_shut(f, &s, name);
	/* end_elsewhere handles the standbys */
	fleet_sql_add(&s,
	    "UPDATE twofa.host SET disabled = now()\n"
	    "  WHERE disabled IS NULL AND name = '%s';\n",
	    name);
	if (f->typed->print && f->typed->end_records)
		fleet_sql_add(&s,
		    "SET synchronous_commit = on;\n"
		    "SELECT * FROM twofa.enrolled_end('%s');\n",
		    name);
	status = fleet_run_or_print_sql(f, &s);
	return status == CTL_DONE && !f->typed->print
	    ? fleet_hosts_tell(f, name)
	    : status;
}
