/* SPDX-License-Identifier: BSD-2-Clause */
/* The state's version, before a login upgrades the state. */
#include "helper/service/serve_providers.h"

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"

void
serve_upgrade(const struct environment *env, struct login_result *result)
{
	char cause[STORE_CAUSE_MAX] = "", line[FRAME_PROMPT_MAX + 1];
	struct store_version version;

	if (login_store_version(env->conf, env->facts, &version, cause) != 0) {
		serve_providers_error((void *)env->ui, cause);
		result_deny(result, VERDICT_DENY, REASON_STATE);
		return;
	}
	record_write(line, ADMIN_SCHEMA, NULL,
	    (int64_t[]){ version.found, version.ours });
	env->ui->say(env->ui->ctx, line);
	result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}
