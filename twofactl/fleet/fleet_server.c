/* SPDX-License-Identifier: BSD-2-Clause */
/* The server of the state, asked by psql. */
#include "twofactl/fleet/fleet_server.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define SCHEME "postgresql://"
#define TIMEOUT_S 300 /* a lock may be waited for */
#define ENV_MAX 64
#define SAID_MAX 4096

extern char **environ;

static int
wrong(const char *why)
{
	complain("the URL %s; give it as postgresql://USER@HOST/DATABASE, or "
		 "as postgresql:///DATABASE on the server's own machine",
	    why);
	return -1;
}

/* A database's name as settings.h takes it, and what is around it. */
static int
take_database(struct fleet_server *s, const char *slash)
{
	const size_t len = strcspn(slash + 1, "?");
	const char *query = slash + 1 + len;
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (len == 0 || len >= sizeof(s->database))
		return wrong("names no database");
	snprintf(s->database, sizeof(s->database), "%.*s", (int)len, slash + 1);
	if (strspn(s->database, letters) != len ||
	    strcmp(s->database, FLEET_POSTGRES) == 0)
		return wrong("names a database that is none for a state");
	if (strstr(query, "password") != NULL)
		return wrong("holds a password, which others could see");
	return snprintf(s->first, sizeof(s->first), "%.*s/" FLEET_POSTGRES "%s",
		   (int)(slash - s->url), s->url, query) < (int)sizeof(s->first)
	    ? 0
	    : wrong("is too long");
}

/* Who runs psql: by the socket the server's own user. */
static int
take_user(struct fleet_server *s)
{
	const struct passwd *pw;

	s->here = strncmp(s->url + strlen(SCHEME), "/", 1) == 0;
	if (!s->here) {
		const char *home = getenv("HOME");

		snprintf(s->home, sizeof(s->home), "%s",
		    home != NULL ? home : "/root");
		if (strcspn(s->url + strlen(SCHEME), "@") ==
			strlen(s->url + strlen(SCHEME)) &&
		    strstr(s->url, "user=") == NULL &&
		    getenv("PGUSER") == NULL && getenv("PGSERVICE") == NULL)
			snprintf(s->user, sizeof(s->user), FLEET_POSTGRES);
		return 0;
	}
	pw = getpwnam(FLEET_POSTGRES);
	if (pw == NULL) {
		complain("there is no user " FLEET_POSTGRES " here, so no "
			 "server of PostgreSQL; name its host: "
			 "postgresql://USER@HOST/%s",
		    s->database);
		return -1;
	}
	s->uid = pw->pw_uid;
	s->gid = pw->pw_gid;
	snprintf(s->home, sizeof(s->home), "%s", pw->pw_dir);
	return 0;
}

int
fleet_server_read(struct fleet_server *s, const char *url, const char *ca)
{
	const char *authority, *slash, *at;

	*s = (struct fleet_server){ 0 };
	if (ca != NULL)
		snprintf(s->ca, sizeof(s->ca), "%s", ca);
	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return wrong("is none of PostgreSQL");
	if (snprintf(s->url, sizeof(s->url), "%s", url) >= (int)sizeof(s->url))
		return wrong("is too long");
	authority = s->url + strlen(SCHEME);
	slash = authority + strcspn(authority, "/?");
	at = memchr(authority, '@', (size_t)(slash - authority));
	if (at != NULL && memchr(authority, ':', (size_t)(at - authority)))
		return wrong("holds a password, which others could see");
	if (*slash != '/')
		return wrong("names no database");
	return take_database(s, slash) == 0 ? take_user(s) : -1;
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
	    snprintf(one->url, sizeof(one->url), SCHEME "%.*s%.*s%s",
		own[user] == '@' ? (int)user + 1 : 0, own,
		(int)strcspn(host, ",/?"), host,
		own + strcspn(own, "/?")) < (int)sizeof(one->url);
}

static const char *
find_psql(void)
{
	static const char *const paths[] = { "/usr/bin/psql",
		"/usr/local/bin/psql" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	complain("psql is missing; install it (Debian: postgresql-client), or "
		 "add --print and run what it prints elsewhere");
	return NULL;
}

/* What psql's own settings are, and where it may look for a password. */
struct environment {
	char home[300], user[80], ca[TRUSTED_FILE_PATH_MAX + 32];
	const char *env[ENV_MAX];
	size_t n;
};

/* NAME=VALUE, where the administrator's own has no NAME. */
static void
unless_set(struct environment *e, const char *pair)
{
	const size_t len = strcspn(pair, "=");

	for (char **v = environ; *v != NULL; v++)
		if (strncmp(*v, pair, len + 1) == 0)
			return;
	e->env[e->n++] = pair;
}

static void
fill_environment(struct environment *e, const struct fleet_server *s)
{
	memset(e, 0, sizeof(*e));
	snprintf(e->home, sizeof(e->home), "HOME=%s", s->home);
	e->env[e->n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	e->env[e->n++] = "LC_MESSAGES=C";
	e->env[e->n++] = e->home;
	if (s->user[0] != '\0') {
		snprintf(e->user, sizeof(e->user), "PGUSER=%s", s->user);
		e->env[e->n++] = e->user;
	}
	snprintf(e->ca, sizeof(e->ca), "PGSSLROOTCERT=%s", s->ca);
	if (s->ca[0] != '\0')
		unless_set(e, e->ca);
	unless_set(e, "PGCONNECT_TIMEOUT=10");
	if (!s->here) {
		if (s->any)
			e->env[e->n++] = "PGTARGETSESSIONATTRS=any";
		else
			unless_set(e, "PGTARGETSESSIONATTRS=read-write");
		/* without ca_file psql names the file that it looks for */
		unless_set(e, "PGSSLMODE=verify-full");
	}
	for (char **v = environ; *v != NULL && e->n < ENV_MAX - 1; v++)
		if (strncmp(*v, "PG", 2) == 0 &&
		    (!s->any ||
			(strncmp(*v, "PGTARGET", 8) != 0 &&
			    strncmp(*v, "PGHOSTADDR", 10) != 0)))
			e->env[e->n++] = *v;
}

/* Its input and where its complaints go, in files without a name. */
struct streams {
	int in, err;
};

static int
prepare(void *ctx)
{
	const struct streams *f = ctx;

	return dup2(f->in, STDIN_FILENO) == STDIN_FILENO &&
		dup2(f->err, STDERR_FILENO) == STDERR_FILENO
	    ? 0
	    : -1;
}

static int
open_streams(struct streams *f, const char *sql)
{
	const size_t len = strlen(sql);
	size_t done = 0;
	ssize_t n = 1;

	f->in = memfd_create("sql", MFD_CLOEXEC);
	f->err = memfd_create("psql", MFD_CLOEXEC);
	while (f->in >= 0 && done < len && n > 0) {
		n = write(f->in, sql + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	return f->in >= 0 && f->err >= 0 && done == len &&
		lseek(f->in, 0, SEEK_SET) == 0
	    ? 0
	    : -1;
}

/* What psql complains of, without where in its input that was. */
static void
tell(int err)
{
	char text[SAID_MAX] = "", *save = NULL;
	const ssize_t n = pread(err, text, sizeof(text) - 1, 0);
	bool told = false;

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, "NOTICE:") != NULL)
			continue;
		complain("psql: %s",
		    strncmp(line, "psql: ", 6) == 0 ? line + 6 : line);
		told = true;
	}
	if (!told)
		complain("psql failed and did not say why");
}

static int
run(const struct fleet_server *s, const char *psql, const char *url,
    struct streams *f, char *out, size_t size)
{
	struct environment e;
	const char *const argv[] = { psql, "--no-psqlrc", "--no-password",
		"--quiet", "--tuples-only", "--no-align",
		"--field-separator=\t", "--set=ON_ERROR_STOP=1",
		"--set=SHOW_CONTEXT=never", "--dbname", url, NULL };
	const struct program p = { .argv = argv,
		.env = e.env,
		.uid = s->uid,
		.gid = s->gid,
		.timeout_s = TIMEOUT_S,
		.prepare = prepare,
		.ctx = f };
	int status = -1;

	fill_environment(&e, s);
	switch (run_program(&p, out, size, &status)) {
	case PROGRAM_FAILED:
		complain("psql cannot be run: %s", strerror(errno));
		return -1;
	case PROGRAM_KILLED:
		complain("psql did not end in time, or said too much; try "
			 "again, or add --print");
		return -1;
	case PROGRAM_ENDED:
		break;
	}
	if (status == 0)
		return 0;
	tell(f->err);
	return -1;
}

int
fleet_server_run(const struct fleet_server *s, bool first, const char *sql,
    char *out, size_t size)
{
	const char *psql = find_psql();
	int answer = -1;
	struct streams f = { -1, -1 };

	out[0] = '\0';
	if (psql == NULL)
		return -1;
	if (open_streams(&f, sql) == 0)
		answer = run(s, psql, first ? s->first : s->url, &f, out, size);
	else
		complain("psql cannot be asked: %s", strerror(errno));
	if (f.in >= 0)
		close(f.in);
	if (f.err >= 0)
		close(f.err);
	return answer;
}

size_t
fleet_row(char **next, char **column, size_t max)
{
	char *row = *next;
	size_t n = 0;

	if (*row == '\0')
		return 0;
	*next = row + strcspn(row, "\n");
	if (**next == '\n')
		*(*next)++ = '\0';
	while (row != NULL && n < max) {
		column[n++] = row;
		row = strchr(row, '\t');
		if (row != NULL)
			*row++ = '\0';
	}
	return n;
}
