/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface of store.h, passed on to the engine that was opened; opening
 * it by the settings.
 */
#include "helper/store/store.h"

#include <stdio.h>
#include <string.h>

#include "helper/store/store_engine.h"
#include "helper/store/store_fleet.h"
#include "lib/settings/settings.h"

static const struct store_engine *
engine_of(const struct store *s)
{
	return ((const struct store_head *)(const void *)s)->engine;
}

static const struct store_engine *
engine_at(const char *where)
{
	return where[0] == '/' ? &sqlite_engine : &postgresql_engine;
}

/* The state keeper's, in a copy that has one. */
static const struct store_engine *store_keeper;

void
store_keeper_is(const struct store_engine *engine)
{
	store_keeper = engine;
}

bool
store_is_kept(const struct store *s)
{
	return s != NULL && engine_of(s) == store_keeper;
}

/* Of the last opening. */
static const struct store_engine *store_opened;

static struct store *
open_with(const struct store_engine *engine, const char *where,
    const struct store_session *session, char cause[STORE_CAUSE_MAX])
{
	struct store *s = engine->open(where, session, cause);

	store_opened = engine;
	if (s != NULL)
		((struct store_head *)(void *)s)->engine = engine;
	return s;
}

struct store *
store_open(const char *where, const struct store_session *session,
    char cause[STORE_CAUSE_MAX])
{
	return open_with(engine_at(where), where, session, cause);
}

void
store_close(struct store *s)
{
	if (s != NULL)
		engine_of(s)->close(s);
}

void
store_rest(struct store *s)
{
	if (s != NULL && engine_of(s)->rest != NULL)
		engine_of(s)->rest(s);
}

static int
store_version_look(const char *where, const struct store_session *me,
    struct store_version *v, char cause[STORE_CAUSE_MAX])
{
	return engine_at(where)->version_look(where, me, v, cause);
}

void
store_health(const char *where, const struct store_session *session,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *))
{
	const struct store_engine *engine = engine_at(where);

	if (engine->health != NULL)
		engine->health(where, session, wall, ctx, found);
}

int
store_hosts(struct store *s, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day))
{
	return engine_of(s)->hosts == NULL ? 0
					   : engine_of(s)->hosts(s, ctx, row);
}

int64_t
store_rows_out(struct store *s, FILE *to)
{
	return engine_of(s)->rows_out != NULL ? engine_of(s)->rows_out(s, to)
					      : -1;
}

int
store_rows_in(struct store *s, const char *host, const char *file,
    const char *rows, struct store_moved *moved)
{
	return engine_of(s)->rows_in != NULL
	    ? engine_of(s)->rows_in(s, host, file, rows, moved)
	    : -1;
}

const char *
store_cause(const struct store *s)
{
	return engine_of(s)->cause(s);
}

enum store_failure
store_failure(const struct store *s)
{
	const struct store_engine *engine =
	    s != NULL ? engine_of(s) : store_opened;

	return engine == NULL || engine->failure == NULL
	    ? STORE_FAILED_OTHERWISE
	    : engine->failure(s);
}

bool
store_keyless(const struct store *s)
{
	return engine_of(s)->keyless(s);
}

/* Each step, passed on. */

#define STEP(type, name, takes, passed)                                        \
	type store_##name takes                                                \
	{                                                                      \
		return engine_of(s)->name passed;                              \
	}
STORE_STEPS(STEP)

int
store_bind(struct store *s, const struct store_bound *bound)
{
	return engine_of(s)->bind != NULL ? engine_of(s)->bind(s, bound) : 0;
}

void
store_become(struct store *s, const struct store_session *session)
{
	engine_of(s)->become(s, session);
}

void
store_guess_account(struct store *s, const char *account)
{
	engine_of(s)->guess_account(s, account);
}

int
store_unsent_list(struct store *s, struct store_unsent *out, size_t most)
{
	const struct store_engine *e = engine_of(s);

	return e->unsent_list == NULL ? -1 : e->unsent_list(s, out, most);
}

int
store_unsent_told(struct store *s, const struct store_unsent *u)
{
	const struct store_engine *e = engine_of(s);

	return e->unsent_told == NULL ? -1 : e->unsent_told(s, u);
}

int
store_unsent_count(struct store *s, const struct store_unsent *u,
    const struct limits_of_guesses *limits)
{
	const struct store_engine *e = engine_of(s);

	return e->unsent_count == NULL ? -1 : e->unsent_count(s, u, limits);
}

void
store_shut_at(struct store *s, unsigned wrong)
{
	const struct store_engine *e = engine_of(s);

	if (e->shut_at != NULL)
		e->shut_at(s, wrong);
}

int
store_noop(struct store *s)
{
	const struct store_engine *e = engine_of(s);

	return e->noop == NULL ? 0 : e->noop(s);
}

int
store_restore(struct store *s, int64_t id)
{
	return store_restore_dead(s, id, store_process(s));
}

int
store_passed_over(struct store *s, const char *provider)
{
	int64_t left_ms;

	return store_passed_left(s, provider, &left_ms);
}

/* Of a fleet. */

enum store_record
store_record_read(struct store *s, const char *user, char **text)
{
	const struct store_records *r = engine_of(s)->records;

	*text = NULL;
	return r != NULL ? r->read(s, user, text) : STORE_RECORD_ERROR;
}

int
store_record_list(struct store *s, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *))
{
	const struct store_records *r = engine_of(s)->records;

	return r != NULL ? r->list(s, user, ctx, row) : -1;
}

int
store_record_put(struct store *s, const struct store_record_row *row, bool had)
{
	const struct store_records *r = engine_of(s)->records;

	return r != NULL ? r->put(s, row, had) : -1;
}

int
store_record_remove(
    struct store *s, const char *user, const unsigned char *seal)
{
	const struct store_records *r = engine_of(s)->records;

	return r != NULL ? r->remove(s, user, seal) : -1;
}

enum store_rekey
store_record_rekey(struct store *s,
    const unsigned char key[SETTINGS_FLEET_KEY_LEN], bool look, int64_t *count)
{
	const struct store_records *r = engine_of(s)->records;

	*count = 0;
	return r != NULL ? r->rekey(s, key, look, count) : STORE_REKEY_FAILED;
}

/* Opens the state of the settings. */

/* What a state at servers adds. */
static const struct store_fleet *store_fleet_there;

void
store_fleet_is(const struct store_fleet *fleet)
{
	store_fleet_there = fleet;
}

const struct store_fleet *
store_fleet(const struct settings *conf)
{
	return settings_is_fleet(conf) ? store_fleet_there : NULL;
}

#define WHOLE_MS 60000 /* one call that writes all there is */

/* What the settings say of the state's server, and the session there. */
static struct store_server
server_of(const struct settings *conf, const char *admin_password)
{
	return (struct store_server){ conf->store.ca_file,
		conf->store.password_file, conf->store.cert_file,
		conf->store.key_file, conf->store.connect_timeout_ms,
		conf->store.timeout_ms, conf->store.single, admin_password };
}

struct store_server
store_server_of(const struct settings *conf)
{
	return server_of(conf, NULL);
}

/* A session that only reads. */
static struct store_session
store_looking(const struct settings *conf, const struct facts *facts,
    const struct store_server *server)
{
	return (struct store_session){ .host = conf->store.host,
		.keys = conf->state_dir,
		.settings = facts->conf,
		.fleet_key = settings_fleet_key(conf),
		.server = server };
}

void
store_for_health(const struct settings *conf, const struct facts *facts,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *))
{
	const struct store_server server = server_of(conf, NULL);
	const struct store_session me = store_looking(conf, facts, &server);

	store_health(conf->state, &me, wall, ctx, found);
}

int
store_for_version(const struct settings *conf, const struct facts *facts,
    struct store_version *version, char cause[STORE_CAUSE_MAX])
{
	const struct store_server server = server_of(conf, NULL);
	const struct store_session me = store_looking(conf, facts, &server);

	return store_version_look(conf->state, &me, version, cause);
}

struct store *
store_for_open(const struct settings *conf, const struct facts *facts,
    int64_t session, char cause[STORE_CAUSE_MAX])
{
	/* one login for each process; must stay until store_close */
	static struct store_server server;
	const struct store_session me = { conf->store.host, session,
		conf->state_dir, facts->socket_uid, facts->conf,
		settings_rehearsal(conf), settings_fleet_key(conf),
		settings_is_fleet(conf) ? &server : NULL };
	const struct store_fleet *fleet = store_fleet(conf);
	struct store *kept = fleet != NULL ? fleet->records_kept(conf) : NULL;

	if (kept != NULL)
		return kept;
	if (fleet == NULL && settings_is_fleet(conf)) {
		snprintf(cause, STORE_CAUSE_MAX,
		    "state: this program takes a file alone");
		return NULL;
	}
	server = server_of(conf, facts->state_admin);
	if (facts->purpose == PURPOSE_IMPORT || facts->purpose == PURPOSE_REKEY)
		server.timeout_ms = WHOLE_MS;
	if (settings_state_dir_check(conf, cause) != 0)
		return NULL;
	if (store_keeper != NULL && facts->purpose == PURPOSE_LOGIN &&
	    strcmp(facts->conf, MODULE_ARGUMENTS_CONF) == 0)
		return open_with(store_keeper, conf->state, &me, cause);
	return store_open(conf->state, &me, cause);
}
