/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends what a block owns, given the address of its variable. */
#include "lib/system/system.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void
owned_text(char **text)
{
	free(*text);
}

/* errno stays that of the block. type is none that could stand in parentheses.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define OWNED_END(name, type, is_open, end)                                    \
	void name(type *of)                                                    \
	{                                                                      \
		const int error = errno;                                       \
                                                                               \
		if (is_open)                                                   \
			(void)end(*of);                                        \
		errno = error;                                                 \
	}

OWNED_END(owned_fd, const int, *of >= 0, close)
OWNED_END(owned_file, FILE *, *of != NULL, fclose)
OWNED_END(owned_folder, DIR *, *of != NULL, closedir)
/* NOLINTEND(bugprone-macro-parentheses) */
