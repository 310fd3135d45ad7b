/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rolls a trial back when it is not confirmed: a timer of systemd's, or a
 * process that survives a hang-up. Both run "twofactl rollback --timer ID",
 * which ignores other trials.
 */
#ifndef TWOFA_TRIAL_TIMER_H
#define TWOFA_TRIAL_TIMER_H

#include <stdbool.h>

#include "twofactl/install/trial.h"

/* Is systemd this machine's first process? */
bool trial_timer_systemd(void);

/* 0, or -1 with cause. */
int trial_timer_arm(const struct trial *, char cause[TRIAL_CAUSE]);
/* The trial is over; a timer that fires later does nothing. */
void trial_timer_disarm(const struct trial *);

/* Wait until then by a clock (clock_ms) that changes of the time of day do not
 * affect. */
void trial_timer_wait(int64_t deadline_ms);

/* Does a boot roll back? false: our unit for it is not enabled. */
bool trial_timer_at_boot(void);

#define TRIAL_TIMER_CLOCK 16

/* The end by this host's clock: "18:37:25". */
void trial_timer_clock(const struct trial *, char out[TRIAL_TIMER_CLOCK]);

/* This boot's id, as the kernel writes it. 0, or -1 with cause. */
int trial_boot(char out[TRIAL_BOOT], char cause[TRIAL_CAUSE]);

#endif
