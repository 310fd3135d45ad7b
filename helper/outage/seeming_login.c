/* SPDX-License-Identifier: BSD-2-Clause */
/* How a made-up login begins in a state of servers. */
#include "helper/outage/seeming_login.h"

#include "helper/store/store.h"
#include "lib/system/system.h"

enum reason
seeming_login_begin(struct login *l, struct offline_login *o, const char *cause)
{
	enum reason why;

	if (l->seems != NULL && login_seem(l))
		return REASON_NONE;
	if (l->seems == NULL)
		log_mend("%s", cause);
	why = login_state_reason(l->seems);
	store_close(l->seems);
	l->seems = NULL;
	if (!offline_login_may(l, why))
		return why;
	l->seems = offline_login_open(l, o);
	return l->seems != NULL ? REASON_NONE : why;
}

void
seeming_login_end(struct login *l, struct offline_login *o)
{
	store_close(l->seems);
	l->seems = NULL;
	offline_login_end(l, o);
}
