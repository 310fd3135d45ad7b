/* SPDX-License-Identifier: BSD-2-Clause */
/* Restores the files of a trial, and keeps what others changed in them. */
#include "twofactl/trial/trial_inside.h"

/* Undoes only the trial's lines in from, and keeps all other changes. */
static int
undo_file(const struct trial *t, const struct etc_change *f,
    const struct etc_file *from, bool clear)
{
	char *text OWNED(owned_text) = NULL;
	const int undone =
	    text_undo_trial(t->service, f, from->text, clear, &text);
	struct etc_file to = *from;

	/* with its owner and mode; removed if it is blank then and enable
	 * created it, or clear is set, but never twofa.conf */
	if (text == NULL)
		return -1;
	to.text = f->kind == ETC_RULE || (f->before.text != NULL && !clear) ||
		text[strspn(text, " \t\r\n")] != '\0'
	    ? text
	    : NULL;
	return etc_file_write(f->path, &to) == 0 ? undone : -1;
}

static int
restore_file(const struct trial *t, const struct etc_change *f, bool clear)
{
	struct etc_file now OWNED(etc_file_free) = { .text = NULL };
	int rc = 0;

	if (etc_file_read(f->path, &now) != 0)
		return -1;
	if (etc_file_equals(&now, &f->after))
		rc = clear && f->before.text != NULL
		    ? undo_file(t, f, &f->before, clear)
		    : etc_file_write(f->path, &f->before);
	else if (now.text != NULL &&
	    (clear || !etc_file_equals(&now, &f->before)))
		rc = undo_file(t, f, &now, clear);
	return rc;
}

/* A failed file takes precedence over a line that should be checked. */
int
trial_restore(const struct trial *t, bool clear)
{
	char name[32], kept[ETC_FILE_CAUSE];
	int rc = 0;

	for (unsigned i = 0; i < t->files; i++) {
		const int done = restore_file(t, &t->file[i], clear);

		if (done < 0 || (done > 0 && rc == 0)) {
			memcpy(kept, etc_cause, sizeof(kept));
			rc = done;
		}
		PRINT_TO(name, "restore%u", i);
		trial_step(name);
	}
	if (authselect_profile_give_back() != 0 && rc == 0)
		rc = 1;
	else if (rc != 0)
		memcpy(etc_cause, kept, sizeof(kept));
	return rc;
}
