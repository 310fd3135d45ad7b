/* SPDX-License-Identifier: BSD-2-Clause */
/* Which vendor, and which of its calls, a request is for. */
#ifndef SIM_ROUTE_H
#define SIM_ROUTE_H

#include <stdbool.h>

struct sim_provider;
struct sim_request;
struct sim_route;

/*
 * The provider and route of a raw path, or false; fills the request's parts.
 * *allowed tells whether the route takes the method.
 */
bool route_find(struct sim_request *, const struct sim_provider **,
    const struct sim_route **, bool *allowed);

/* What that route of the provider is for, see sim_route.endpoint. */
const char *route_endpoint(const struct sim_provider *,
    const struct sim_route *, const struct sim_request *);

#endif
