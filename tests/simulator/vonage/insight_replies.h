/* SPDX-License-Identifier: BSD-2-Clause */
/* What Number Insight says about a number, at each of its three levels. */
#ifndef SIM_INSIGHT_REPLIES_H
#define SIM_INSIGHT_REPLIES_H

#include <stdbool.h>

struct sim_reply;

enum insight_level {
	INSIGHT_BASIC = 0,
	INSIGHT_STANDARD,
	INSIGHT_ADVANCED,
};

struct insight_facts {
	char number[17];  /* digits */
	bool without_id;  /* leave request_id out */
	bool partial;     /* status 43: the live lookup failed */
	bool not_valid;   /* no such number */
	bool absent;      /* switched off */
	const char *type; /* network_type */
};

/* The network_type of a number from 0, or NULL behind the last. */
const char *insight_type(int n);

/* True for a number of a country that the simulator knows. */
bool insight_country_known(const char *number);
/* Its two letters. */
const char *insight_country(const char *number);

/* HTTP is 200 whatever the status says; text is the status_message. */
void insight_refuse(struct sim_reply *, int status, const char *text);

void insight_say(
    struct sim_reply *, enum insight_level, const struct insight_facts *);

#endif
