/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry of simulated vendors: one line each. */
#include "tests/simulator/provider.h"

#include <string.h>

#include "tests/simulator/authy.h"
#include "tests/simulator/authy_onetouch.h"
#include "tests/simulator/authy_phones.h"
#include "tests/simulator/insight.h"
#include "tests/simulator/telnyx_lookup.h"
#include "tests/simulator/telnyx_sms.h"
#include "tests/simulator/telnyx_verify.h"
#include "tests/simulator/twilio_lookup.h"
#include "tests/simulator/twilio_push.h"
#include "tests/simulator/twilio_verify.h"
#include "tests/simulator/v1.h"
#include "tests/simulator/v2.h"

const struct sim_provider *const sim_providers[] = {
	&v1_provider,
	&v2_provider,
	&insight_provider,
	&twilio_verify_provider,
	&twilio_push_provider,
	&twilio_lookup_provider,
	&telnyx_verify_provider,
	&telnyx_sms_provider,
	&telnyx_lookup_provider,
	&authy_provider,
	&authy_onetouch_provider,
	&authy_phones_provider,
	NULL,
};

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
