/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio's calls about challenges: those that an app's owner approves or
 * denies, and those that a code answers.
 */
#ifndef SIM_TWILIO_ASK_H
#define SIM_TWILIO_ASK_H

struct sim_reply;
struct sim_request;

void twilio_ask_open(const struct sim_request *, struct sim_reply *);
void twilio_ask_answer(const struct sim_request *, struct sim_reply *);
void twilio_ask_fetch(const struct sim_request *, struct sim_reply *);
void twilio_ask_list(const struct sim_request *, struct sim_reply *);
void twilio_ask_notify(const struct sim_request *, struct sim_reply *);

#endif
