/* SPDX-License-Identifier: BSD-2-Clause */
/* The meaning of each reason (see also docs/guide/reasons.md), and the kinds of
 * limits. Pure. */
#include "lib/items/items.h"

#include "lib/values/values.h"

static const struct reason_text texts[] = {
	[REASON_NONE] = { REASON_CLASS_REFUSED, "", "" },
#define TEXT_OF(name, word, class, sentence, remedy)                           \
	[REASON_##name] = { REASON_CLASS_##class, sentence, remedy },
	REASONS(TEXT_OF)
#undef TEXT_OF
};
_Static_assert(COUNT_OF(texts) == REASON_COUNT, "texts");

const struct reason_text *
reason_text(enum reason reason)
{
	if ((unsigned)reason >= REASON_COUNT)
		return &texts[REASON_NONE];
	return &texts[reason];
}

bool
reason_limit_is_user(const char *key)
{
	return text_has_word("sends_per_user_hour sends_per_user_day "
			     "sends_per_number_day answered_per_number_day "
			     "push_per_hour",
	    key);
}

bool
reason_limit_is_host(const char *key, const char *source)
{
	return text_has_word(
		   "sends_per_host_hour hourly-sends sends_per_other_hour",
		   key) ||
	    (strcmp(key, "sends_per_source_hour") == 0 &&
		source_is_local(source));
}
