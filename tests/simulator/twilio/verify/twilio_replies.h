/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Twilio words verifications and their checks: the members and order of
 * the OpenAPI document.
 */
#ifndef SIM_TWILIO_REPLIES_H
#define SIM_TWILIO_REPLIES_H

struct sim_reply;
struct twilio_verification;

/* word: the status to tell, or NULL for the true one. */
void twilio_say_verification(struct sim_reply *, int http,
    const struct twilio_verification *, const char *word);

void twilio_say_check(struct sim_reply *, int http,
    const struct twilio_verification *, const char *word);

/* The words that settings choose from 1; "" below and above. */
const char *twilio_status_word(int index);

#endif
