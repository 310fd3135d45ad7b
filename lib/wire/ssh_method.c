/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's names, whole: one that only begins so is another. */
#include "lib/wire/ssh_method.h"

#include <string.h>

static int
is(const char *name, size_t len, const char *known)
{
	return strlen(known) == len && memcmp(name, known, len) == 0;
}

unsigned
ssh_method(const char *name, size_t len)
{
	if (is(name, len, "publickey"))
		return SSH_METHOD_PUBLICKEY;
	if (is(name, len, "hostbased"))
		return SSH_METHOD_HOSTBASED;
	return is(name, len, "gssapi-with-mic") ? SSH_METHOD_GSSAPI : 0;
}
