/* SPDX-License-Identifier: BSD-2-Clause */
/* Random secrets in base32. */
#include "lib/values/values.h"

#include <sys/random.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

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
