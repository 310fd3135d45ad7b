/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/values/values.h"
#include <liboath/oath.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>

/* Recovery codes: their shape, how one is made and hashed. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* 0: not in the alphabet. Not toupper, which depends on the locale. */
static char
base32_char(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if ((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'))
		return c;
	return '\0';
}

static bool
has_letter(const char *code)
{
	for (; *code != '\0'; code++)
		if (*code >= 'A')
			return true;
	return false;
}

/* Append c to the n characters of out. The new n, or -1: not a code. */
static int
take_char(char c, int n, char out[RECOVERY_LEN + 1])
{
	char known = base32_char(c);

	if (c == ' ' || c == '-')
		return n > 0 ? n : -1;
	if (known == '\0' || n >= RECOVERY_LEN)
		return -1;
	out[n] = known;
	return n + 1;
}

bool
recovery_code_normalise(const char *typed, char out[RECOVERY_LEN + 1])
{
	int n = 0;

	memset(out, 0, RECOVERY_LEN + 1);
	while (*typed == ' ')
		typed++;
	for (; *typed != '\0' && n >= 0; typed++)
		n = take_char(*typed, n, out);
	if (n == RECOVERY_LEN && has_letter(out))
		return true;
	explicit_bzero(out, RECOVERY_LEN + 1);
	return false;
}

int
secret_random(char *out, size_t len)
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

int
recovery_code_make(char out[RECOVERY_LEN + 1])
{
	do {
		if (secret_random(out, RECOVERY_LEN) != 0)
			return -1;
	} while (!has_letter(out)); /* one without is dropped */
	return 0;
}

void
recovery_code_text(
    const char code[RECOVERY_LEN + 1], char out[RECOVERY_TEXT + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < RECOVERY_LEN; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = code[i];
	}
	out[n] = '\0';
}

int
recovery_code_hash(const unsigned char salt[RECOVERY_SALT],
    const char code[RECOVERY_LEN + 1], unsigned char out[RECOVERY_HASH])
{
	unsigned char text[RECOVERY_SALT + RECOVERY_LEN];
	unsigned len = 0;
	int done;

	memcpy(text, salt, RECOVERY_SALT);
	memcpy(text + RECOVERY_SALT, code, RECOVERY_LEN);
	done = EVP_Digest(text, sizeof(text), out, &len, EVP_sha256(), NULL);
	explicit_bzero(text, sizeof(text));
	return done == 1 && len == RECOVERY_HASH ? 0 : -1;
}
