/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Authy API: OneTouch, /onetouch/json. */
#ifndef SIM_AUTHY_ONETOUCH_H
#define SIM_AUTHY_ONETOUCH_H

extern const struct sim_provider authy_onetouch_provider;

#endif
