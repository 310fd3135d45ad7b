/* SPDX-License-Identifier: BSD-2-Clause */
/* A login while no server of the state can be reached: outage.db, the login's
 * settings, its decoys, and reporting to the fleet afterwards. */
#include "helper/store/postgresql/postgresql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/store/postgresql/postgresql_inside.h"

/* Wrong codes that lock a user out on this host, until a server is reached. */
#define OUTAGE_GUESSES 3
#define OUTAGE_PATH_MAX (FOLDER_PATH_MAX + 16)
#define ROWS 64 /* per login, for which a user waits */

/*
 * Marks next to outage.db: it has entries that are not reported. A login that
 * reaches a server checks outage.db only if one of them exists.
 *
 *   outage.unsent   created before and after a code is tried in an outage
 *   outage.sending  "unsent", renamed when reporting begins
 */
#define UNSENT "outage.unsent"
#define SENDING "outage.sending"

static void
path_in(const char *dir, const char *name, char out[OUTAGE_PATH_MAX])
{
	snprintf(out, OUTAGE_PATH_MAX, "%s/%s", dir, name);
}

/* Marks that an entry is about to be made, or was. Returns 0, or -1 with
 * errno. */
static int
outage_mark(const char *dir)
{
	char path[OUTAGE_PATH_MAX];
	int fd;

	path_in(dir, UNSENT, path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

/* Returns true if there are entries to report. Later entries are marked
 * again. */
static bool
mark_take(const char *dir)
{
	char unsent[OUTAGE_PATH_MAX], sending[OUTAGE_PATH_MAX];

	path_in(dir, UNSENT, unsent);
	path_in(dir, SENDING, sending);
	/* if it exists, a process died while reporting, or is reporting still:
	 * an entry that is reported twice counts once */
	return rename(unsent, sending) == 0 || access(sending, F_OK) == 0;
}

/* False with "deny". */
static bool
has_store(const struct settings *conf)
{
	return conf->store.on_outage == OUTAGE_OFFLINE;
}

/* session and socket_uid as for store_open_from_settings(). Returns NULL with
 * the cause. */
static struct store *
outage_store_open(const struct settings *conf, int64_t session,
    int64_t socket_uid, char cause[STORE_CAUSE_MAX])
{
	const struct store_session me = { .host = conf->store.host,
		.number = session,
		.keys = conf->state_dir,
		.socket = socket_uid,
		.fleet_key = settings_fleet_key(conf) };
	char path[OUTAGE_PATH_MAX];
	struct store *s;

	path_in(conf->state_dir, SETTINGS_OUTAGE_FILE, path);
	s = store_open(path, &me, cause);
	if (s != NULL)
		store_set_lockout_limit(s, OUTAGE_GUESSES);
	return s;
}

static struct store *
open_here(const struct settings *conf, int64_t session, int64_t socket_uid)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *local =
	    outage_store_open(conf, session, socket_uid, cause);

	if (local == NULL)
		log_problem("%s", cause);
	return local;
}

struct store *
outage_store_open_for_control(
    const struct settings *conf, char cause[STORE_CAUSE_MAX])
{
	return outage_store_open(conf, 0, 0, cause);
}

int
outage_store_users(const struct settings *conf, void *ctx,
    void (*row)(void *ctx, const struct store_status *),
    char cause[STORE_CAUSE_MAX])
{
	char path[OUTAGE_PATH_MAX];
	struct store *s OWNED(store_end) = NULL;

	path_in(conf->state_dir, SETTINGS_OUTAGE_FILE, path);
	if (!has_store(conf) || (access(path, F_OK) != 0 && errno == ENOENT))
		return 0;
	s = outage_store_open_for_control(conf, cause);
	if (s == NULL)
		return -1;
	if (store_status_list(s, NULL, ctx, row) == 0)
		return 0;
	snprintf(cause, STORE_CAUSE_MAX, "%s", store_cause(s));
	return -1;
}

/* Returns a copy of the settings, for a login in an outage, or NULL if out of
 * memory: no provider, so nothing is sent, no push is requested and no code is
 * checked elsewhere. conf must stay valid for its texts. */
static struct settings *
outage_settings(const struct settings *conf)
{
	struct settings *c = malloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = *conf;
	c->provider_count = 0;
	c->guesses = (struct limits_of_guesses){ .after = OUTAGE_GUESSES,
		.after_total = OUTAGE_GUESSES,
		.lock_s = LIMITS_LOCK_MAX_S };
	return c;
}

/* This process's login in an outage. */
static struct {
	struct settings *conf;
	struct environment env; /* of the login, with conf */
} offline_login;

bool
outage_login_may_go_offline(const struct login *l, enum reason why)
{
	return why == REASON_STORE_OUTAGE && !l->offline &&
	    has_store(l->env->conf);
}

/* No code is tried that could not be reported later. */
static bool
mark_write(const struct login *l)
{
	const char *dir = l->env->conf->state_dir;

	if (outage_mark(dir) == 0)
		return true;
	log_problem("%s/outage.unsent cannot be made: %s: check that its file "
		    "system is writable and has space, and that the folder is "
		    "twofa's",
	    dir, strerror(errno));
	return false;
}

struct store *
outage_login_open(struct login *l)
{
	struct store *store;

	offline_login.conf = outage_settings(l->env->conf);
	if (offline_login.conf == NULL) {
		log_problem("out of memory: free some");
		return NULL;
	}
	store = open_here(offline_login.conf, l->env->store_session_id_new,
	    l->env->facts->socket_uid);
	if (store == NULL)
		return NULL;
	if (!mark_write(l)) {
		store_close(store);
		return NULL;
	}
	offline_login.env = *l->env;
	offline_login.env.conf = offline_login.conf;
	l->env = &offline_login.env;
	l->offline = true;
	return store;
}

void
outage_login_close(struct login *l)
{
	struct login_result *result = l->result;

	if (l->offline) {
		/* again: entries may have been reported meanwhile */
		(void)mark_write(l);
		if (result->verdict == VERDICT_ALLOW)
			result->reason = REASON_STORE_OUTAGE;
	}
	secret_free(offline_login.conf);
	offline_login.conf = NULL;
}

enum reason
outage_decoy_open_store(struct login *l)
{
	char cause[STORE_CAUSE_MAX] = "";
	enum reason why;

	l->decoy_store = store_open_from_settings(
	    l->env->conf, l->env->facts, l->env->store_session_id_new, cause);
	if (l->decoy_store != NULL && login_decoy_imitate_store(l))
		return REASON_NONE;
	if (l->decoy_store == NULL)
		log_problem("%s", cause);
	why = login_store_failure_reason(l->decoy_store);
	store_close(l->decoy_store);
	l->decoy_store = NULL;
	if (!outage_login_may_go_offline(l, why))
		return why;
	l->decoy_store = outage_login_open(l);
	return l->decoy_store != NULL ? REASON_NONE : why;
}

void
outage_decoy_close_store(struct login *l)
{
	store_close(l->decoy_store);
	l->decoy_store = NULL;
	outage_login_close(l);
}

/* Reports entries of the local file to a server. */
struct report {
	struct store *local, *server;
	const struct settings *conf;
};

/* Returns 0; 1 if the entry stays here as well, since the user is locked there,
 * and a repeated outage must not end that lock; or -1 after a log line. */
static int
report_one(const struct report *r, const struct store_unreported *u)
{
	const int reported = u->step != 0
	    ? store_totp_note(r->server, u, false)
	    : store_unreported_count(r->server, u, &r->conf->guesses);

	if (reported == 1)
		return 1;
	if (reported != 0)
		log_problem("%s", store_cause(r->server));
	else if (store_unreported_clear(r->local, u) != 0)
		log_problem("%s", store_cause(r->local));
	else
		return 0;
	return -1;
}

static bool
report_all(const struct report *r, struct store_unreported *row)
{
	const int n = store_unreported_list(r->local, row, ROWS);
	int kept = 0, one;

	if (n < 0) {
		log_problem("%s", store_cause(r->local));
		return false;
	}
	for (int i = 0; i < n; i++) {
		one = report_one(r, &row[i]);
		if (one < 0)
			return false;
		kept += one;
	}
	if (n > kept)
		log_notice("the state is reached again: reported codes of "
			   "%d users in the outage",
		    n - kept);
	if (kept > 0)
		return false;
	if (n < ROWS / 2)
		return true;
	(void)outage_mark(r->conf->state_dir); /* there may be more */
	return true;
}

void
outage_report_entries(struct store *server, const struct settings *conf,
    int64_t session, int64_t socket_uid)
{
	struct report r = { .server = server, .conf = conf };
	struct store_unreported *row OWNED(secret_end) = NULL;
	char path[OUTAGE_PATH_MAX];

	if (!has_store(conf) || !mark_take(conf->state_dir))
		return;
	row = secret_new(ROWS * sizeof(*row));
	if (row != NULL)
		r.local = open_here(conf, session, socket_uid);
	path_in(conf->state_dir, SENDING, path);
	if (r.local != NULL && report_all(&r, row))
		(void)unlink(path);
	store_close(r.local);
}

void
outage_note_totp_step(const struct settings *conf, int64_t session,
    int64_t socket_uid, const char *user,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step)
{
	struct store_unreported u = { .step = step };
	struct store *local OWNED(store_end) = NULL;

	/* counters of tokens are at the servers alone */
	if (!has_store(conf) || step < 0)
		return;
	local = open_here(conf, session, socket_uid);
	if (local == NULL)
		return;
	PRINT_TO(u.user, "%s", user);
	memcpy(u.secret, secret, sizeof(u.secret));
	if (store_totp_note(local, &u, true) != 0)
		log_problem("%s", store_cause(local));
}
