/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads from the helper's state who logged in. */
#include "twofactl/trial/who_got_in.h"

#include <stdio.h>
#include <string.h>

#include "lib/system/system.h"
#include "twofactl/link/link.h"
#include "twofactl/lockout/lockout.h"

struct asked {
	struct who_got_in *out;
	int64_t since, now;
};

/* A person of a shared account logs in as that account. */
static bool
is_admin(const char *user)
{
	struct kept_name name;

	return kept_name_read(&name, user) && root_access_has(name.account);
}

/* If there is no room, an admin replaces the last entry: the question is about
 * admins. */
static void
keep(struct who_got_in *out, const char *user)
{
	const bool full = out->count == WHO_GOT_IN_MAX;
	const bool admin = is_admin(user);

	for (unsigned i = 0; i < out->count; i++)
		if (strcmp(out->who[i].user, user) == 0)
			return;
	if (full && !admin)
		return;
	out->count -= full;
	(void)snprintf(out->who[out->count].user,
	    sizeof(out->who[out->count].user), "%s", user);
	out->who[out->count++].admin = admin;
}

static int
take(void *ctx, const struct record *r)
{
	struct asked *a = ctx;

	if (r->kind != ADMIN_GOT_IN)
		return -1;
	/* a time in the future is from before the clock was set back */
	if (r->number[3] >= a->since && r->number[3] <= a->now)
		keep(a->out, r->text[1]);
	return 0;
}

static enum ctl_exit
ask(const struct ctl *ctl, const char *service, struct asked *a)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_GOT_IN);
	const struct helper_request call = {
		.facts = &facts, .ctx = a, .record = take
	};

	facts.user = "";
	facts.request = service;
	return helper_request(ctl, &call);
}

enum ctl_exit
who_got_in(const struct ctl *ctl, const char *service, int64_t since,
    struct who_got_in *out)
{
	struct asked a = { .out = out, .since = since, .now = clock_wall_s() };
	const char *second = strcmp(service, "sudo") == 0 ? "sudo-i"
	    : strcmp(service, "su") == 0                  ? "su-l"
							  : NULL;
	enum ctl_exit status;

	*out = (struct who_got_in){ .count = 0 };
	status = ask(ctl, service, &a);
	if (status == CTL_DONE && second != NULL)
		status = ask(ctl, second, &a);
	return status;
}
