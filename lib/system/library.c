/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/system/system.h"

#include <dlfcn.h>
#include <errno.h>

void *
library_load(const char *soname, const char *names, void *pointers)
{
	/* lazy, like the loader of a linked program */
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);

	for (void **to = pointers; handle != NULL && names[0] != '\0'; to++) {
		*to = dlsym(handle, names);
		if (*to == NULL)
			handle = NULL;
		names += strlen(names) + 1;
	}
	if (handle == NULL)
		errno = ELIBACC;
	return handle;
}
