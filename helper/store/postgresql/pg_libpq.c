/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads libpq, without the environment that would change what it does. */
#include "helper/store/postgresql/postgresql.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/store/postgresql/postgresql_inside.h"

struct pq pq;
static void *libpq_handle;

/* Removes PGHOST, PGSERVICE, PGTZ and all other variables that libpq, or a
 * later one, might read from a caller's environment. */
static void
unset_environment(void)
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
pg_libpq_load(void)
{
	unset_environment();
	if (libpq_handle == NULL)
		libpq_handle = library_load(
		    SETTINGS_LIBPQ, PQ_FUNCTIONS(LIBRARY_NAME), &pq);
	return libpq_handle != NULL ? 0 : -1;
}

void *
pg_libpq_dependency_symbol(const char *name)
{
	return libpq_handle == NULL ? NULL : dlsym(libpq_handle, name);
}
