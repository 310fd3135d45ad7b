/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login password, which never leaves this process.
 */
#include "pam_module/password.h"

#include <string.h>

/* The stand-in is cut to the typed length: its first byte is all to go by. */
bool
password_refused(const char *authtok)
{
	return authtok[0] == '\b';
}

bool
password_seen(const char *authtok)
{
	return authtok[0] != '\0' && !password_refused(authtok);
}

/* In constant time once the lengths agree. */
bool
password_is(const char *authtok, const char *answer)
{
	const size_t len = strlen(authtok);
	unsigned char differ = 0;

	if (!password_seen(authtok) || strlen(answer) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(answer[i] ^ authtok[i]);
	return differ == 0;
}
