/* SPDX-License-Identifier: BSD-2-Clause */

#include "helper/store/postgresql/postgresql.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "helper/store/postgresql/postgresql_inside.h"

#define SONAME "libpq.so.5" /* since 2006 */

struct pq pq;
static void *libpq_handle;

/* What a caller's PGHOST, PGSERVICE, PGTZ and the like would change, also those
 * of a later libpq. */
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
	static bool loaded;

	unset_environment();
	if (loaded)
		return 0;
	libpq_handle = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);
	if (libpq_handle == NULL)
		return -1;
#define EACH(name)                                                             \
	if ((*(void **)&pq.name = dlsym(libpq_handle, #name)) == NULL)         \
		return -1;
	PQ_FUNCTIONS(EACH)
#undef EACH
	loaded = true;
	return 0;
}

void *
pg_libpq_symbol(const char *name)
{
	return libpq_handle == NULL ? NULL : dlsym(libpq_handle, name);
}
