/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Authy API: users and their tokens. OneTouch and the phone
 * verifications of the same API have files of their own.
 */
#ifndef SIM_AUTHY_H
#define SIM_AUTHY_H

extern const struct sim_provider authy_provider;

#endif
