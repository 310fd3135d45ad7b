/* SPDX-License-Identifier: BSD-2-Clause */
/* Doctor's check of providers, with settings that are not in use. */
#include "twofactl/link/provider_probe.h"

#include <stdio.h>

#include "twofactl/link/helper_link.h"
#include "twofactl/link/helper_request.h"

#define DEADLINE_MS (60 * INT64_C(1000))

struct probe {
	void *ctx;
	void (*found)(void *ctx, const char *name, const char *words);
};

static int
take(void *ctx, const struct record *r)
{
	const struct probe *probe = ctx;

	if (r->kind == ADMIN_PROBLEM)
		probe->found(probe->ctx, r->text[1], r->text[2]);
	return 0;
}

enum ctl_exit
provider_probe(const struct ctl *ctl, const char *conf, void *ctx,
    void (*found)(void *ctx, const char *name, const char *words))
{
	static struct ctl other;
	struct probe probe = { ctx, found };
	struct facts facts;
	const struct helper_request call = { .purpose = PURPOSE_DOCTOR,
		.facts = &facts,
		.ctx = &probe,
		.record = take };

	other = *ctl;
	snprintf(other.conf, sizeof(other.conf), "%s", conf);
	other.kept[0] = '\0'; /* it is about no user */
	facts = helper_link_facts(&other, PURPOSE_DOCTOR);
	facts.deadline_ms = DEADLINE_MS;
	return helper_request(&other, &call);
}
