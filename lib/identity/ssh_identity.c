/* SPDX-License-Identifier: BSD-2-Clause */
/* Fingerprints of keys and ids of certificates. */
#include "lib/identity/ssh_identity.h"

#include <string.h>

#define BASE64                                                                 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define LAST "AEIMQUYcgkosw048" /* 43 * 6 bits are two more than the hash */

static const char prefix[] = "SHA256:";

bool
ssh_fingerprint_valid(const char *text)
{
	const size_t head = sizeof(prefix) - 1;

	return strlen(text) == SSH_FINGERPRINT_LEN &&
	    strncmp(text, prefix, head) == 0 &&
	    strspn(text + head, BASE64) == SSH_FINGERPRINT_LEN - head &&
	    strchr(LAST, text[SSH_FINGERPRINT_LEN - 1]) != NULL;
}

bool
ssh_cert_id_valid(const char *text)
{
	size_t len = 0;

	while (text[len] > ' ' && text[len] <= '~')
		len++;
	return len >= 1 && len <= SSH_CERT_ID_MAX && text[len] == '\0';
}
