/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the simulated vendors, whichever there are. */
#include "tests/simulator/core/provider.h"

#include <string.h>

static const struct sim_provider *const none[] = { NULL };
const struct sim_provider *const *sim_providers = none;

bool
sim_provider_is(const struct sim_provider *p, const char *name)
{
	return strcmp(name, p->name) == 0 || strcmp(name, p->vendor) == 0 ||
	    (p->alias != NULL && strcmp(name, p->alias) == 0);
}

int
sim_setting(const char *name, int value)
{
	const struct sim_provider *p;
	int rc = 1;

	for (size_t i = 0; rc == 1 && (p = sim_providers[i]) != NULL; i++)
		if (p->set != NULL)
			rc = p->set(name, value);
	return rc;
}

int
sim_push(const char *to, const char *identity, const char *action)
{
	const struct sim_provider *p;
	int rc = 1;

	for (size_t i = 0; rc == 1 && (p = sim_providers[i]) != NULL; i++)
		if (p->push != NULL)
			rc = p->push(to, identity, action);
	return rc;
}

const char *
sim_enrol(const char *to, const char *identity)
{
	const struct sim_provider *p;
	const char *id = NULL;

	for (size_t i = 0; id == NULL && (p = sim_providers[i]) != NULL; i++)
		if (p->enrol != NULL)
			id = p->enrol(to, identity);
	return id;
}
