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

#define PAMFOLDER_FIRST "/etc/pam.d" /* the admin's own */

/* Zero it before each stack. */
struct pamfolder_reading {
	/* the first file that is there and cannot be judged, and why; cause
	 * NULL: there is none */
	char path[PAMSTACK_WORD];
	const char *cause;
	/* names of what is included; NULL: not wanted */
	struct namelist *included;
	unsigned files; /* asked for so far */
};

/* For struct pamstack_source: ctx is a struct pamfolder_reading. */
char *pamfolder_read(void *ctx, const char *name, char path[PAMSTACK_WORD]);

/* Is something of this name there, in the admin's folder? */
bool pamfolder_ours(const char *service);

/* Names in the admin's folder that may be services: none that another of them
 * includes. Sorted. 0, or -1 with errno. */
int pamfolder_services(struct namelist *);

#endif
