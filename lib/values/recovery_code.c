/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes: read, made and hashed. */
#include "lib/values/values.h"

static bool
has_letter(const char *code)
{
	for (; *code != '\0'; code++)
		if (*code >= 'A')
			return true;
	return false;
}

/* Appends c to the n characters in out. Returns the new n, or -1 if c cannot be
 * part of a code. */
static int
take_char(char c, int n, char out[RECOVERY_LEN + 1])
{
	if (c == ' ' || c == '-')
		return n > 0 ? n : -1;
	if (c >= 'a' && c <= 'z') /* toupper() depends on the locale */
		c = (char)(c - 'a' + 'A');
	if (((c < 'A' || c > 'Z') && (c < '2' || c > '7')) || n >= RECOVERY_LEN)
		return -1;
	out[n] = c;
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
recovery_code_make(char out[RECOVERY_LEN + 1])
{
	do {
		if (secret_random_base32(out, RECOVERY_LEN) != 0)
			return -1;
	} while (!has_letter(out));
	return 0;
}

int
recovery_code_hash(const unsigned char salt[RECOVERY_SALT],
    const char code[RECOVERY_LEN + 1], unsigned char out[RECOVERY_HASH])
{
	unsigned char text[RECOVERY_SALT + RECOVERY_LEN];
	bool done;

	memcpy(text, salt, RECOVERY_SALT);
	memcpy(text + RECOVERY_SALT, code, RECOVERY_LEN);
	done = sha256_of(text, sizeof(text), out);
	explicit_bzero(text, sizeof(text));
	return done ? 0 : -1;
}
