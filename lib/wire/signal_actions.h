/* SPDX-License-Identifier: BSD-2-Clause */
/* How a helper's signals are reset: in the last process before a started
 * helper, and in the listening one. */
#ifndef TWOFA_SIGNAL_ACTIONS_H
#define TWOFA_SIGNAL_ACTIONS_H

#define SIGNALS 64 /* of the kernel, in a mask of 8 bytes */

/* Set the default action for all signals; the kernel refuses KILL and STOP.
 * Makes only system calls, so a child of a process with threads may use it. */
void signal_actions_default(void);

#endif
