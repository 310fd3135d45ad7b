/* SPDX-License-Identifier: BSD-2-Clause */
/* How long this process has waited for a state at a server. */
#include "helper/state/store_spent.h"

#include <stdio.h>
#include <string.h>

/* Of the process, which serves one login. */
static struct store_spent spent = { .ms = -1 };
static int host_len;

const struct store_spent *
store_spent(void)
{
	return &spent;
}

void
store_spent_begin(const char *host)
{
	spent.ms = 0;
	host_len = (int)strlen(host);
	snprintf(spent.where, sizeof(spent.where), "%s@-", host);
}

void
store_spent_add(const char *server, int64_t ms)
{
	if (spent.ms < 0)
		return;
	spent.ms += ms;
	if (server != NULL)
		snprintf(spent.where + host_len,
		    sizeof(spent.where) - (size_t)host_len, "@%s", server);
}
