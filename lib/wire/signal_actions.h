/* SPDX-License-Identifier: BSD-2-Clause */
/* What both ways to a helper do to signals: a started one's last process before
 * it, and the one that listens. */
#ifndef TWOFA_SIGNAL_ACTIONS_H
#define TWOFA_SIGNAL_ACTIONS_H

#define SIGNALS 64 /* of the kernel, in a mask of 8 bytes */

/* The default action for all; the kernel refuses KILL and STOP. System calls
 * alone, so fit for a child of a process with threads. */
void signal_actions_default(void);

#endif
