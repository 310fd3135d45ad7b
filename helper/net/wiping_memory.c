/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation that wipes memory when it is freed, for libraries that copy
 * secrets into their own buffers. */
#include "helper/net/net_inside.h"

#include <malloc.h>
#include <stdlib.h>

/* Wrappers, since passing the addresses of these three libc functions costs
 * 13,000 instructions more at each start of the helper (measured). */
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

/* Not realloc(), which may move the bytes and leave the old ones unwiped. */
void *
wiping_memory_realloc(void *old, size_t size)
{
	const size_t had = old == NULL ? 0 : malloc_usable_size(old);
	void *p;

	/* NULL would mean a failure */
	if (size == 0)
		size = 1;
	p = malloc(size);
	if (p == NULL)
		return NULL;
	if (old != NULL) {
		memcpy(p, old, had < size ? had : size);
		secret_free(old);
	}
	return p;
}
