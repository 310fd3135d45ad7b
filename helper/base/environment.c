/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/environment.h"

#include <string.h>

bool
environment_shows_text(const struct environment *env)
{
	return strcmp(env->facts->service, "sshd") != 0;
}
