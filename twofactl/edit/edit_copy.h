/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of the settings, and the copy of it that an admin edits: in a folder
 * of its own beside it, which is root's alone and locked, so that an editor may
 * leave there what it likes and two editors do not meet. Nothing happens to the
 * file before the end; who is killed leaves a copy that the next one takes
 * away.
 */
#ifndef TWOFA_EDIT_COPY_H
#define TWOFA_EDIT_COPY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "twofactl/records/place_file.h"

#define EDIT_PATH_MAX 4200
#define EDIT_NAME_MAX 255

struct edit_copy {
	const char *path; /* of the file */
	enum trusted_file_kind kind;
	struct place_file_owner owner;
	char folder[EDIT_PATH_MAX], name[EDIT_NAME_MAX + 1];
	char place[EDIT_PATH_MAX];       /* the copy, for the editor */
	char staged[EDIT_PATH_MAX];      /* the new file beside the old one */
	struct trusted_file before;      /* what the file held */
	struct stat st;                  /* and its owner and mode */
	struct place_file_folder beside; /* while something is staged */
	int home, fd; /* the file's folder, the copy's; -1: not open */
};

/* Read the file, and make the copy. 0, or -1 after complaining: then it is
 * ended already. path lives till the end. */
int edit_copy_begin(struct edit_copy *, const char *path,
    enum trusted_file_kind, const struct place_file_owner *);

/* What is in the copy now: 0, or -1 after complaining. The caller frees. */
int edit_copy_read(const struct edit_copy *, struct trusted_file *);

/* Put the text beside the file, as user twofa may read it: 0, or -1 after
 * complaining. */
int edit_copy_stage(struct edit_copy *, const struct trusted_file *text);
/* Take it away again. */
void edit_copy_unstage(struct edit_copy *);
/* What was staged becomes the file, unless that has changed since
 * edit_copy_begin. 0, or -1 after complaining. */
int edit_copy_place(struct edit_copy *);

/* The copy goes; kept: it stays where it is, for the admin. */
void edit_copy_end(struct edit_copy *, bool kept);

#endif
