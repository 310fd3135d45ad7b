/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of the settings and the copy that an admin edits. The copy is in its
 * own folder beside the file, which is root's and locked: an editor may leave
 * files there, and two editors cannot conflict. The file itself only changes at
 * the end; a killed process leaves a copy, which the next one removes.
 */
#ifndef TWOFA_EDIT_COPY_H
#define TWOFA_EDIT_COPY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "twofactl/records/records.h"

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
	struct place_file_folder beside; /* valid while a file is staged */
	int home, fd; /* the file's folder and the copy's; -1: not open */
};

/* Read the file and make the copy. 0, or -1 after complaining: then everything
 * is cleaned up. path must stay valid until the end. */
int edit_copy_begin(struct edit_copy *, const char *path,
    enum trusted_file_kind, const struct place_file_owner *);

/* Read the present copy: 0, or -1 after complaining. The caller frees. */
int edit_copy_read(const struct edit_copy *, struct trusted_file *);

/* Put the text beside the file so that user twofa can read it: 0, or -1 after
 * complaining. */
int edit_copy_stage(struct edit_copy *, const struct trusted_file *text);
/* Remove it again. */
void edit_copy_unstage(struct edit_copy *);
/* Replace the file by the staged one, unless the file has changed since
 * edit_copy_begin. 0, or -1 after complaining. */
int edit_copy_place(struct edit_copy *);

/* Remove the copy; kept: leave it for the admin. */
void edit_copy_end(struct edit_copy *, bool kept);

#endif
