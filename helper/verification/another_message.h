/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What another message of a running verification is at its provider. Pure, so
 * that a decoy names the same keys as a verification.
 */
#ifndef TWOFA_ANOTHER_MESSAGE_H
#define TWOFA_ANOTHER_MESSAGE_H

#include "lib/settings/settings.h"
#include "lib/values/method.h"

enum another_message {
	ANOTHER_NONE = 0,
	ANOTHER_REPLACE, /* cancel where the vendor can, start another */
	ANOTHER_START,   /* start again, which is the next message of it */
	ANOTHER_STEP,    /* have the next of several steps come now */
};

/* After so many messages, the newest by `now`: how does one by `wanted` come
 * about? Whether record and rule allow that method is the caller's to know. */
enum another_message another_message_how(const struct provider_conf *,
    unsigned sends, enum method now, enum method wanted);

/* Methods that a key of their own switches to, among these; other than now. */
unsigned another_message_keys(const struct provider_conf *, unsigned sends,
    enum method now, unsigned methods);

#endif
