/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/system/random_name.h"

#include <stddef.h>
#include <sys/random.h>
#include <sys/types.h>

#include "lib/values/values.h"

int
random_name(char out[NONCE_LEN + 1])
{
	unsigned char raw[NONCE_LEN / 2];

	out[0] = '\0';
	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return -1;
	hex_text(raw, sizeof(raw), out);
	return 0;
}
