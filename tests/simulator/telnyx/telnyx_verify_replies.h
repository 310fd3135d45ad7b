/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Telnyx Verify words its answers: the members of the OpenAPI document.
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_TELNYX_VERIFY_REPLIES_H
#define SIM_TELNYX_VERIFY_REPLIES_H

#include <stdbool.h>
#include <stdint.h>

struct sim_reply;
struct telnyx_verification;

/* A verification: to its start and its fetch. */
void telnyx_say_one(struct sim_reply *, const struct telnyx_verification *);

/* All of an account to a number, the newest first, at most 25. */
void telnyx_say_list(struct sim_reply *, const char *number, uint64_t account);

/* To a check; the number as the caller is to see it, NULL for none. */
void telnyx_say_checked(struct sim_reply *, const char *number, bool accepted);

/* A verify profile by its id; and all there are. */
void telnyx_say_profile(struct sim_reply *, const char *id);
void telnyx_say_profiles(struct sim_reply *);

#endif
