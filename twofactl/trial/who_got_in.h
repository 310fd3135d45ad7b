/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has logged in to a service with a code since a trial began. */
#ifndef TWOFA_WHO_GOT_IN_H
#define TWOFA_WHO_GOT_IN_H

#include "lib/values/values.h"
#include "twofactl/terminal/terminal.h"

#define WHO_GOT_IN_MAX 64

struct who_got_in {
	unsigned count; /* number of entries here */
	struct {
		char user[KEPT_NAME_MAX + 1]; /* as in the state */
		bool admin;                   /* could become root */
	} who[WHO_GOT_IN_MAX];
};

/* For this service or its second name (sudo-i, su-l), since that time: seconds
 * since 1970. CTL_DONE, or after complaining. */
enum ctl_exit who_got_in(const struct ctl *, const char *service, int64_t since,
    struct who_got_in *);

#endif
