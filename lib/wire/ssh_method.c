/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's names are compared whole: a longer name is another method. */
#include "lib/wire/ssh_method.h"

#include <string.h>

static bool
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

bool
ssh_method_passed(unsigned methods, const char *auth_info)
{
	const char *line = auth_info;

	for (; *line != '\0'; line += *line == '\n') {
		if ((ssh_method(line, strcspn(line, " \n")) & methods) != 0)
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}
