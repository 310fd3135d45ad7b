/* SPDX-License-Identifier: BSD-2-Clause */
/* The control side, /_sim: what tests ask of the simulator itself. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include <stdbool.h>

struct sim_reply;
struct sim_request;

/* From now on no path is the control side's: before the server starts. */
void control_off(void);

/* True when the path is the control side's. */
bool control_owns(const char *path);

/* Without the world's lock: answers, which for /_sim/wait may take long. */
void control_run(const struct sim_request *, struct sim_reply *);

/*
 * With the world's lock held, at start and for reset: everything as new, with
 * the settings that the command line gave (NAME=VALUE, NULL ends them).
 */
void control_reset(void);

/* Keeps the command line's settings: NULL, or what is wrong with one. */
const char *control_defaults(const char *const *settings);

#endif
