/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `twofactl status` prints, as a table, as JSON or as text for Prometheus.
 */
#ifndef TWOFA_STATUS_TABLE_H
#define TWOFA_STATUS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "twofactl/report/time_span.h"

#define STATUS_SOURCE_MAX 127 /* with the host that it is one of */
#define STATUS_TOTALS 4
#define STATUS_LIMIT_MAX 31
#define STATUS_METHOD_MAX 15
#define STATUS_SUCCESSES 100 /* providers times methods, and removed ones */

/* Indexes of status_row.number, in the order of items.h. */
enum status_number {
	STATUS_WRONG = 0,
	STATUS_LOCKED_S,
	/* only of a user over all sources */
	STATUS_SHUT,
	STATUS_HOUR,
	STATUS_DAY,
	STATUS_CODES,
	STATUS_GRACE,
	STATUS_NUMBERS,
};

struct status_row {
	bool of_user;                 /* over all sources; else from source */
	bool enrolled;                /* has a record, even without data */
	char user[KEPT_NAME_MAX + 1]; /* or a person: values.h */
	char source[STATUS_SOURCE_MAX + 1];
	int64_t number[STATUS_NUMBERS];
};

struct status_provider {
	char name[CONFIG_NAME_MAX + 1];
	int64_t passed_s; /* for how long it is passed over; 0: it is not */
};

struct status_success {
	char provider[CONFIG_NAME_MAX + 1]; /* "": a factor without provider */
	char method[STATUS_METHOD_MAX + 1];
	int64_t at; /* seconds since 1970 */
};

/* A state that hosts share: which of them asked which server. */
#define STATUS_HOST_MAX 63
#define STATUS_SERVER_MAX 255
struct status_store {
	char host[STATUS_HOST_MAX + 1]; /* "": no such state */
	char server[STATUS_SERVER_MAX + 1];
	bool shown; /* counts of users come as well */
};

struct status_host {
	char name[STATUS_HOST_MAX + 1];
	int64_t hour, day; /* messages */
};

struct status {
	struct status_store store;
	struct status_host *host; /* the caller frees */
	size_t hosts;
	struct status_row *row; /* the caller frees */
	size_t count, cap;
	bool totals_known;            /* and what follows: of the host */
	int64_t total[STATUS_TOTALS]; /* hour, day, spent today, in 30 days */
	struct status_provider provider[CONFIG_PROVIDERS_MAX];
	size_t providers;
	struct status_success success[STATUS_SUCCESSES];
	size_t successes;
	/* of one user: for how long no messages are sent, by which limit */
	bool wait_known;
	int64_t wait_s;
	char wait_limit[STATUS_LIMIT_MAX + 1];
};

/* A source that is another one on each host has its host before it: the length
 * of that one's name, or 0. */
size_t status_source_host(const char *source);
void status_table_table(const struct status *);
void status_table_json(const struct status *);
void status_prometheus_print(const struct status *);
/* The host's part: providers, and their last logins. */
void status_providers_table(const struct status *);
/* Of hosts that share the state: the messages of each, and of all. */
void status_hosts_table(const struct status *);
void status_hosts_json(const struct status *);
/* ,"providers":[...],"successes":[...] */
void status_providers_json(const struct status *);

#endif
