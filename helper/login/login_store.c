/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the state as the settings say. */
#include "helper/login/login_store.h"

#include "lib/system/store_url.h"

void
login_store_health(const struct settings *conf, const struct facts *facts,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *))
{
	const struct store_server server = { conf->store.ca_file,
		conf->store.password_file, conf->store.cert_file,
		conf->store.key_file, conf->store.connect_timeout_ms,
		conf->store.timeout_ms, conf->store.single, NULL };
	const struct store_session me = { .host = conf->store.host,
		.keys = conf->state_dir,
		.settings = facts->conf,
		.fleet_key = settings_fleet_key(conf),
		.server = &server };

	store_health(conf->state, &me, wall, ctx, found);
}

struct store *
login_store_open(const struct settings *conf, const struct facts *facts,
    int64_t session, char cause[STORE_CAUSE_MAX])
{
	/* one login a process, and it must stay until store_close */
	static struct store_server server;
	const struct store_session me = { conf->store.host, session,
		conf->state_dir, facts->socket_uid, facts->conf,
		settings_rehearsal(conf), settings_fleet_key(conf),
		store_url_is(conf->state) ? &server : NULL };

	server = (struct store_server){ conf->store.ca_file,
		conf->store.password_file, conf->store.cert_file,
		conf->store.key_file, conf->store.connect_timeout_ms,
		conf->store.timeout_ms, conf->store.single,
		facts->state_admin };
	if (settings_state_dir_check(conf, cause) != 0)
		return NULL;
	return store_open(conf->state, &me, cause);
}
