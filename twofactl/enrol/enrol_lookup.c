/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/enrol/enrol_lookup.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/link/link.h"

static bool
known(int64_t number, enum number_facts_known *out)
{
	*out = (enum number_facts_known)number;
	return number >= LOOKUP_UNKNOWN && number <= LOOKUP_YES;
}

static bool
country_fits(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return text[0] == '\0' ||
	    (strlen(text) == 2 && strspn(text, letters) == 2);
}

static int
take(void *ctx, const struct record *r)
{
	struct number_facts *lookup = ctx;

	if (r->kind != ADMIN_LOOKUP || !known(r->number[1], &lookup->valid) ||
	    !known(r->number[2], &lookup->reachable) || r->number[3] < 0 ||
	    r->number[3] >= LINE_COUNT || !country_fits(r->text[4]))
		return -1;
	lookup->line = (enum number_facts_line)r->number[3];
	snprintf(lookup->country, sizeof(lookup->country), "%.2s", r->text[4]);
	return 0;
}

enum ctl_exit
enrol_lookup(
    const struct ctl *ctl, const char *phone, struct number_facts *lookup)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_LOOKUP);
	const struct helper_request call = {
		.facts = &facts, .ctx = lookup, .record = take
	};
	enum ctl_exit status;

	memset(lookup, 0, sizeof(*lookup));
	facts.request = phone;
	status = helper_request(ctl, &call);
	if (status != CTL_DONE)
		memset(lookup, 0, sizeof(*lookup));
	return status;
}
