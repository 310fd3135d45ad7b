/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/warm/kept_number.h"

#include <errno.h>
#include <stdlib.h>

int64_t
kept_number(const char **text, char mark, int64_t most)
{
	char *end;
	int64_t number;

	errno = 0;
	number = strtoll(*text, &end, 10);
	if (errno != 0 || end == *text || *end != mark || number < 0 ||
	    number > most)
		return -1;
	*text = end + 1;
	return number;
}
