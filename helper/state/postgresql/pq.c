/* SPDX-License-Identifier: BSD-2-Clause */
/* libpq, loaded late. */
#include "helper/state/postgresql/pq.h"

#include <dlfcn.h>
#include <stdbool.h>

#define SONAME "libpq.so.5" /* since 2006 */

struct pq pq;

int
pq_load(void)
{
	static bool loaded;
	void *handle;

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
