/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry of simulated vendors: one line each. */
#include "tests/simulator/provider.h"

#include <string.h>

#include "tests/simulator/request.h"
#include "tests/simulator/v1.h"

const struct sim_provider *const sim_providers[] = {
	&v1_provider,
	NULL,
};

static unsigned int
method_bit(const char *method)
{
	if (strcmp(method, "GET") == 0)
		return SIM_GET;
	if (strcmp(method, "POST") == 0)
		return SIM_POST;
	return 0;
}

static const struct sim_route *
route_of(const struct sim_provider *p, const char *path)
{
	for (const struct sim_route *r = p->routes; r->path != NULL; r++)
		if (strcmp(r->path, path) == 0)
			return r;
	return NULL;
}

bool
sim_route_find(const struct sim_request *req, const struct sim_provider **p,
    const struct sim_route **route, bool *allowed)
{
	for (size_t i = 0; sim_providers[i] != NULL; i++) {
		*p = sim_providers[i];
		*route = route_of(*p, req->path);
		if (*route == NULL)
			continue;
		*allowed = ((*route)->methods & method_bit(req->method)) != 0;
		return true;
	}
	return false;
}

int
sim_setting(const char *name, int value)
{
	int rc = 1;

	for (size_t i = 0; rc == 1 && sim_providers[i] != NULL; i++)
		rc = sim_providers[i]->set(name, value);
	return rc;
}
