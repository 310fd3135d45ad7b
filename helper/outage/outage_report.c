/* SPDX-License-Identifier: BSD-2-Clause */
/* Between outage.db and the fleet's state. */
#include "helper/outage/outage_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/outage/outage_mark.h"
#include "helper/outage/outage_store.h"
#include "helper/store/store.h"
#include "lib/system/system.h"

#define ROWS 64 /* of one login, which a person waits for */

static struct store *
open_here(const struct login *l)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *here = outage_store_open(l->env->conf,
	    l->env->session_number, l->env->facts->socket_uid, cause);

	if (here == NULL)
		log_mend("%s", cause);
	return here;
}

/* 0; 1: it stays here as well, since the user is locked there, and an outage
 * that somebody makes again and again must not open that lock; or -1 after a
 * log line. */
static int
tell(const struct login *l, struct store *here, const struct store_unsent *u)
{
	const int told = u->step != 0
	    ? store_totp_note(l->store, u, false)
	    : store_unsent_count(l->store, u, &l->env->conf->guesses);

	if (told == 1)
		return 1;
	if (told != 0)
		log_mend("%s", store_cause(l->store));
	else if (store_unsent_told(here, u) != 0)
		log_mend("%s", store_cause(here));
	else
		return 0;
	return -1;
}

/* Was all of it told? */
static bool
tell_all(const struct login *l, struct store *here, struct store_unsent *row)
{
	const int n = store_unsent_list(here, row, ROWS);
	int kept = 0, one;

	if (n < 0) {
		log_mend("%s", store_cause(here));
		return false;
	}
	for (int i = 0; i < n; i++) {
		one = tell(l, here, &row[i]);
		if (one < 0)
			return false;
		kept += one;
	}
	if (n > kept)
		log_notice("the state is reached again: it was told %d "
			   "users' codes of the outage",
		    n - kept);
	if (kept > 0)
		return false;
	if (n < ROWS / 2)
		return true;
	(void)outage_mark(l->env->conf->state_dir); /* there may be more */
	return true;
}

void
outage_report(const struct login *l)
{
	const char *dir = l->env->conf->state_dir;
	struct store_unsent *row;
	struct store *here;

	if (!outage_has_store(l->env->conf) || !outage_mark_take(dir))
		return;
	row = calloc(ROWS, sizeof(*row));
	here = row != NULL ? open_here(l) : NULL;
	if (here != NULL && tell_all(l, here, row))
		outage_mark_done(dir);
	store_close(here);
	free(row);
}

void
outage_step_used(const struct login *l,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step)
{
	struct store_unsent u = { .step = step };
	struct store *here;

	if (l->offline || !outage_has_store(l->env->conf))
		return;
	here = open_here(l);
	if (here == NULL)
		return;
	snprintf(u.user, sizeof(u.user), "%s", l->user);
	memcpy(u.secret, secret, sizeof(u.secret));
	if (store_totp_note(here, &u, true) != 0)
		log_mend("%s", store_cause(here));
	store_close(here);
}
