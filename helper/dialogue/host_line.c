/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows the host's name to the person. */
#include "helper/dialogue/host_line.h"

#include <stdio.h>
#include <string.h>

#include "helper/dialogue/login_context.h"

#define NAME_BYTES                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

bool
host_line(char *out, size_t cap, const char *name)
{
	const size_t len = strcspn(name, ".");

	if (len == 0 || strspn(name, NAME_BYTES) < len || len + 2 > cap)
		return false;
	snprintf(out, cap, "%.*s:", (int)len, name);
	return true;
}

void
host_line_say(const struct login *login)
{
	const struct environment *env = login->env;
	char line[66]; /* Linux allows at most 64 bytes */

	if (env->host != NULL && !environment_shows_text(env) &&
	    host_line(line, sizeof(line), env->host))
		login_say(login, line);
}
