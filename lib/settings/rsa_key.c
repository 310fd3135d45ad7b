/* SPDX-License-Identifier: BSD-2-Clause */
/* A private key that settings name. */
#include "lib/settings/rsa_key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "lib/settings/rsakey.h"

/* Longer files are refused before they are read. */
static int
copy(const struct trusted_file *f, struct pem *pem)
{
	if (f->len > PEM_MAX)
		return -1;
	memcpy(pem->b, f->text, f->len);
	pem->b[f->len] = '\0';
	pem->len = f->len;
	return 0;
}

int
pem_read(const char *path, uid_t owner, struct pem *pem,
    char cause[TRUSTED_FILE_CAUSE_MAX])
{
	const char *fault = "is too long";
	struct trusted_file f;
	EVP_PKEY *key = NULL;

	memset(pem, 0, sizeof(*pem));
	if (trusted_file_read(path, TRUSTED_FILE_SECRET, owner, &f, cause) !=
	    TRUSTED_FILE_OK)
		return -1;
	if (copy(&f, pem) == 0)
		key = rsakey_read(pem, &fault);
	trusted_file_free(&f);
	EVP_PKEY_free(key);
	if (key != NULL)
		return 0;
	(void)snprintf(cause, TRUSTED_FILE_CAUSE_MAX, "%s", fault);
	explicit_bzero(pem, sizeof(*pem));
	return -1;
}
