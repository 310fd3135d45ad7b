/* SPDX-License-Identifier: BSD-2-Clause */
/* What users read of the recovery codes that they make by twofactl self. */
#include "helper/dialogue/dialogue_inside.h"

const char words_self_codes_untold[] =
    "Not changed: a phone of yours could not be told. Try later, or ask your "
    "administrator (Enter ends): ";
const char words_self_codes_once[] =
    "Write them down, and keep them apart from your phone: they are not shown "
    "again.";
const char words_self_codes_last[] =
    "That was your last recovery code. New ones: twofactl self --codes";

const char *
words_self_codes(int64_t from)
{
	static char text[128];
	char when[DAY_TIME_MAX] = "";

	if (from > 0)
		day_time_text(from, when);
	PRINT_TO(text,
	    "Your new recovery codes, each for one login%s%s; the old ones "
	    "have ended:",
	    from > 0 ? ", from " : "", when);
	return text;
}
