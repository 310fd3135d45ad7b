/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of a made-up /etc/pam.d, for tests of PAM stacks. */
#ifndef TWOFA_UNIT_PAMFILES_H
#define TWOFA_UNIT_PAMFILES_H

#include <stdio.h>
#include <string.h>

#include "twofactl/host/host.h"

#define PAMFILES_MAX 10

/* name and text in turn; name NULL ends. */
struct pamfiles {
	struct {
		const char *name, *text;
	} file[PAMFILES_MAX];
};

static inline char *
pamfiles_read(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	const struct pamfiles *files = ctx;

	for (size_t i = 0; i < PAMFILES_MAX && files->file[i].name != NULL; i++)
		if (strcmp(files->file[i].name, name) == 0) {
			snprintf(path, PAM_STACK_WORD, "%s", name);
			return strdup(files->file[i].text);
		}
	return NULL;
}

#endif
