/* SPDX-License-Identifier: BSD-2-Clause */
/* How the replies' tables call the kinds of line. */
#include "tests/support/line_name.h"

static const char *const names[] = {
	[NUMBER_UNKNOWN] = "unknown",
	[NUMBER_MOBILE] = "mobile",
	[NUMBER_LANDLINE] = "landline",
	[NUMBER_LANDLINE_OR_MOBILE] = "landline-or-mobile",
	[NUMBER_VOIP] = "voip",
	[NUMBER_TOLL_FREE] = "toll-free",
	[NUMBER_PREMIUM] = "premium-rate",
	[NUMBER_SHARED_COST] = "shared-cost",
	[NUMBER_PERSONAL] = "personal",
	[NUMBER_PAGER] = "pager",
	[NUMBER_UAN] = "company",
	[NUMBER_VOICEMAIL] = "voicemail",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == NUMBER_COUNT, "names");

const char *
line_name(enum number_facts_line line)
{
	return (unsigned)line < NUMBER_COUNT ? names[line]
					     : names[NUMBER_UNKNOWN];
}
