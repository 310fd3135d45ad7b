/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Telnyx Messages: /v2/messages. */
#ifndef SIM_TELNYX_SMS_H
#define SIM_TELNYX_SMS_H

extern const struct sim_provider telnyx_sms_provider;

#endif
