/* SPDX-License-Identifier: BSD-2-Clause */
/* Two halves that would take the same request. */
#include "tests/simulator/faults/clash.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/provider.h"

/* Whatever a {name} is called, it takes the same. */
static bool
same_path(const char *a, const char *b)
{
	size_t na, nb;

	for (;;) {
		na = strcspn(a, "/");
		nb = strcspn(b, "/");
		if ((a[0] != '{' || b[0] != '{') &&
		    (na != nb || memcmp(a, b, na) != 0))
			return false;
		if (a[na] != b[nb] || a[na] == '\0')
			return a[na] == b[nb];
		a += na + 1;
		b += nb + 1;
	}
}

/* This route of p against all that come before it. */
static int
check_route(const struct sim_provider *const *halves,
    const struct sim_provider *p, const struct sim_route *route)
{
	const struct sim_provider *q;

	for (size_t i = 0; (q = halves[i]) != NULL; i++) {
		for (const struct sim_route *r = q->routes; r->path != NULL;
		     r++) {
			if (r == route)
				return 0;
			if ((r->methods & route->methods) == 0 ||
			    !same_path(r->path, route->path))
				continue;
			fprintf(stderr,
			    "twofa-simulator: %s: %s has this path and method "
			    "already: %s\n",
			    p->name, q->name, route->path);
			return -1;
		}
	}
	return 0;
}

int
clash_check(const struct sim_provider *const *halves)
{
	const struct sim_provider *p;
	int rc = 0;

	for (size_t i = 0; (p = halves[i]) != NULL; i++)
		for (const struct sim_route *r = p->routes; r->path != NULL;
		     r++)
			if (check_route(halves, p, r) == -1)
				rc = -1;
	return rc;
}
