/* SPDX-License-Identifier: BSD-2-Clause */
/* Doctor's look at providers, under settings that are not in force. */
#include "twofactl/edit/provider_probe.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/link/helper_link.h"
#include "twofactl/link/helper_request.h"

#define DEADLINE_MS (60 * INT64_C(1000))
#define NAMES "provider-" /* of doctor's findings about them */

/* Its words are shown, whatever they are. */
static int
take(void *ctx, const struct record *r)
{
	struct check *c = ctx;

	if (r->kind == ADMIN_PROBLEM &&
	    strncmp(r->text[1], NAMES, sizeof(NAMES) - 1) == 0)
		check_warning(c, HELPER_LINK_SAYS "%s", r->text[2]);
	return 0;
}

enum ctl_exit
provider_probe(const struct ctl *ctl, const char *conf, struct check *c)
{
	static struct ctl other;
	struct facts facts;
	const struct helper_request call = { .purpose = PURPOSE_DOCTOR,
		.facts = &facts,
		.ctx = c,
		.record = take };

	other = *ctl;
	snprintf(other.conf, sizeof(other.conf), "%s", conf);
	other.name[0] = '\0';
	facts = helper_link_facts(&other, PURPOSE_DOCTOR);
	facts.deadline_ms = DEADLINE_MS;
	return helper_request(&other, &call);
}
