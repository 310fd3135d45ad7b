/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes the files of a trial. */
#include <stdio.h>

#include "twofactl/etc/etc.h"
#include "twofactl/install/trial.h"
#include "twofactl/install/trial_step.h"

static int
check_before(const struct etc_change *f, char cause[TRIAL_CAUSE])
{
	struct etc_file now;
	bool same;

	if (etc_file_read(f->path, &now, cause) != 0)
		return -1;
	same = etc_file_same(&now, &f->before);
	etc_file_free(&now);
	if (!same)
		(void)snprintf(cause, TRIAL_CAUSE,
		    "%.250s has been changed by somebody else meanwhile; run "
		    "this once more",
		    f->path);
	return same ? 0 : -1;
}

int
trial_unchanged(const struct trial *t, char cause[TRIAL_CAUSE])
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < t->files; i++)
		rc = check_before(&t->file[i], cause);
	return rc;
}

/* A package or another admin may write between two files. */
int
trial_apply(const struct trial *t, char cause[TRIAL_CAUSE])
{
	char name[32];

	for (unsigned i = 0; i < t->files; i++) {
		const struct etc_change *f = &t->file[i];

		if (check_before(f, cause) != 0 ||
		    etc_file_write(f->path, &f->after, cause) != 0)
			return -1;
		(void)snprintf(name, sizeof(name), "edit%u", i);
		trial_step(name);
	}
	return 0;
}

static int
check_ours(
    const struct trial *t, const struct etc_change *f, char cause[TRIAL_CAUSE])
{
	struct etc_file now;
	bool has;

	if (etc_file_read(f->path, &now, cause) != 0)
		return -1;
	has = now.there &&
	    (f->kind == ETC_RULE ? rule_edit_has(now.text, t->service)
				 : stack_edit_has(now.text));
	etc_file_free(&now);
	if (!has)
		(void)snprintf(cause, TRIAL_CAUSE,
		    "somebody has taken the trial's lines out of %.250s; run: "
		    "twofactl rollback, and enable %.60s once more",
		    f->path, t->service);
	return has ? 0 : -1;
}

int
trial_stands(const struct trial *t, char cause[TRIAL_CAUSE])
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < t->files; i++)
		rc = check_ours(t, &t->file[i], cause);
	return rc;
}
