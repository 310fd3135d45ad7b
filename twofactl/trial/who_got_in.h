/* SPDX-License-Identifier: BSD-2-Clause */
/* Who passed a service with a code since a trial began. */
#ifndef TWOFA_WHO_GOT_IN_H
#define TWOFA_WHO_GOT_IN_H

#include "lib/identity/kept_name.h"
#include "twofactl/arguments/command.h"

#define WHO_GOT_IN_MAX 64

struct who_got_in {
	unsigned count; /* of those that are kept */
	struct {
		char user[KEPT_NAME_MAX + 1]; /* as the state calls them */
		bool admin;                   /* could become root */
	} who[WHO_GOT_IN_MAX];
};

/* By this service, or the second name that it has (sudo-i, su-l), since then:
 * seconds since 1970. CTL_DONE, or after complaining. */
enum ctl_exit who_got_in(const struct ctl *, const char *service, int64_t since,
    struct who_got_in *);

#endif
