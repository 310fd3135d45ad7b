/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/net/wiping_memory.h"

#include <stdlib.h>
#include <string.h>

#include <malloc.h>

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

char *
wiping_memory_strdup(const char *text)
{
	return strdup(text);
}

void
wiping_memory_free(void *old)
{
	if (old == NULL)
		return;
	explicit_bzero(old, malloc_usable_size(old));
	free(old);
}
