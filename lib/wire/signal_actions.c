/* SPDX-License-Identifier: BSD-2-Clause */
/* Actions of signals. */
#include "lib/wire/signal_actions.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's sigaction would skip two. Zeros are SIG_DFL in the kernel's struct
 * too. */
void
signal_actions_default(void)
{
	static const char action[64];

	for (int sig = 1; sig <= SIGNALS; sig++)
		(void)syscall(SYS_rt_sigaction, sig, action, NULL, SIGNALS / 8);
}
