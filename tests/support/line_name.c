/* SPDX-License-Identifier: BSD-2-Clause */
/* How the replies' tables call the kinds of line. */
#include "tests/support/line_name.h"

static const char *const names[] = {
	[LINE_UNKNOWN] = "unknown",
	[LINE_MOBILE] = "mobile",
	[LINE_LANDLINE] = "landline",
	[LINE_LANDLINE_OR_MOBILE] = "landline-or-mobile",
	[LINE_VOIP] = "voip",
	[LINE_TOLL_FREE] = "toll-free",
	[LINE_PREMIUM] = "premium-rate",
	[LINE_SHARED_COST] = "shared-cost",
	[LINE_PERSONAL] = "personal",
	[LINE_PAGER] = "pager",
	[LINE_UAN] = "company",
	[LINE_VOICEMAIL] = "voicemail",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == LINE_COUNT, "names");

const char *
line_name(enum number_facts_line line)
{
	return (unsigned)line < LINE_COUNT ? names[line] : names[LINE_UNKNOWN];
}
