/* SPDX-License-Identifier: BSD-2-Clause */
/* How the embedded store knows a phone number. */
#include "helper/state/sqlite/sqlite.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

int
store_number_digest(
    struct store *s, const char *number, char out[STORE_DIGEST_TEXT])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(number, strlen(number), md, &len, EVP_sha256(), NULL) !=
		1 ||
	    len * 2 + 1 != STORE_DIGEST_TEXT) {
		store_complain(s, "SHA-256 failed: check libcrypto");
		return -1;
	}
	for (unsigned i = 0; i < len; i++)
		snprintf(out + 2 * (size_t)i, 3, "%02x", md[i]);
	return 0;
}
