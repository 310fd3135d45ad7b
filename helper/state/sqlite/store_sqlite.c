/* SPDX-License-Identifier: BSD-2-Clause */
/* The embedded store's functions, for store_engine.h. */
#include "helper/state/sqlite/engine/sqlite.h"

const struct store_engine sqlite_engine = {
#define STEP(type, name, takes, passed) .name = embedded_##name,
	STORE_STEPS(STEP)
#undef STEP
	    .open = embedded_open,
	.close = embedded_close,
	.version_look = embedded_version_look,
	.rows_out = embedded_rows_out,
	.cause = embedded_cause,
	.keyless = embedded_keyless,
	.guess_account = embedded_guess_account,
	.unsent_list = embedded_unsent_list,
	.unsent_told = embedded_unsent_told,
	.shut_at = embedded_shut_at,
	.noop = embedded_noop,
};
