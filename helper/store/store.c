/* SPDX-License-Identifier: BSD-2-Clause */
/* Passes the operations of store.h on to the backend of an open store, opens
 * stores by the settings, and computes HMACs of codes. */
#include "helper/store/store.h"

#include <errno.h>
#include <openssl/crypto.h>

#include "helper/store/store_backend.h"

#define WHOLE_STATE_MS 60000 /* timeout of a call that writes all rows */

/* of the state broker, in a worker */
static const struct store_backend *store_broker;
/* of this process's last store_open() */
static const struct store_backend *last_opened;
static const struct store_fleet *fleet_registered;

const struct store_backend *
store_backend_of(const struct store *s)
{
	return ((const struct store_head *)(const void *)s)->backend;
}

static const struct store_backend *
backend_for(const char *where)
{
	return where[0] == '/' ? &sqlite_backend : &postgresql_backend;
}

void
store_set_broker_backend(const struct store_backend *backend)
{
	store_broker = backend;
}

bool
store_is_brokered(const struct store *s)
{
	return s == NULL || store_backend_of(s) == store_broker;
}

static struct store *
open_with(const struct store_backend *backend, const char *where,
    const struct store_session *session, char cause[STORE_CAUSE_MAX])
{
	struct store *s = backend->open(where, session, cause);

	last_opened = backend;
	if (s != NULL)
		((struct store_head *)(void *)s)->backend = backend;
	return s;
}

struct store *
store_open(const char *where, const struct store_session *session,
    char cause[STORE_CAUSE_MAX])
{
	return open_with(backend_for(where), where, session, cause);
}

void
store_close(struct store *s)
{
	if (s != NULL)
		store_backend_of(s)->close(s);
}

void
store_end(struct store **s)
{
	store_close(*s);
}

void
store_enter_idle(struct store *s)
{
	if (s != NULL && store_backend_of(s)->rest != NULL)
		store_backend_of(s)->rest(s);
}

const char *
store_cause(const struct store *s)
{
	return store_state_get(s)->cause;
}

enum store_failure
store_failure(const struct store *s)
{
	const struct store_backend *backend =
	    s != NULL ? store_backend_of(s) : last_opened;

	return backend == NULL || backend->failure == NULL
	    ? STORE_FAILED_OTHERWISE
	    : backend->failure(s);
}

bool
store_is_keyless(const struct store *s)
{
	return store_state_get(s)->keyless;
}

#define OP(type, name, params, args)                                           \
	type store_##name params                                               \
	{                                                                      \
		return store_backend_of(s)->name args;                         \
	}
STORE_OPERATIONS(OP)
#undef OP

#define OPTIONAL(type, absent, name, params, args)                             \
	type store_##name params                                               \
	{                                                                      \
		const struct store_backend *e = store_backend_of(s);           \
                                                                               \
		return e->name == NULL ? (absent) : e->name args;              \
	}
STORE_OPTIONAL(OPTIONAL)
#undef OPTIONAL

#define RECORD(type, absent, name, params, args)                               \
	type store_record_##name params                                        \
	{                                                                      \
		const struct store_records *r = store_backend_of(s)->records;  \
                                                                               \
		return r == NULL || r->name == NULL ? (absent) : r->name args; \
	}
STORE_RECORDS(RECORD)
#undef RECORD

void
store_set_session(struct store *s, const struct store_session *session)
{
	store_backend_of(s)->become(s, session);
}

void
store_guess_set_account(struct store *s, const char *account)
{
	PRINT_TO(store_state_get(s)->account, "%s", account);
}

bool
store_guess_has_locked(const struct store_guess_token *t)
{
	return t->locked[GUESS_SOURCE] || t->locked[GUESS_TOTAL] ||
	    t->locked[GUESS_ACCOUNT];
}

void
store_set_lockout_limit(struct store *s, unsigned wrong)
{
	store_state_get(s)->lockout_at = wrong;
}

enum store_claim
store_claim(struct store *s, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	const struct store_candidate of = { *key, methods, method, start_ms };

	return store_claim_or_dry_run(s, &of, false, row);
}

enum store_claim
store_claim_dry_run(struct store *s, const struct store_key *key,
    unsigned methods, int64_t start_ms, struct store_row *row)
{
	const struct store_candidate of = { *key, methods, METHOD_NONE,
		start_ms };

	return store_claim_or_dry_run(s, &of, true, row);
}

int
store_begin(
    struct store *s, const struct store_begin *ask, struct store_begun *out)
{
	return store_begin_or_dry_run(s, ask, false, out);
}

int
store_begin_dry_run(
    struct store *s, const struct store_begin *ask, struct store_begun *out)
{
	return store_begin_or_dry_run(s, ask, true, out);
}

int
store_row_restore(struct store *s, int64_t id)
{
	return store_row_restore_of_dead(s, id, store_process(s));
}

/* Prefixes that keep one use of a key from another. */
static const char *const mac_prefixes[] = {
	[STORE_MAC_OWN_CODE] = "code\n",
	[STORE_MAC_APP_CODE] = "app:",
	[STORE_MAC_APP_SECRET] = "totp:",
};
_Static_assert(COUNT_OF(mac_prefixes) == STORE_MACS, "each");

int
store_read_host_key(const struct settings *conf, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN])
{
	errno = 0;
	if (host_key_read_shared(conf->state_dir, fleet, key) == 0)
		return 0;
	log_problem("%s/host.key cannot be read or made: %s; without it no "
		    "code can be checked: it is a file of 32 bytes, and like "
		    "its folder twofa's own (0600, 0700): fix that, or remove "
		    "it: a new one is made",
	    conf->state_dir, strerror(errno));
	return -1;
}

int
store_mac(const struct settings *conf, enum store_mac what, const char *text,
    unsigned char out[HOST_KEY_LEN])
{
	unsigned char key[HOST_KEY_LEN], name[HOST_KEY_LEN];
	char input[STORE_MAC_TEXT_MAX + 8];

	if (strlen(text) > STORE_MAC_TEXT_MAX) {
		log_problem("a code's text is too long to hash; please report "
			    "this bug");
		return -1;
	}
	if (store_read_host_key(conf,
		what == STORE_MAC_OWN_CODE ? NULL : settings_fleet_key(conf),
		key) != 0)
		return -1;
	PRINT_TO(input, "%s%s", mac_prefixes[what], text);
	host_key_hmac(key, input, out);
	if (what != STORE_MAC_OWN_CODE) {
		host_key_hmac(key, "host.key", name);
		memcpy(out + STORE_KEYED_DIGEST, name,
		    HOST_KEY_LEN - STORE_KEYED_DIGEST);
	}
	explicit_bzero(key, sizeof(key));
	explicit_bzero(input, sizeof(input));
	return 0;
}

int
store_own_code_check(struct store *s, const struct settings *conf,
    const char *user, const struct store_row *row, const char *code)
{
	unsigned char kept[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	unsigned char typed[STORE_VERIFIER_LEN];
	char text[STORE_MAC_TEXT_MAX + 2];
	int count, right = 0;

	if (store_backend_of(s)->code_right != NULL)
		return store_backend_of(s)->code_right(s, row, code);
	count = store_row_verifiers_read(s, row->id, row->request_id, kept);
	if (count < 0)
		return -1;
	PRINT_TO(text, "%s\n%s\n%s", user, row->request_id, code);
	/* 0 if used or replaced after the try was counted */
	if (count == 0 || store_mac(conf, STORE_MAC_OWN_CODE, text, typed) != 0)
		right = STORE_CODE_GONE;
	for (int i = 0; i < count && right != STORE_CODE_GONE; i++)
		right |= CRYPTO_memcmp(typed, kept[i], sizeof(typed)) == 0;
	explicit_bzero(kept, sizeof(kept));
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(text, sizeof(text));
	return right;
}

int
store_own_code_started(struct store *s, const struct settings *conf,
    const char *user, const struct store_started *started)
{
	unsigned char verifier[STORE_VERIFIER_LEN];
	struct store_started to = *started;
	/* one byte too long, so that store_mac() rejects a truncated text */
	char text[STORE_MAC_TEXT_MAX + 2];
	int rc;

	if (to.code == NULL || store_backend_of(s)->code_right != NULL)
		return store_row_set_started(s, &to);
	PRINT_TO(text, "%s\n%s\n%s", user, to.request_id, to.code);
	rc = store_mac(conf, STORE_MAC_OWN_CODE, text, verifier);
	to.verifier = verifier;
	if (rc == 0)
		rc = store_row_set_started(s, &to);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(verifier, sizeof(verifier));
	return rc;
}

void
store_set_fleet(const struct store_fleet *fleet)
{
	fleet_registered = fleet;
}

const struct store_fleet *
store_fleet(const struct settings *conf)
{
	return settings_is_fleet(conf) ? fleet_registered : NULL;
}

const struct store_fleet *
store_records(const struct settings *conf)
{
	return settings_is_fleet(conf) || settings_has_enrolments(conf)
	    ? fleet_registered
	    : NULL;
}

struct store_server
store_server_from_settings(const struct settings *conf)
{
	return (struct store_server){ .ca_file = conf->store.ca_file,
		.password_file = conf->store.password_file,
		.cert_file = conf->store.cert_file,
		.key_file = conf->store.key_file,
		.connect_timeout_ms = conf->store.connect_timeout_ms,
		.timeout_ms = conf->store.timeout_ms,
		.single = conf->store.single };
}

/* Returns a session that starts nothing. */
static struct store_session
reading_session(const struct settings *conf, const struct facts *facts,
    const struct store_server *server)
{
	return (struct store_session){ .host = conf->store.host,
		.keys = conf->state_dir,
		.settings = facts->conf,
		.fleet_key = settings_fleet_key(conf),
		.server = server };
}

void
store_check_health(const struct settings *conf, const struct facts *facts,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *))
{
	const struct store_server server = store_server_from_settings(conf);
	const struct store_session me = reading_session(conf, facts, &server);

	backend_for(conf->state)->health(conf->state, &me, wall, ctx, found);
}

int
store_read_version(const struct settings *conf, const struct facts *facts,
    struct store_version *version, char cause[STORE_CAUSE_MAX])
{
	const struct store_server server = store_server_from_settings(conf);
	const struct store_session me = reading_session(conf, facts, &server);

	return backend_for(conf->state)
	    ->version_read(conf->state, &me, version, cause);
}

struct store *
store_open_from_settings(const struct settings *conf, const struct facts *facts,
    int64_t session, char cause[STORE_CAUSE_MAX])
{
	/* one login per process; must stay valid until store_close() */
	static struct store_server server;
	const struct store_session me = { conf->store.host, session,
		conf->state_dir, facts->socket_uid, facts->conf,
		settings_is_rehearsal(conf), settings_fleet_key(conf),
		settings_is_fleet(conf) ? &server : NULL };
	const struct store_fleet *fleet = store_records(conf);
	struct store *kept = fleet != NULL ? fleet->records_kept(conf) : NULL;

	if (kept != NULL)
		return kept;
	if (fleet == NULL && settings_is_fleet(conf)) {
		snprintf(cause, STORE_CAUSE_MAX,
		    "state: this program supports a file only");
		return NULL;
	}
	server = store_server_from_settings(conf);
	server.admin_password = facts->state_admin;
	server.of_caller = facts->purpose == PURPOSE_LOGIN &&
	    (facts->real_uid != 0 || facts->socket_uid != 0);
	if (facts->purpose == PURPOSE_IMPORT || facts->purpose == PURPOSE_REKEY)
		server.timeout_ms = WHOLE_STATE_MS;
	if (settings_state_dir_check(conf, cause) != 0)
		return NULL;
	if (store_broker != NULL &&
	    (facts->purpose == PURPOSE_LOGIN ||
		facts->purpose == PURPOSE_SELF) &&
	    strcmp(facts->conf, MODULE_ARGUMENTS_CONF) == 0)
		return open_with(store_broker, conf->state, &me, cause);
	return store_open(conf->state, &me, cause);
}
