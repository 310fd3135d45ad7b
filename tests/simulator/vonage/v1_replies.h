/* SPDX-License-Identifier: BSD-2-Clause */
/* How Verify v1 words its answers. */
#ifndef SIM_V1_REPLIES_H
#define SIM_V1_REPLIES_H

#include "tests/simulator/vonage/v1_state.h"

struct cJSON;
struct sim_reply;

/* Any document with a status; takes it over. */
void v1_say(struct sim_reply *, struct cJSON *);

/* A status other than 0, with its error_text. */
__attribute__((format(printf, 3, 4))) void v1_refuse(
    struct sim_reply *, int status, const char *format, ...);

/* Status 2, naming the parameter. */
void v1_refuse_missing(struct sim_reply *, const char *name);

/* Status 10 with the open request's id, and status 7 with a network. */
void v1_say_concurrent(struct sim_reply *, const struct v1_verification *);
void v1_say_blocked(struct sim_reply *);

/* Success of start, check and control. */
void v1_say_started(struct sim_reply *, const char *id);
void v1_say_checked(struct sim_reply *, const struct v1_verification *);
void v1_say_controlled(struct sim_reply *, const char *cmd);

/* What control came to: success, or status 19. */
void v1_say_control(
    struct sim_reply *, enum v1_control, const char *id, const char *cmd);

#endif
