/* SPDX-License-Identifier: BSD-2-Clause */
/* libpq, loaded late. */
#include "helper/state/postgresql/pq.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SONAME "libpq.so.5" /* since 2006 */

struct pq pq;
static void *handle;

/* What a caller's PGHOST, PGSERVICE, PGTZ and the like would change, also those
 * of a later libpq. */
static void
environment_forget(void)
{
	char name[128];
	size_t len;

	for (char **e = environ; e != NULL && *e != NULL;) {
		len = strcspn(*e, "=");
		if (strncmp(*e, "PG", 2) != 0 || len >= sizeof(name)) {
			e++;
			continue;
		}
		memcpy(name, *e, len);
		name[len] = '\0';
		if (unsetenv(name) != 0)
			e++;
	}
}

int
pq_load(void)
{
	static bool loaded;

	environment_forget();
	if (loaded)
		return 0;
	handle = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);
	if (handle == NULL)
		return -1;
#define EACH(name)                                                             \
	if ((*(void **)&pq.name = dlsym(handle, #name)) == NULL)               \
		return -1;
	PQ_FUNCTIONS(EACH)
#undef EACH
	loaded = true;
	return 0;
}

void *
pq_needs(const char *name)
{
	return handle == NULL ? NULL : dlsym(handle, name);
}
