/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends what a block owns, given the address of its variable. */
#include "twofactl/terminal/terminal.h"

#include <stdlib.h>
#include <unistd.h>

void
owned_text(char **text)
{
	free(*text);
}

void
owned_settings(struct settings **conf)
{
	settings_free(*conf);
}

void
owned_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

void
owned_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

void
owned_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}
