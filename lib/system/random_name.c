/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/system/random_name.h"

#include <stddef.h>
#include <sys/random.h>
#include <sys/types.h>

int
random_name(char out[NONCE_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[NONCE_LEN / 2];

	out[0] = '\0';
	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return -1;
	for (size_t i = 0; i < sizeof(raw); i++) {
		out[2 * i] = hex[raw[i] >> 4];
		out[2 * i + 1] = hex[raw[i] & 15];
	}
	out[NONCE_LEN] = '\0';
	return 0;
}
