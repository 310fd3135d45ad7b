/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/wire/signal_actions.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not glibc's sigaction, which skips two signals. A zeroed struct is SIG_DFL
 * for the kernel, too. */
void
signal_actions_default(void)
{
	static const char action[64];

	for (int sig = 1; sig <= SIGNALS; sig++)
		(void)syscall(SYS_rt_sigaction, sig, action, NULL, SIGNALS / 8);
}
