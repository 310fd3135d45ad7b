/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This system's PAM files: where PAM looks for them, which cannot be read, and
 * which are included by others.
 */
#ifndef TWOFA_PAM_FOLDER_H
#define TWOFA_PAM_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/host/pam_stack.h"
#include "twofactl/records/records.h"

#define PAM_FOLDER_FIRST "/etc/pam.d" /* the admin's own */

/* All of PAM's folders, in the order of its search; NULL at the end. */
extern const char *const pam_folder_all[];

/* Zero it before each stack. */
struct pam_folder_reading {
	/* the first file that exists and cannot be judged, and why; cause NULL:
	 * there is none */
	char path[PAM_STACK_WORD];
	const char *cause;
	/* names of included files; NULL: not wanted */
	struct name_list *included;
	unsigned files; /* number of files read so far */
};

/* For struct pam_stack_source; ctx is a struct pam_folder_reading. */
char *pam_folder_read(void *ctx, const char *name, char path[PAM_STACK_WORD]);

/* The path of a module that a stack names; a path is returned as it is, but
 * for $ISA. False: it is in none of PAM's folders. */
bool pam_folder_module(const char *module, char *path, size_t cap);

/* For struct pam_stack_source. */
enum pam_stack_file pam_folder_look(void *ctx, const char *module);

/* True when the admin's folder has a file of this name. */
bool pam_folder_ours(const char *service);

/* Names in the admin's folder that may be services: those that no other file
 * includes, and no backup. Sorted. 0, or -1 with errno. */
int pam_folder_services(struct name_list *);

#endif
