/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state host list and host disable. */
#include "twofactl/fleet/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "twofactl/fleet/fleet_server_look.h"
#include "twofactl/terminal/terminal.h"

/* A role that was made by hand is a host as well. */
static const char hosts[] =
    "SELECT r.name, coalesce(nullif(array_to_string(h.groups, ','), ''), '-'),"
    " coalesce(h.users_per_hour, 50), coalesce(h.hourly_sends, 1000),"
    " (SELECT count(*) FROM pg_catalog.pg_stat_activity a"
    "   WHERE a.usename = 'twofa_' || r.name),"
    " coalesce(to_char(to_timestamp(greatest("
    "   (SELECT max(p.at) FROM twofa.passed p WHERE p.host = r.name),"
    "   (SELECT max(s.at) FROM twofa.send s WHERE s.host = r.name)))"
    "   AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '-'),"
    " CASE WHEN r.in THEN '-' ELSE coalesce(to_char(h.disabled"
    "   AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), 'yes') END "
    "FROM (SELECT substr(o.rolname, 7) AS name, o.rolcanlogin AS in"
    "  FROM pg_catalog.pg_auth_members m"
    "  JOIN pg_catalog.pg_roles o ON o.oid = m.member"
    "  JOIN pg_catalog.pg_roles g ON g.oid = m.roleid"
    "  WHERE g.rolname = 'twofa_host' AND o.rolname LIKE 'twofa\\_%') r "
    "LEFT JOIN twofa.host h USING (name) ORDER BY 1;";

#define COLUMNS 7
#define HOSTS_MAX (2 * 1024 * 1024) /* of ten thousand */

static void
print(char *text)
{
	static const char *const head[COLUMNS] = { "HOST", "GROUPS",
		"USERS/HOUR", "SENDS/HOUR", "CONNECTED", "LAST SEEN (UTC)",
		"DISABLED" };
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
print_time(const char *key, const char *text)
{
	printf(",\"%s\":", key);
	json_text_print(strcmp(text, "-") == 0 ? "" : text);
}

/* "-": it has none, and gets all records. */
static void
print_groups(char *list)
{
	char *save = NULL;
	const char *comma = "";

	fputs(",\"groups\":[", stdout);
	for (char *one = strtok_r(list, ",", &save);
	     one != NULL && strcmp(list, "-") != 0;
	     one = strtok_r(NULL, ",", &save)) {
		fputs(comma, stdout);
		json_text_print(one);
		comma = ",";
	}
	putchar(']');
}

static void
print_json(char *text)
{
	char *next = text, *column[COLUMNS];
	const char *comma = "";

	fputs("{\"hosts\":[", stdout);
	while (fleet_row(&next, column, COLUMNS) == COLUMNS) {
		printf("%s{\"host\":", comma);
		json_text_print(column[0]);
		print_groups(column[1]);
		printf(",\"users_per_hour\":%s,\"sends_per_hour\":%s,"
		       "\"connected\":%s",
		    column[2], column[3], column[4]);
		print_time("last_seen", column[5]);
		print_time("disabled", column[6]);
		putchar('}');
		comma = ",";
	}
	puts("]}");
}

enum ctl_exit
fleet_host_list(const struct ctl *ctl)
{
	char *text = calloc(1, HOSTS_MAX);
	struct fleet f;
	enum ctl_exit status = fleet_open(&f, ctl, ctl->url, false);

	if (status == CTL_DONE && text == NULL) {
		complain("out of memory");
		status = CTL_FAILED;
	}
	if (status == CTL_DONE &&
	    fleet_server_run(&f.server, false, hosts, text, HOSTS_MAX) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE && ctl->json)
		print_json(text);
	else if (status == CTL_DONE && text[0] == '\0')
		puts("There is no host yet. To add one: twofactl state host "
		     "add NAME");
	else if (status == CTL_DONE)
		print(text);
	if (status == CTL_DONE)
		fleet_server_warn(&f, true);
	free(text);
	fleet_close(&f);
	return status;
}

/* Each standby is asked afterwards whether it knows. What is prepared goes
 * last, when nothing more can be. */
static void
add_disable(const struct fleet *f, struct sql *s, const char *name)
{
	fleet_role_shut(f, s, name);
	sql_add(s,
	    "UPDATE twofa.host SET disabled = now()\n"
	    "  WHERE disabled IS NULL AND name = ");
	sql_literal(s, name);
	sql_add(s,
	    ";\nSELECT format('ROLLBACK PREPARED %%L', gid)\n"
	    "  FROM pg_catalog.pg_prepared_xacts WHERE owner = 'twofa_%s'\n"
	    "  AND database = current_database() \\gexec\n",
	    name);
}

/* A standby lets a host in as well, to read. False: where it could not be
 * asked was said. */
static bool
end_elsewhere(const struct fleet *f, const char *name)
{
	const char *url = f->conf != NULL && store_url_is(f->conf->state)
	    ? f->conf->state
	    : f->server.url;
	char out[256] = "";
	struct fleet_server one;
	struct sql s;
	bool all = true;

	if (sql_open(&s) != 0)
		return false;
	fleet_role_end(&s, name);
	if (sql_close(&s) != 0) {
		sql_free(&s);
		return false;
	}
	if (f->server.here &&
	    (fleet_server_run(&f->server, false,
		 "SELECT EXISTS (SELECT FROM pg_stat_replication);", out,
		 sizeof(out)) != 0 ||
		out[0] == 't')) {
		complain("no standby was asked: on each one, as postgres, run: "
			 "SELECT pg_terminate_backend(pid) FROM "
			 "pg_stat_activity WHERE usename = 'twofa_%s'",
		    name);
		all = false;
	}
	for (size_t i = 0; fleet_server_nth(&f->server, url, i, &one); i++) {
		if (fleet_server_run(&one, false, s.text, out, sizeof(out)) !=
		    0) {
			complain("%s: sessions of %s may go on there; when it "
				 "is back, run this once more",
			    one.url, name);
			all = false;
		}
	}
	sql_free(&s);
	return all;
}

/* Whose records it was given, where those are in the database: NULL after
 * complaining. */
static char *
read_by(const struct fleet *f, const char *name)
{
	char *text = calloc(1, HOSTS_MAX), known[64];
	struct sql s = { 0 };
	int rc = -1;

	if (text == NULL || sql_open(&s) != 0) {
		free(text);
		return NULL;
	}
	sql_add(&s, "SELECT DISTINCT usr FROM twofa.record_read WHERE host = ");
	sql_literal(&s, name);
	sql_add(&s, " ORDER BY 1;");
	if (fleet_server_run(&f->server, false,
		"SELECT to_regclass('twofa.record_read');", known,
		sizeof(known)) == 0 &&
	    sql_close(&s) == 0)
		rc = known[0] == '\n' || known[0] == '\0'
		    ? 0
		    : fleet_server_run(
			  &f->server, false, s.text, text, HOSTS_MAX);
	sql_free(&s);
	if (rc == 0)
		return text;
	free(text);
	return NULL;
}

static enum ctl_exit
tell(const struct fleet *f, const char *name)
{
	const bool ended = end_elsewhere(f, name);
	char *users = read_by(f, name), *next = users, *user;

	if (ended)
		printf("%s can do nothing in the state any more.\n", name);
	else
		printf("%s can change nothing in the state any more.\n", name);
	if (users == NULL)
		return CTL_FAILED;
	if (users[0] != '\0') {
		printf("It has read the records of these users:\n");
		while (fleet_row(&next, &user, 1) == 1)
			printf("  %s\n", user);
		printf(
		    "\nWhere it was stolen, each of them needs a new secret: "
		    "twofactl totp USER\n");
	}
	printf("Where it was stolen, the fleet needs a new key, each provider "
	       "that it knew a\nnew password, and users whose recovery codes "
	       "were typed there new codes.\nTo let it in again with a new "
	       "password: twofactl state host add %s --renew\n",
	    name);
	free(users);
	return ended ? CTL_DONE : CTL_FAILED;
}

enum ctl_exit
fleet_host_disable(const struct ctl *ctl, const char *name)
{
	enum ctl_exit status;
	struct fleet f;
	struct sql s;

	if (!fleet_host_name(name))
		return CTL_USAGE;
	status = fleet_open(&f, ctl, ctl->url, false);
	if (status == CTL_DONE && sql_open(&s) != 0)
		status = CTL_FAILED;
	else if (status == CTL_DONE) {
		add_disable(&f, &s, name);
		status = fleet_do(&f, &s);
	}
	if (status == CTL_DONE && !ctl->print)
		status = tell(&f, name);
	fleet_close(&f);
	return status;
}
