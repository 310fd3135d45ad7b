/* SPDX-License-Identifier: BSD-2-Clause */
/* The effects of a right code, in the embedded store. */
#include "helper/state/sqlite/store_steps.h"

int
store_right_step(
    struct store *s, const struct store_right *right, bool recovery)
{
	if (store_guess_right_step(s, right->user, right->source, recovery) !=
	    0)
		return -1;
	if ((right->service != NULL && store_passed_step(s, right) != 0) ||
	    store_answered_note(s, right) != 0)
		return -1;
	return right->binding == NULL ? 0 : store_remembered_step(s, right);
}
