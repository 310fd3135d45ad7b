/* SPDX-License-Identifier: BSD-2-Clause */
/* Which vendor, and which of its calls, a request is for. */
#include "tests/simulator/http/route.h"

#include <stddef.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/request.h"

static unsigned int
method_bit(const char *method)
{
	if (strcmp(method, "GET") == 0)
		return SIM_GET;
	if (strcmp(method, "POST") == 0)
		return SIM_POST;
	if (strcmp(method, "DELETE") == 0)
		return SIM_DELETE;
	return 0;
}

/* One segment of the path for one of the pattern; the lengths are given. */
static bool
segment(struct sim_request *req, const char *want, size_t nw, const char *have,
    size_t nh)
{
	if (want[0] != '{')
		return nw == nh && memcmp(want, have, nw) == 0;
	if (nh == 0 || req->parts == SIM_PARTS_MAX ||
	    request_decode(have, nh, false, req->part[req->parts],
		sizeof(req->part[0])) == -1)
		return false;
	req->parts++;
	return true;
}

static bool
matches(struct sim_request *req, const char *pattern)
{
	const char *path = req->path;
	size_t nw, nh;

	req->parts = 0;
	for (;;) {
		nw = strcspn(pattern, "/");
		nh = strcspn(path, "/");
		if (!segment(req, pattern, nw, path, nh) ||
		    pattern[nw] != path[nh])
			return false;
		if (pattern[nw] == '\0')
			return true;
		pattern += nw + 1;
		path += nh + 1;
	}
}

/* The first route of that path whose methods have one of the bits. */
static bool
find(struct sim_request *req, unsigned int bits,
    const struct sim_provider **provider, const struct sim_route **route)
{
	const struct sim_provider *p;

	for (size_t i = 0; (p = sim_providers[i]) != NULL; i++)
		for (const struct sim_route *r = p->routes; r->path != NULL;
		     r++)
			if ((r->methods & bits) != 0 && matches(req, r->path)) {
				*provider = p;
				*route = r;
				return true;
			}
	return false;
}

bool
route_find(struct sim_request *req, const struct sim_provider **p,
    const struct sim_route **route, bool *allowed)
{
	*allowed = find(req, method_bit(req->method), p, route);
	return *allowed || find(req, ~0U, p, route);
}

const char *
route_endpoint(const struct sim_provider *p, const struct sim_route *route,
    const struct sim_request *req)
{
	return route->endpoint != NULL ? route->endpoint : p->endpoint(req);
}
