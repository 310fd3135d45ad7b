/* SPDX-License-Identifier: BSD-2-Clause */
/* Restores the files of a trial. */
#include "twofactl/undo/trial_restore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/etc/etc.h"
#include "twofactl/install/trial_step.h"

/* Other changes since stay, with their owner and mode. A file that enable made
 * is removed if it contains nothing else. */
static int
write_undone(const struct etc_change *f, const struct etc_file *from,
    char *text, bool clear, char cause[TRIAL_CAUSE])
{
	struct etc_file to = *from;

	to.text = text;
	to.there = f->kind == ETC_RULE || (f->before.there && !clear) ||
	    text[strspn(text, " \t\r\n")] != '\0';
	return etc_file_write(f->path, &to, cause);
}

/* Its text contains lines of ours. */
static int
undo_file(const struct trial *t, const struct etc_change *f,
    const struct etc_file *from, bool clear, char cause[TRIAL_CAUSE])
{
	char why[TRIAL_CAUSE], *text = NULL;
	const int undone =
	    trial_undo(t->service, f, from->text, clear, &text, why);
	int rc = text != NULL ? write_undone(f, from, text, clear, cause) : -1;

	free(text);
	if (rc == 0 || text == NULL)
		(void)snprintf(cause, TRIAL_CAUSE, "%s", why);
	return rc == 0 ? undone : rc;
}

static int
restore_file(const struct trial *t, const struct etc_change *f, bool clear,
    char cause[TRIAL_CAUSE])
{
	struct etc_file now;
	int rc = 0;

	if (etc_file_read(f->path, &now, cause) != 0)
		return -1;
	if (etc_file_same(&now, &f->after))
		rc = clear && f->before.there
		    ? undo_file(t, f, &f->before, clear, cause)
		    : etc_file_write(f->path, &f->before, cause);
	else if (now.there && (clear || !etc_file_same(&now, &f->before)))
		rc = undo_file(t, f, &now, clear, cause);
	etc_file_free(&now);
	return rc;
}

/* Report a failure rather than a line to look at. */
int
trial_restore(const struct trial *t, bool clear, char cause[TRIAL_CAUSE])
{
	char name[32], why[TRIAL_CAUSE];
	int rc = 0;

	for (unsigned i = 0; i < t->files; i++) {
		const int done = restore_file(t, &t->file[i], clear, why);

		if (done < 0 || (done > 0 && rc == 0)) {
			(void)snprintf(cause, TRIAL_CAUSE, "%s", why);
			rc = done;
		}
		(void)snprintf(name, sizeof(name), "restore%u", i);
		trial_step(name);
	}
	return rc;
}
