/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/providers/vonage_workflow.h"

#define STEPS_MAX 3

static const enum method workflows[][STEPS_MAX] = {
	[1] = { METHOD_SMS, METHOD_VOICE, METHOD_VOICE },
	[2] = { METHOD_SMS, METHOD_SMS, METHOD_VOICE },
	[3] = { METHOD_VOICE, METHOD_VOICE },
	[4] = { METHOD_SMS, METHOD_SMS },
	[5] = { METHOD_SMS, METHOD_VOICE },
	[6] = { METHOD_SMS },
	[7] = { METHOD_VOICE },
};
#define WORKFLOWS ((long)(sizeof(workflows) / sizeof(workflows[0])))
/* The time until the last step has come by itself (the vendor's guide
 * "Workflows and events"); the last step stays open as long as its code, and at
 * least 300 s. */
static const unsigned waits_s[] = {
	[1] = 125 + 180,
	[2] = 125 + 180,
	[3] = 150,
	[4] = 120,
	[5] = 125,
};
#define WAITS ((long)(sizeof(waits_s) / sizeof(waits_s[0])))
#define LAST_WAIT_MS 300000
#define WORKFLOW_SMS 6
#define WORKFLOW_CALL 7

enum method
vonage_step(long workflow, unsigned n)
{
	if (workflow < 1 || workflow >= WORKFLOWS || n >= STEPS_MAX)
		return METHOD_NONE;
	return workflows[workflow][n];
}

int64_t
vonage_life_ms(long workflow, int64_t expiry_ms)
{
	if (workflow < 1 || workflow >= WAITS)
		return expiry_ms;
	if (expiry_ms < LAST_WAIT_MS)
		expiry_ms = LAST_WAIT_MS;
	return expiry_ms + waits_s[workflow] * INT64_C(1000);
}

unsigned
vonage_steps(long workflow)
{
	unsigned n = 0;

	while (vonage_step(workflow, n) != METHOD_NONE)
		n++;
	return n;
}

long
vonage_workflow(long set, enum method method)
{
	if (vonage_step(set, 0) == method)
		return set;
	if (method == METHOD_SMS)
		return WORKFLOW_SMS;
	return method == METHOD_VOICE ? WORKFLOW_CALL : 0;
}
