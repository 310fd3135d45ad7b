/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as base64. */
#include "lib/values/values.h"

#include <limits.h>
#include <openssl/evp.h>

/* EVP_DecodeBlock skips blanks and takes each = for six bits. */
int
base64_decode(const char *text, size_t len, unsigned char *out)
{
	const size_t plain = strspn(text, BASE64_ALPHABET);
	const size_t padding = len - plain;

	if (len == 0)
		return 0;
	if (plain == 0 || plain > len || len % 4 != 0 || len > INT_MAX ||
	    padding > 2 || strspn(text + plain, "=") < padding ||
	    EVP_DecodeBlock(out, (const unsigned char *)text, (int)len) < 0)
		return -1;
	return (int)(len / 4 * 3 - padding);
}
