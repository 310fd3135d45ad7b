/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated gateway for http-sms: /gateway/messages. */
#ifndef SIM_GATEWAY_H
#define SIM_GATEWAY_H

extern const struct sim_provider http_sms_provider;

#endif
