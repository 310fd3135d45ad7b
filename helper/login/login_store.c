/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the state as the settings say. */
#include "helper/login/login_store.h"

struct store *
login_store_open(const struct settings *conf, const char *path, int64_t session,
    int64_t socket_uid, char cause[STORE_CAUSE_MAX])
{
	const struct store_session me = { conf->store.host, session,
		conf->state_dir, socket_uid, path, settings_rehearsal(conf),
		settings_fleet_key(conf) };

	if (settings_state_dir_check(conf, cause) != 0)
		return NULL;
	return store_open(conf->state, &me, cause);
}
