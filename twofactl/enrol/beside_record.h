/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a user, or a person, has beside the record, and what is to go with it:
 * the secret of an app, recovery codes, remembered logins.
 */
#ifndef TWOFA_BESIDE_RECORD_H
#define TWOFA_BESIDE_RECORD_H

#include <stdint.h>

#include "twofactl/arguments/command.h"

/* All are about ctl->kept. */

/* What `totp` wrote, and what one that was killed has left; trouble is told. */
void beside_record_secret(const struct ctl *);
/* End the recovery codes; *left: how many there were. CTL_DONE, or after
 * complaining. */
enum ctl_exit beside_record_codes(const struct ctl *, int64_t *left);
/* End remembered logins, of ctl->kept or, of who has the factors of a user,
 * those of that user at the account; *forgot: how many. As helper_request. */
enum ctl_exit beside_record_forget(const struct ctl *, int64_t *forgot);
/* All of a person's. CTL_DONE, or after complaining CTL_FAILED. */
enum ctl_exit beside_record_person(const struct ctl *);
/* Say that the codes are still there. CTL_FAILED. */
enum ctl_exit beside_record_stays(const struct ctl *);

#endif
