/* SPDX-License-Identifier: BSD-2-Clause */
/* From the fleet's state to this host's own, for one login. */
#include "helper/outage/offline_login.h"

#include <errno.h>
#include <string.h>

#include "helper/outage/outage_mark.h"
#include "helper/outage/outage_settings.h"
#include "helper/outage/outage_store.h"
#include "lib/system/system.h"

bool
offline_login_may(const struct login *l, enum reason why)
{
	return why == REASON_STORE_OUTAGE && !l->offline &&
	    outage_has_store(l->env->conf);
}

/* What cannot be told to the fleet later must not be tried. */
static bool
mark(const struct login *l)
{
	const char *dir = l->env->conf->state_dir;

	if (outage_mark(dir) == 0)
		return true;
	log_mend("%s/outage.unsent cannot be made: %s: check that its file "
		 "system is writable and has space, and that the folder is "
		 "twofa's",
	    dir, strerror(errno));
	return false;
}

struct store *
offline_login_open(struct login *l, struct offline_login *o)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *store;

	o->conf = outage_settings(l->env->conf);
	if (o->conf == NULL) {
		log_mend("out of memory: free some");
		return NULL;
	}
	store = outage_store_open(
	    o->conf, l->env->session_number, l->env->facts->socket_uid, cause);
	if (store == NULL) {
		log_mend("%s", cause);
		return NULL;
	}
	if (!mark(l)) {
		store_close(store);
		return NULL;
	}
	o->env = *l->env;
	o->env.conf = o->conf;
	l->env = &o->env;
	l->offline = true;
	return store;
}

void
offline_login_end(struct login *l, struct offline_login *o)
{
	struct login_result *result = l->result;

	if (l->offline) {
		/* once more: the fleet may have been told meanwhile */
		(void)mark(l);
		if (result->verdict == VERDICT_ALLOW)
			result->reason = REASON_STORE_OUTAGE;
	}
	outage_settings_free(o->conf);
	o->conf = NULL;
}
