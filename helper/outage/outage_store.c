/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening outage.db. */
#include "helper/outage/outage_store.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/settings/settings.h"

#define OUTAGE_PATH_MAX (STATE_FOLDER_MAX + 16)

static void
path_of(const struct settings *conf, char out[OUTAGE_PATH_MAX])
{
	snprintf(
	    out, OUTAGE_PATH_MAX, "%s/" SETTINGS_OUTAGE_FILE, conf->state_dir);
}

bool
outage_has_store(const struct settings *conf)
{
	return store_url_is(conf->state) &&
	    conf->store.on_outage == OUTAGE_OFFLINE;
}

struct store *
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

	path_of(conf, path);
	s = store_open(path, &me, cause);
	if (s != NULL)
		store_shut_at(s, OUTAGE_GUESSES);
	return s;
}

int
outage_store_users(const struct settings *conf, void *ctx,
    void (*row)(void *ctx, const struct store_status *),
    char cause[STORE_CAUSE_MAX])
{
	char path[OUTAGE_PATH_MAX];
	struct store *s;
	int result;

	path_of(conf, path);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	s = outage_store_open(conf, 0, 0, cause);
	if (s == NULL)
		return -1;
	result = store_status(s, NULL, ctx, row);
	if (result != 0)
		snprintf(cause, STORE_CAUSE_MAX, "%s", store_cause(s));
	store_close(s);
	return result;
}
