/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts twofa-helper as user twofa, and waits for its end. twofactl has one
 * thread and no other children, so it can use libc; the module, which runs
 * within sshd, has its own way (pam_module/spawn.c).
 */
#ifndef TWOFA_HELPER_PROCESS_H
#define TWOFA_HELPER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct helper_process {
	int sock;    /* our end; -1: not open */
	pid_t pid;   /* 0: a copy of a listening helper, not our child */
	bool killed; /* by helper_process_kill */
};

/* path must have passed helper_path_words_check. The helper is killed after
 * alarm_s at the latest. 0, or -1 after complaining. */
int helper_process_start(
    struct helper_process *, const char *path, unsigned alarm_s);

/* End it at once; the caller reports why. helper_process_end then returns -1
 * silently. */
void helper_process_kill(struct helper_process *);

/* Close the socket and wait for the helper's end; after 5 s it is killed. 0
 * when it ended by itself with status 0, else -1 after complaining. */
int helper_process_end(struct helper_process *);

#endif
