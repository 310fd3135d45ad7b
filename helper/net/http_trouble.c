/* SPDX-License-Identifier: BSD-2-Clause */
/* Has a kept connection ended? */
#include "helper/net/http_trouble.h"

#include <poll.h>

/* libcurl 7.88 takes the end of a TLS session that waits to be read for a sign
 * of life: the request would go there, be lost, and could not be sent again. A
 * provider that closes idle connections would deny every slow typist. */
bool
idle_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	return fd >= 0 && poll(&p, 1, 0) == 1;
}
