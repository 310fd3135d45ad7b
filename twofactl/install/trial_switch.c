/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a trial: changed, and changed back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/install/rule_edit.h"
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

static bool
has_ours(const struct trial *t, const struct trial_file *f, const char *text)
{
	return f->kind == TRIAL_RULE ? rule_edit_has(text, t->service)
				     : stack_edit_has(text);
}

/* What others wrote stays. A file that enable made goes when it holds nothing
 * else. */
static int
take_ours_out(const struct trial *t, const struct trial_file *f,
    struct etc_file *now, char cause[TRIAL_CAUSE])
{
	char *text = f->kind == TRIAL_RULE
	    ? rule_edit_undo(now->text, t->service)
	    : stack_edit_undo(now->text);
	int rc;

	if (text == NULL) {
		(void)snprintf(cause, TRIAL_CAUSE,
		    "%.250s: no memory; free some", f->path);
		return -1;
	}
	free(now->text);
	now->text = text;
	now->there =
	    f->kind == TRIAL_RULE || text[strspn(text, " \t\r\n")] != '\0';
	rc = etc_file_write(f->path, now, cause);
	now->there = true;
	return rc;
}

/* Ours go from it wherever they stand: it was enabled before the trial, too. */
static int
clear_file(
    const struct trial *t, const struct trial_file *f, char cause[TRIAL_CAUSE])
{
	struct etc_file now;
	int rc = 0;

	if (etc_file_read(f->path, &now, cause) != 0)
		return -1;
	if (now.there && has_ours(t, f, now.text))
		rc = take_ours_out(t, f, &now, cause);
	etc_file_free(&now);
	return rc;
}

static int
restore_file(
    const struct trial *t, const struct trial_file *f, char cause[TRIAL_CAUSE])
{
	struct etc_file now;
	int rc = 0;

	if (etc_file_read(f->path, &now, cause) != 0)
		return -1;
	if (etc_file_same(&now, &f->after))
		rc = etc_file_write(f->path, &f->before, cause);
	else if (now.there && !etc_file_same(&now, &f->before))
		rc = take_ours_out(t, f, &now, cause);
	etc_file_free(&now);
	return rc;
}

int
trial_restore(const struct trial *t, bool clear, char cause[TRIAL_CAUSE])
{
	char name[32];
	int rc = 0;

	for (unsigned i = 0; i < t->files; i++) {
		if (restore_file(t, &t->file[i], cause) != 0 ||
		    (clear && clear_file(t, &t->file[i], cause) != 0))
			rc = -1;
		(void)snprintf(name, sizeof(name), "restore%u", i);
		trial_step(name);
	}
	return rc;
}
