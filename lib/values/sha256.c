/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by libcrypto, which looks for the digest once. */
#include "lib/values/values.h"

#include <openssl/evp.h>

bool
sha256_of(const void *bytes, size_t len, unsigned char out[SHA256_LEN])
{
	static EVP_MD *sha256;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	return sha256 != NULL &&
	    EVP_Digest(bytes, len, out, NULL, sha256, NULL) == 1;
}
