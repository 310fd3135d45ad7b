/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's lists: a page of them, and the meta that leads to the others. */
#ifndef SIM_TWILIO_PAGES_H
#define SIM_TWILIO_PAGES_H

struct cJSON;
struct sim_reply;
struct sim_request;

/*
 * Answers with the page of list, which it takes over, that PageSize and Page
 * in the query ask for, as member key.
 */
void twilio_say_page(const struct sim_request *, struct sim_reply *,
    const char *key, struct cJSON *list);

#endif
