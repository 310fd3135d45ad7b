/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection for each provider that a login uses, kept until the login
 * ends.
 */
#ifndef TWOFA_CONNECTIONS_H
#define TWOFA_CONNECTIONS_H

#include "helper/dialogue/dialogue.h"
#include "helper/net/net.h"
#include "lib/settings/settings.h"

struct connections {
	const struct settings *conf;
	struct http *http[CONFIG_PROVIDERS_MAX];
};

/* Opens no connection yet. */
void connections_init(
    struct connections *, const struct settings *, struct connection *);
void connections_close(struct connections *);

#endif
