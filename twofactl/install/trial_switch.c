/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a trial, changed. */
#include <stdio.h>

#include "twofactl/install/trial.h"
#include "twofactl/install/trial_step.h"

int
trial_apply(const struct trial *t, char cause[TRIAL_CAUSE])
{
	char name[32];

	for (unsigned i = 0; i < t->files; i++) {
		const struct trial_file *f = &t->file[i];

		if (etc_file_write(f->path, &f->after, cause) != 0)
			return -1;
		(void)snprintf(name, sizeof(name), "edit%u", i);
		trial_step(name);
	}
	return 0;
}
