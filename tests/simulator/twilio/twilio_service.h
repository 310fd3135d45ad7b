/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio's Verify services: what POST and GET /v2/Services make and show, and
 * what verifications and factors take from them. A service that nobody
 * created has the vendor's defaults and belongs to the account that first
 * asked for it, unless the setting strict_services is on. All with the
 * world's lock held.
 */
#ifndef SIM_TWILIO_SERVICE_H
#define SIM_TWILIO_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/twilio/twilio_params.h"

struct twilio_service {
	char sid[TWILIO_SID];
	char account[TWILIO_SID];
	char name[128];
	char tts_name[128];
	int code_length;
	bool lookup, psd2, skip_landlines, dtmf, warning, custom_code, events;
	bool push_date; /* details of a push carry the date */
	char issuer[128];
	int totp_step, totp_length, totp_skew; /* -1: not set */
	int64_t created;
};

/*
 * The service in part 0 of the path, for an admitted request of its account
 * or of an API key. NULL when reply says no already.
 */
const struct twilio_service *twilio_service_of(
    const struct sim_request *, struct sim_reply *);

void twilio_service_create(const struct sim_request *, struct sim_reply *);
void twilio_service_fetch(const struct sim_request *, struct sim_reply *);

void twilio_service_reset(void);

#endif
