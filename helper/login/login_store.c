/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the state of the settings. */
#include "helper/login/login_store.h"

#include "lib/settings/settings.h"

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

/* A session that only reads. */
static struct store_session
looking(const struct settings *conf, const struct facts *facts,
    const struct store_server *server)
{
	return (struct store_session){ .host = conf->store.host,
		.keys = conf->state_dir,
		.settings = facts->conf,
		.fleet_key = settings_fleet_key(conf),
		.server = server };
}

void
login_store_health(const struct settings *conf, const struct facts *facts,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *))
{
	const struct store_server server = server_of(conf, NULL);
	const struct store_session me = looking(conf, facts, &server);

	store_health(conf->state, &me, wall, ctx, found);
}

int
login_store_version(const struct settings *conf, const struct facts *facts,
    struct store_version *version, char cause[STORE_CAUSE_MAX])
{
	const struct store_server server = server_of(conf, NULL);
	const struct store_session me = looking(conf, facts, &server);

	return store_version_look(conf->state, &me, version, cause);
}

struct store *
login_store_open(const struct settings *conf, const struct facts *facts,
    int64_t session, char cause[STORE_CAUSE_MAX])
{
	/* one login for each process; must stay until store_close */
	static struct store_server server;
	const struct store_session me = { conf->store.host, session,
		conf->state_dir, facts->socket_uid, facts->conf,
		settings_rehearsal(conf), settings_fleet_key(conf),
		store_url_is(conf->state) ? &server : NULL };

	server = server_of(conf, facts->state_admin);
	if (facts->purpose == PURPOSE_IMPORT || facts->purpose == PURPOSE_REKEY)
		server.timeout_ms = WHOLE_MS;
	if (settings_state_dir_check(conf, cause) != 0)
		return NULL;
	return store_open(conf->state, &me, cause);
}
