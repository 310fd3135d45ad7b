/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Authy API: phone verifications, without a user. */
#ifndef SIM_AUTHY_PHONES_H
#define SIM_AUTHY_PHONES_H

extern const struct sim_provider authy_phones_provider;

#endif
