/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs psql at the state server, and inspects server, schema and settings. */
#include "twofactl/fleet/fleet_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define KEY_MODE 0640
#define ROLE_CHARACTERS TEXT_LOWER TEXT_DIGITS "-_"
#define VERSION_MIN 130000 /* PostgreSQL 13 */

#define FLEET_POSTGRES "postgres" /* the user, and the first database */
#define SCHEME "postgresql://"
#define TIMEOUT_S 300 /* of psql, which may wait for a lock */
#define SAID_MAX 4096 /* bytes of psql's errors */

int
fleet_key_write(
    const char *path, const unsigned char key[SETTINGS_FLEET_KEY_LEN])
{
	struct place_file_owner owner = { 0 };

	return record_file_default_uid_gid(&owner) == 0 &&
		fleet_root_file_prepare(
		    path, KEY_MODE, owner.gid, key, SETTINGS_FLEET_KEY_LEN) == 0
	    ? fleet_root_file_place(path)
	    : -1;
}

int
fleet_key_make(const char *path)
{
	unsigned char key[SETTINGS_FLEET_KEY_LEN];
	int rc = -1;

	if (getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key))
		rc = fleet_key_write(path, key);
	else
		terminal_error("no random bytes: %s", strerror(errno));
	explicit_bzero(key, sizeof(key));
	return rc;
}

static enum ctl_exit
server_make_key(const struct arguments *typed)
{
	bool faulty; /* without the key; settings_load reports errors */
	struct settings *conf OWNED(settings_end) =
	    settings_load_faulty(typed->run.conf, 0, NULL, &faulty);
	const char *path = conf != NULL ? conf->store.fleet_key_file : NULL;

	if (path == NULL || access(path, F_OK) == 0 || errno != ENOENT)
		return CTL_DONE;
	if (fleet_key_make(path) != 0)
		return CTL_FAILED;
	fprintf(stderr,
	    "Made the fleet's key, %s: each host needs this file.\n", path);
	return CTL_DONE;
}

/* The key of a fleet that twofactl sets up, before its settings name it. */
static enum ctl_exit
server_read_key(struct fleet *f)
{
	unsigned char key[SETTINGS_FLEET_KEY_LEN];
	enum ctl_exit status = CTL_DONE;

	if (access(FLEET_KEY_FILE, F_OK) != 0 &&
	    fleet_key_make(FLEET_KEY_FILE) != 0)
		return CTL_FAILED;
	f->keyed = true;
	if (trusted_file_read_key(FLEET_KEY_FILE, 0, key, sizeof(key)) != 0 ||
	    fleet_seal_key_fingerprint(key, f->mark) != 0)
		status = terminal_error_status(
		    CTL_SETTINGS, FLEET_KEY_FILE ": %s", trusted_file_cause);
	explicit_bzero(key, sizeof(key));
	return status;
}

static enum ctl_exit
server_read_settings(struct fleet *f, bool key)
{
	const unsigned char *own;
	enum ctl_exit status;

	if (access(f->typed->run.conf, F_OK) != 0 && errno == ENOENT)
		return CTL_DONE;
	status = key ? server_make_key(f->typed) : CTL_DONE;
	if (status != CTL_DONE)
		return status;
	f->conf = settings_load(f->typed->run.conf, 0, &complain_report);
	if (f->conf == NULL)
		return CTL_SETTINGS;
	own = settings_fleet_key(f->conf);
	f->keyed = own != NULL && fleet_seal_key_fingerprint(own, f->mark) == 0;
	return !f->keyed && f->sets_up ? server_read_key(f) : CTL_DONE;
}

enum ctl_exit
fleet_load_settings(struct fleet *f, const char *url, bool make_key)
{
	const enum ctl_exit status = server_read_settings(f, make_key);

	if (status != CTL_DONE)
		return status;
	if (url == NULL)
		url = f->typed->url;
	if (url == NULL && f->conf != NULL && settings_is_fleet(f->conf))
		url = f->conf->state;
	if (url == NULL)
		return terminal_error_status(CTL_SETTINGS,
		    "%s names no server as its state; name one: --url "
		    "postgresql://USER@HOST/DATABASE",
		    f->typed->run.conf);
	return fleet_server_read(&f->server, url,
		   f->conf != NULL && f->conf->store.ca_file != NULL
		       ? f->conf->store.ca_file
		       : access(FLEET_CA_FILE, F_OK) == 0 ? FLEET_CA_FILE
							  : NULL) == 0
	    ? CTL_DONE
	    : CTL_USAGE;
}

enum ctl_exit
fleet_sql_print(struct fleet_sql *s)
{
	const int rc = fleet_sql_close_text(s);

	if (rc == 0)
		fputs(s->text, stdout);
	fleet_sql_free(s);
	return rc == 0 ? CTL_DONE : CTL_FAILED;
}

enum ctl_exit
fleet_run_or_print_sql(const struct fleet *f, struct fleet_sql *s)
{
	char out[FLEET_LOOK_MAX];
	enum ctl_exit status = CTL_FAILED;

	if (f->typed->print)
		return fleet_sql_print(s);
	if (fleet_sql_close_text(s) == 0 &&
	    fleet_server_run(&f->server, false, s->text, out, sizeof(out)) == 0)
		status = CTL_DONE;
	fleet_sql_free(s);
	return status;
}

/* True if twofa_NAME is a role in roles.sql or the operator's role. */
static bool
is_role(const char *name)
{
	const char *at = fleet_schema_roles;
	char role[FLEET_HOST_MAX + 8];
	size_t len;

	PRINT_TO(role, "twofa_%s", name);
	len = strlen(role);
	while ((at = strstr(at, role)) != NULL) {
		if (strspn(at, ROLE_CHARACTERS) == len)
			return true;
		at += len;
	}
	return strcmp(name, "operator") == 0; /* fleet_init.c makes it */
}

int
fleet_host_check_name(const char *name)
{
	const size_t len = strlen(name);

	if (len < 1 || len > FLEET_HOST_MAX ||
	    strspn(name, TEXT_LOWER TEXT_DIGITS "-") != len)
		return terminal_error("\"%.60s\" is no name of a host: 1 to %d "
				      "of a to z, 0 to 9 and -",
		    name, FLEET_HOST_MAX);
	if (!is_role(name))
		return 0;
	return terminal_error("the name \"%s\" is taken by a role of the state "
			      "itself; give the host another one",
	    name);
}

void
fleet_functions_digest(char out[FLEET_DIGEST_TEXT])
{
	struct fleet_sql all OWNED(fleet_sql_free) = { .f = NULL };
	unsigned char sum[SHA256_LEN] = { 0 };

	for (size_t i = 1; fleet_schema[i] != NULL; i++)
		fleet_sql_add(&all, "%s", fleet_schema[i]);
	if (fleet_sql_close_text(&all) == 0)
		(void)sha256_of(all.text, all.len, sum);
	hex_text(sum, sizeof(sum), out);
}

/* The first row, and the databases that any role may enter. Excludes template0,
 * which accepts no connections. Includes template1, but copies of it do not
 * inherit its rights. */
#define LOOK                                                                   \
	"SELECT current_setting('server_version_num'),"                        \
	" current_setting('is_superuser'), current_user,"                      \
	" (SELECT count(*) FROM pg_catalog.pg_roles"                           \
	"   WHERE rolname = 'twofa_operator'),"                                \
	" (SELECT count(*) FROM pg_catalog.pg_database WHERE datname = "       \
	"'%s');\n"                                                             \
	"SELECT datname FROM pg_catalog.pg_database WHERE datallowconn"        \
	" AND has_database_privilege('public', oid, 'CONNECT')"                \
	" AND datname <> '%s' ORDER BY 1;\n"

int
fleet_server_inspect(const struct fleet *f, struct fleet_server_inspect *look)
{
	char sql[1024], text[512 + sizeof(look->others)], *next = text;
	char *column[5];

	memset(look, 0, sizeof(*look));
	PRINT_TO(sql, LOOK, f->server.database, f->server.database);
	if (fleet_server_run(&f->server, true, sql, text, sizeof(text)) != 0)
		return -1;
	if (fleet_row(&next, column, 5) != 5)
		return terminal_error(
		    "psql said nothing that was asked for; try: psql %s",
		    f->server.first);
	if (strtol(column[0], NULL, 10) < VERSION_MIN)
		return terminal_error(
		    "PostgreSQL %ld is too old: install 13 or later",
		    strtol(column[0], NULL, 10) / 10000);
	look->superuser = strcmp(column[1], "on") == 0;
	PRINT_TO(look->user, "%s", column[2]);
	look->role = column[3][0] != '0';
	look->database = column[4][0] != '0';
	PRINT_TO(look->others, "%s", next != NULL ? next : "");
	return 0;
}

int
fleet_schema_inspect(const struct fleet *f, struct fleet_schema_inspect *look)
{
	static const char sql[] =
	    "SELECT $$SELECT version, functions, coalesce(encode(fleet_key, "
	    "'hex'), ''), coalesce(to_jsonb(m) ->> 'release', '') FROM "
	    "twofa.meta m$$ WHERE to_regclass('twofa.meta') IS NOT NULL "
	    "\\gexec\n";
	static char text[FLEET_LOOK_MAX];
	char *next = text, *column[4];

	memset(look, 0, sizeof(*look));
	if (fleet_server_run(&f->server, false, sql, text, sizeof(text)) != 0)
		return -1;
	if (fleet_row(&next, column, 4) != 4)
		return 0;
	look->version = strtol(column[0], NULL, 10);
	PRINT_TO(look->functions, "%s", column[1]);
	PRINT_TO(look->mark, "%s", column[2]);
	PRINT_TO(look->release, "%s", column[3]);
	return 0;
}

/* Selects the risks that doctor reports too. */
#define DOCTORS "SELECT words FROM twofa_v1.risks();\n"
/* Selects one line for each setting that should be changed. */
static const char risks[] =
    "SELECT w FROM (VALUES (current_setting('ssl') <> 'on', 'ssl is off, so no "
    "host can come in: set ssl = on, and ssl_cert_file and ssl_key_file'), "
    "(current_setting('synchronous_standby_names') = '', "
    "'synchronous_standby_names is empty: after a failure of the server a used "
    "code could work once more; name a standby, or write single = true into "
    "store of each host'), (current_setting('password_encryption') <> "
    "'scram-sha-256', 'password_encryption is not scram-sha-256: a password "
    "that is set by hand is no use to a host; set it to that')) r(yes, w) "
    "WHERE yes;\n" DOCTORS;

void
fleet_server_print_risks(const struct fleet *f, bool soon)
{
	static char text[FLEET_LOOK_MAX];
	char *next = text, *line;

	if (fleet_server_run(&f->server, false, soon ? DOCTORS : risks, text,
		sizeof(text)) != 0)
		return;
	while (fleet_row(&next, &line, 1) == 1)
		terminal_error("the server: %s", line);
}

static int
server_wrong(const char *why)
{
	return terminal_error(
	    "the URL %s; give it as postgresql://USER@HOST/DATABASE, or as "
	    "postgresql:///DATABASE on the server's own machine",
	    why);
}

/* Reads the database's name, and makes the URL of database "postgres". */
static int
take_database(struct fleet_server *s, const char *slash)
{
	const size_t len = strcspn(slash + 1, "?");
	const char *query = slash + 1 + len;

	if (len == 0 || len >= sizeof(s->database))
		return server_wrong("names no database");
	PRINT_TO(s->database, "%.*s", (int)len, slash + 1);
	if (strspn(s->database, TEXT_ALNUM "_-") != len ||
	    strcmp(s->database, FLEET_POSTGRES) == 0)
		return server_wrong(
		    "names a database that is none for a state");
	if (strstr(query, "password") != NULL)
		return server_wrong("holds a password, which others could see");
	return PRINT_FITS(s->first, "%.*s/" FLEET_POSTGRES "%s",
		   (int)(slash - s->url), s->url, query)
	    ? 0
	    : server_wrong("is too long");
}

/* Sets the user that psql runs as: by the socket the server's own user. */
static int
server_take_user(struct fleet_server *s)
{
	const struct passwd *pw;

	s->here = strncmp(s->url + strlen(SCHEME), "/", 1) == 0;
	if (!s->here) {
		const char *home = getenv("HOME");

		PRINT_TO(s->home, "%s", home != NULL ? home : "/root");
		if (strcspn(s->url + strlen(SCHEME), "@") ==
			strlen(s->url + strlen(SCHEME)) &&
		    strstr(s->url, "user=") == NULL &&
		    getenv("PGUSER") == NULL && getenv("PGSERVICE") == NULL)
			PRINT_TO(s->user, FLEET_POSTGRES);
		return 0;
	}
	pw = getpwnam(FLEET_POSTGRES);
	if (pw == NULL)
		return terminal_error("there is no user " FLEET_POSTGRES
				      " here, so no server of PostgreSQL; name "
				      "its host: postgresql://USER@HOST/%s",
		    s->database);
	s->uid = pw->pw_uid;
	s->gid = pw->pw_gid;
	PRINT_TO(s->home, "%s", pw->pw_dir);
	return 0;
}

int
fleet_server_read(struct fleet_server *s, const char *url, const char *ca)
{
	const char *authority, *slash, *at;

	*s = (struct fleet_server){ 0 };
	if (ca != NULL)
		PRINT_TO(s->ca, "%s", ca);
	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return server_wrong("is none of PostgreSQL");
	if (!PRINT_FITS(s->url, "%s", url))
		return server_wrong("is too long");
	authority = s->url + strlen(SCHEME);
	slash = authority + strcspn(authority, "/?");
	at = memchr(authority, '@', (size_t)(slash - authority));
	if (at != NULL && memchr(authority, ':', (size_t)(at - authority)))
		return server_wrong("holds a password, which others could see");
	if (*slash != '/')
		return server_wrong("names no database");
	return take_database(s, slash) == 0 ? server_take_user(s) : -1;
}

bool
fleet_server_nth(const struct fleet_server *s, const char *url, size_t n,
    struct fleet_server *one)
{
	const char *host = url + strlen(SCHEME);
	const char *own = s->url + strlen(SCHEME);
	const size_t user = strcspn(own, "@/?"), at = strcspn(host, "@/?");

	if (s->here)
		return false;
	host += host[at] == '@' ? at + 1 : 0;
	for (; n > 0 && host[strcspn(host, ",/?")] == ','; n--)
		host += strcspn(host, ",") + 1;
	*one = *s;
	one->any = true;
	return n == 0 &&
	    PRINT_FITS(one->url, SCHEME "%.*s%.*s%s",
		own[user] == '@' ? (int)user + 1 : 0, own,
		(int)strcspn(host, ",/?"), host, own + strcspn(own, "/?"));
}

static const char *
find_psql(void)
{
	static const char *const paths[] = { "/usr/bin/psql",
		"/usr/local/bin/psql" };

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	terminal_error(
	    "psql is missing; install it (Debian: postgresql-client), or add "
	    "--print and run what it prints elsewhere");
	return NULL;
}

struct psql {
	const struct fleet_server *server;
	int err; /* gets its errors */
};

/* Variables of the administrator's environment take precedence. */
static int
server_prepare(void *ctx)
{
	const struct psql *p = ctx;
	const struct fleet_server *s = p->server;
	int rc = setenv("HOME", s->home, 1) | setenv("LC_MESSAGES", "C", 1) |
	    setenv("PGCONNECT_TIMEOUT", "10", 0);

	if (s->user[0] != '\0')
		rc |= setenv("PGUSER", s->user, 1);
	if (s->ca[0] != '\0')
		rc |= setenv("PGSSLROOTCERT", s->ca, 0);
	if (s->any)
		rc |= unsetenv("PGTARGETSESSIONATTRS") | unsetenv("PGHOSTADDR");
	if (!s->here) /* without ca_file, psql's error names the missing CA */
		rc |= setenv("PGTARGETSESSIONATTRS",
			  s->any ? "any" : "read-write", 0) |
		    setenv("PGSSLMODE", "verify-full", 0);
	return rc == 0 && dup2(p->err, STDERR_FILENO) == STDERR_FILENO ? 0 : -1;
}

static void
server_tell(int err)
{
	char text[SAID_MAX] = "", *save = NULL;
	const ssize_t n = pread(err, text, sizeof(text) - 1, 0);
	bool told = false;

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, "NOTICE:") != NULL)
			continue;
		terminal_error("psql: %s",
		    strncmp(line, "psql: ", 6) == 0 ? line + 6 : line);
		told = true;
	}
	if (!told)
		terminal_error("psql failed and did not say why");
}

/* err gets psql's errors. */
static int
server_run(const struct fleet_server *s, const char *psql, const char *url,
    const char *sql, int err, char *out, size_t size)
{
	static const char *const settings[] = { "PG", NULL };
	struct psql own = { .server = s, .err = err };
	const char *const argv[] = { psql, "--no-psqlrc", "--no-password",
		"--quiet", "--tuples-only", "--no-align",
		"--field-separator=\t", "--set=ON_ERROR_STOP=1",
		"--set=SHOW_CONTEXT=never", "--dbname", url, NULL };
	const struct program p = { .argv = argv,
		.keeps = settings,
		.uid = s->uid,
		.gid = s->gid,
		.timeout_s = TIMEOUT_S,
		.text = sql,
		.prepare = server_prepare,
		.ctx = &own };
	const int status = run_program(&p, out, size);

	if (status == PROGRAM_FAILED)
		return terminal_error(
		    "psql cannot be run: %s", strerror(errno));
	if (status == PROGRAM_KILLED)
		return terminal_error("psql did not end in time, or said too "
				      "much; try again, or add --print");
	if (status == 0)
		return 0;
	server_tell(err);
	return -1;
}

int
fleet_server_run(const struct fleet_server *s, bool first, const char *sql,
    char *out, size_t size)
{
	const char *psql = find_psql();
	int err OWNED(owned_fd) = -1;

	out[0] = '\0';
	if (psql == NULL)
		return -1;
	err = memfd_create("psql", MFD_CLOEXEC);
	if (err < 0)
		return terminal_error(
		    "psql cannot be asked: %s", strerror(errno));
	return server_run(
	    s, psql, first ? s->first : s->url, sql, err, out, size);
}

size_t
fleet_row(char **next, char **column, size_t max)
{
	char *row;
	size_t n = 0;

	if (*next == NULL || **next == '\0')
		return 0;
	row = strsep(next, "\n");
	while (n < max && (column[n] = strsep(&row, "\t")) != NULL)
		n++;
	return n;
}

void
fleet_print_line(const char *head, const char *text)
{
	char shown[4096];

	escape_text(text, shown, sizeof(shown));
	printf("%s%s\n", head, shown);
}
