/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This system's PAM files: where PAM looks for them, what cannot be read of
 * them, and which of them others include.
 */
#ifndef TWOFA_PAM_FOLDER_H
#define TWOFA_PAM_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/host/pam_stack.h"
#include "twofactl/records/name_list.h"

#define PAM_FOLDER_FIRST "/etc/pam.d" /* the admin's own */

/* All of PAM's folders, in the order that it looks; NULL ends. */
extern const char *const pam_folder_all[];

/* Zero it before each stack. */
struct pam_folder_reading {
	/* the first file that is there and cannot be judged, and why; cause
	 * NULL: there is none */
	char path[PAM_STACK_WORD];
	const char *cause;
	/* names of what is included; NULL: not wanted */
	struct name_list *included;
	unsigned files; /* asked for so far */
};

/* For struct pam_stack_source: ctx is a struct pam_folder_reading. */
char *pam_folder_read(void *ctx, const char *name, char path[PAM_STACK_WORD]);

/* The path of a module named as in a stack: the name itself when that is one.
 * False: none of PAM's folders has it. */
bool pam_folder_module(const char *module, char *path, size_t cap);

/* For struct pam_stack_source: is its file not there? */
bool pam_folder_missing(void *ctx, const char *module);

/* Is something of this name there, in the admin's folder? */
bool pam_folder_ours(const char *service);

/* Names in the admin's folder that may be services: none that another of them
 * includes. Sorted. 0, or -1 with errno. */
int pam_folder_services(struct name_list *);

#endif
