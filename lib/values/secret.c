/* SPDX-License-Identifier: BSD-2-Clause */
/* Random secrets in base32, and the end of secrets in memory. */
#include "lib/values/values.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/random.h>

static const char alphabet[] = TEXT_UPPER "234567";

int
secret_random_base32(char *out, size_t len)
{
	unsigned char bytes[SECRET_RANDOM_MAX];

	if (getrandom(bytes, len, 0) != (ssize_t)len)
		return -1;
	for (size_t i = 0; i < len; i++)
		out[i] = alphabet[bytes[i] % 32]; /* 256 is a multiple of it */
	out[len] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

void *
secret_new(size_t size)
{
	return calloc(1, size);
}

/* The usable size may exceed the requested one: a library may have written to
 * all of it. A compiler that sees where the memory is from would end the
 * process for that (_FORTIFY_SOURCE), so the pointer is hidden from it. */
void
secret_free(void *memory)
{
	if (memory == NULL)
		return;
	__asm__ volatile("" : "+r"(memory));
	explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void
secret_end(void *pointer)
{
	secret_free(*(void **)pointer);
}
