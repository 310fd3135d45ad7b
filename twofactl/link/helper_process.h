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

struct helper_process {
	int sock;    /* ours; -1: not open */
	pid_t pid;   /* 0: a copy of one that listens, no child of ours */
	bool killed; /* by helper_process_kill */
};

/* path must pass helper_path_words_check. The helper is killed alarm_s from now
 * at the latest. 0, or -1 after complaining. */
int helper_process_start(
    struct helper_process *, const char *path, unsigned alarm_s);

/* End it at once; the caller has said why, or will. helper_process_end is then
 * -1 and silent. */
void helper_process_kill(struct helper_process *);

/* Close the socket and wait until the helper has ended; after 5 s it is killed.
 * 0 when it ended by itself with status 0, else -1 after complaining. */
int helper_process_end(struct helper_process *);

#endif
