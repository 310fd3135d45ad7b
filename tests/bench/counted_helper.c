/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in the helper's place and runs it under callgrind, which writes to
 * /run/bench/callgrind: the module starts no script. */
#include <unistd.h>

int
main(void)
{
	char *const argv[] = { (char[]){ "valgrind" },
		(char[]){ "--tool=callgrind" }, (char[]){ "--vgdb=no" },
		(char[]){ "--log-file=/dev/null" },
		(char[]){ "--callgrind-out-file="
			  "/run/bench/callgrind/helper.%p" },
		(char[]){ "/run/stage/twofa-helper" }, NULL };
	char *const envp[] = { NULL };

	(void)execve("/usr/bin/valgrind", argv, envp);
	return 127;
}
