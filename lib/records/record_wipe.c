/* SPDX-License-Identifier: BSD-2-Clause */
/* Leave nothing of a record in memory. */
#include "lib/records/record_wipe.h"

#include <stdlib.h>
#include <string.h>

void
record_wipe_free(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}
