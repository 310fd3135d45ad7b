/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who rolls a trial back when nobody confirms it: a timer of systemd's, else a
 * process that no hang-up ends. Both run "twofactl rollback --timer ID", which
 * does nothing to another trial.
 */
#ifndef TWOFA_TRIAL_TIMER_H
#define TWOFA_TRIAL_TIMER_H

#include <stdbool.h>

#include "twofactl/install/trial.h"

/* Is systemd this machine's first process? */
bool trial_timer_systemd(void);

/* 0, or -1 with cause. */
int trial_timer_arm(const struct trial *, char cause[TRIAL_CAUSE]);
/* The trial is over; what comes too late does nothing. */
void trial_timer_disarm(const struct trial *);

/* Until then by a clock (clock_ms) that no change of the time of day moves. */
void trial_timer_wait(int64_t deadline_ms);

/* Does a boot roll back? false: no unit of ours is enabled that would. */
bool trial_timer_at_boot(void);

#define TRIAL_TIMER_CLOCK 16

/* When it ends, as a clock here shows it: "18:37:25". */
void trial_timer_clock(const struct trial *, char out[TRIAL_TIMER_CLOCK]);

/* This boot's number, as the kernel writes it. 0, or -1 with cause. */
int trial_boot(char out[TRIAL_BOOT], char cause[TRIAL_CAUSE]);

#endif
