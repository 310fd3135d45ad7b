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

void
owned_fd(const int *fd)
{
	const int error = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = error;
}

void
owned_file(FILE **file)
{
	const int error = errno;

	if (*file != NULL)
		(void)fclose(*file);
	errno = error;
}

void
owned_folder(DIR **folder)
{
	const int error = errno;

	if (*folder != NULL)
		(void)closedir(*folder);
	errno = error;
}
