/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a provider sends another message for a running verification. Pure, so
 * that a decoy offers the same keys as a verification.
 */
#ifndef TWOFA_ANOTHER_MESSAGE_H
#define TWOFA_ANOTHER_MESSAGE_H

#include "lib/settings/settings.h"
#include "lib/values/values.h"

enum another_message {
	ANOTHER_NONE = 0,
	ANOTHER_REPLACE, /* cancel if the vendor can, then start another */
	ANOTHER_START,   /* start again: the verification's next message */
	ANOTHER_STEP,    /* ask for the next of several steps now */
};

/* How another message by method `wanted` is sent, after so many messages, the
 * newest by `now`. The caller checks that record and rule allow that method. */
enum another_message another_message_how(const struct provider_conf *,
    unsigned sends, enum method now, enum method wanted);

/* Those of the methods, except now, that have a key to switch to them. */
unsigned another_message_keys(const struct provider_conf *, unsigned sends,
    enum method now, unsigned methods);

#endif
