/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a user or person has beside the record and loses with it: an app's
 * secret, recovery codes, remembered logins.
 */
#ifndef TWOFA_BESIDE_RECORD_H
#define TWOFA_BESIDE_RECORD_H

#include <stdint.h>

#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

/* All are about ctl->kept. */

/* Remove what `totp` wrote, and the leftovers of a killed one; errors are
 * reported. */
void beside_record_secret(const struct ctl *);
/* Remove the recovery codes, and what else the state keeps of the name; *left:
 * how many codes there were. CTL_DONE, or after complaining. */
enum ctl_exit beside_record_codes(const struct ctl *, int64_t *left);
/* The same of this host's break-glass codes, and says so. */
enum ctl_exit beside_record_local(
    const struct ctl *, const struct settings *, int64_t *left);
/* Forget the remembered logins of ctl->kept, or, for a person with a user's
 * factors, of that user at the account; *forgot: how many. Returns like
 * helper_request. */
enum ctl_exit beside_record_forget(const struct ctl *, int64_t *forgot);
/* Remove everything of a person. CTL_DONE, or after complaining CTL_FAILED. */
enum ctl_exit beside_record_person(const struct ctl *, const struct settings *);
/* Say that the codes are still there. CTL_FAILED. */
enum ctl_exit beside_record_stays(const struct ctl *);

#endif
