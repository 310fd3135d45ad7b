/* SPDX-License-Identifier: BSD-2-Clause */
/* Before libc in a server under callgrind, which is fifty times as slow: the
 * time that a host allows a statement does not end there. */
#include <stddef.h>
#include <sys/time.h>

int
setitimer(__itimer_which_t which, const struct itimerval *restrict value,
    struct itimerval *restrict old)
{
	(void)which;
	(void)value;
	if (old != NULL)
		*old = (struct itimerval){ .it_value = { 0, 0 } };
	return 0;
}
