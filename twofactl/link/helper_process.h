/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting twofa-helper as user twofa, and seeing it end. twofactl has one
 * thread and no other children, so libc does here; the module, a guest in
 * sshd, has its own way (pam_module/spawn.c).
 */
#ifndef TWOFA_HELPER_PROCESS_H
#define TWOFA_HELPER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct helperrun {
	int sock; /* ours; -1: not open */
	pid_t pid;
	bool killed; /* by helperrun_kill */
};

/* path must pass helperpath_check. The helper is killed alarm_s from now at
 * the latest. 0, or -1 after complaining. */
int helperrun_start(struct helperrun *, const char *path, unsigned alarm_s);

/* End it at once; the caller has said why, or will. helperrun_end is then -1
 * and silent. */
void helperrun_kill(struct helperrun *);

/* Close the socket and wait until the helper has ended; after 5 s it is killed.
 * 0 when it ended by itself with status 0, else -1 after complaining. */
int helperrun_end(struct helperrun *);

#endif
