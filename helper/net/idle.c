/* SPDX-License-Identifier: BSD-2-Clause */
/* Has a kept connection ended? */
#include "helper/net/idle.h"

#include <poll.h>

bool
idle_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	return fd >= 0 && poll(&p, 1, 0) == 1;
}
