/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter, then Landlock. */
#include "helper/sandbox/sandbox.h"

#include "helper/sandbox/filter.h"
#include "helper/sandbox/landlock.h"
#include "lib/settings/settings.h"
#include "lib/system/state_folder.h"

void
sandbox_enter(const struct settings *conf)
{
	char folder[STATE_FOLDER_MAX];

	if (filter_now() != FILTER_ON) {
		if (conf->sandbox_off)
			return;
		filter_install();
	}
	/* with the state in a server, only state_dir is written */
	landlock_install(state_folder_of(conf->state, folder) == 0
		? folder
		: conf->state_dir,
	    conf->state_dir);
}
