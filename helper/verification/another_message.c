/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/verification/another_message.h"

#include "helper/providers/providers.h"

/* True when an administrator has set a workflow of several steps and this
 * verification uses it (another channel has one step). */
static bool
on_steps(const struct provider_conf *p, unsigned sends, enum method now)
{
	const struct provider_type *type = p->type;
	enum method step;

	if (type->next_method == NULL ||
	    provider_ops(type)->next_request == NULL ||
	    type->next_method(p, 1) == METHOD_NONE)
		return false;
	step = type->next_method(p, sends > 0 ? sends - 1 : 0);
	return step == METHOD_NONE || step == now;
}

enum another_message
another_message_how(const struct provider_conf *p, unsigned sends,
    enum method now, enum method wanted)
{
	if ((provider_methods(p) & METHODS_CODE & METHOD_BIT(wanted)) == 0)
		return ANOTHER_NONE;
	if (on_steps(p, sends, now))
		return p->type->next_method(p, sends) == wanted ? ANOTHER_STEP
								: ANOTHER_NONE;
	switch (p->type->again) {
	case AGAIN_SAME:
		return ANOTHER_START;
	case AGAIN_REPLACE:
		break;
	}
	return ANOTHER_REPLACE;
}

unsigned
another_message_keys(const struct provider_conf *p, unsigned sends,
    enum method now, unsigned methods)
{
	static const enum method keys[] = { METHOD_VOICE, METHOD_WHATSAPP,
		METHOD_EMAIL };
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((methods & METHOD_BIT(keys[i])) != 0 && keys[i] != now &&
		    another_message_how(p, sends, now, keys[i]) != ANOTHER_NONE)
			found |= METHOD_BIT(keys[i]);
	return found;
}
