/* SPDX-License-Identifier: BSD-2-Clause */
/* Which paths in the settings this helper can use: a listening helper's unit
 * may hide some from it. */
#include "helper/service/serve_providers.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/items/items.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

/* A path that is missing for both helpers is reported by both, and so is no
 * difference. */
static void
look(const struct environment *env, const char *path, bool writes)
{
	char line[FRAME_PROMPT_MAX + 1], text[FRAME_PROMPT_MAX - 64];
	const char *const field[] = { writes ? "write" : "read", text };

	if (path == NULL ||
	    access(path, writes ? R_OK | W_OK | X_OK : R_OK) == 0)
		return;
	snprintf(text, sizeof(text), "%.512s: %s", path, strerror(errno));
	record_write(line, ADMIN_PROBLEM, field, NULL);
	env->ui->say(env->ui->ctx, line);
}

/* twofactl puts users' secrets next to the settings. */
static void
look_at_secrets(const struct environment *env)
{
	const char *conf = env->facts->conf;
	const char *slash = strrchr(conf, '/');
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s/secrets",
	    slash != NULL ? (int)(slash - conf) : 0, conf);
	look(env, path, false);
}

void
serve_paths(const struct environment *env, struct login_result *result)
{
	const struct settings *conf = env->conf;
	char state[STATE_FOLDER_MAX];

	look(env, conf->users_dir, false);
	look_at_secrets(env);
	for (size_t i = 0; i < conf->provider_count; i++) {
		look(env, conf->provider[i].ca_file, false);
		look(env, conf->provider[i].ca_path, false);
	}
	if (state_folder_of(conf->state, state) == 0)
		look(env, state, true);
	if (settings_state_dir_apart(conf))
		look(env, conf->state_dir, true);
	result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}
