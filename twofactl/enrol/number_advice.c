/* SPDX-License-Identifier: BSD-2-Clause */
/* What a number look-up's answer means for an enrolment. Pure. */
#include "lib/provider_types/provider_types.h"

#include <stddef.h>

static const char *
line_advice(enum number_facts_line line, enum method method)
{
	switch (line) {
	case LINE_TOLL_FREE:
		return "this is a toll-free number, which no code reaches: "
		       "give the person's own phone";
	case LINE_PREMIUM:
		return "this is a premium-rate number, which costs money with "
		       "each code: give the person's own phone";
	case LINE_PAGER:
		return "this is a pager, which no code reaches: give a phone";
	case LINE_LANDLINE:
		return method == METHOD_SMS || method == METHOD_WHATSAPP
		    ? "this is a landline, which takes no messages: use the "
		      "channel \"voice\", or a mobile phone"
		    : NULL;
	case LINE_UNKNOWN:
	case LINE_MOBILE:
	case LINE_LANDLINE_OR_MOBILE:
	case LINE_VOIP:
	case LINE_SHARED_COST:
	case LINE_PERSONAL:
	case LINE_UAN:
	case LINE_VOICEMAIL:
	case LINE_COUNT:
		break;
	}
	return NULL;
}

const char *
number_advice(const struct number_facts *lookup, enum method method)
{
	if (lookup->valid == LOOKUP_NO)
		return "this is not a phone number that exists: check it, with "
		       "+ and the country code";
	return line_advice(lookup->line, method);
}
