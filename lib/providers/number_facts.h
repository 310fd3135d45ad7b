/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a number look-up tells about a phone number: advice at enrolment. Logins
 * never use it.
 */
#ifndef TWOFA_NUMBER_FACTS_H
#define TWOFA_NUMBER_FACTS_H

#include "lib/values/values.h"

enum number_facts_known {
	LOOKUP_UNKNOWN = 0,
	LOOKUP_NO,
	LOOKUP_YES,
};

enum number_facts_line {
	LINE_UNKNOWN = 0,
	LINE_MOBILE,
	LINE_LANDLINE,
	LINE_LANDLINE_OR_MOBILE,
	LINE_VOIP,
	LINE_TOLL_FREE,
	LINE_PREMIUM,
	LINE_SHARED_COST,
	LINE_PERSONAL,
	LINE_PAGER,
	LINE_UAN, /* one number for a whole company */
	LINE_VOICEMAIL,
	LINE_COUNT, /* not a line */
};

struct number_facts {
	enum number_facts_known valid;
	enum number_facts_known reachable;
	enum number_facts_line line;
	char country[3]; /* ISO 3166-1 alpha-2, upper case; "" unknown */
};

/* Why codes by this method should not go to such a number: one sentence for an
 * administrator, or NULL. */
const char *number_advice(const struct number_facts *, enum method);

#endif
