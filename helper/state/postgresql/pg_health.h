/* SPDX-License-Identifier: BSD-2-Clause */
/* The looks of `twofactl doctor` at a server, between their two files. */
#ifndef TWOFA_PG_HEALTH_H
#define TWOFA_PG_HEALTH_H

#include "helper/state/postgresql/pg.h"
#include "lib/wire/wire.h"

struct pg_health {
	const char *where;
	const struct store_session *me;
	int64_t wall, since; /* our clock then, and frame_clock_ms */
	void *ctx;
	void (*found)(void *ctx, const struct store_finding *);
	const char *server;         /* which is looked at; NULL: all of them */
	size_t primaries, standbys; /* that were found so far */
	char started[32], first[101]; /* of the first primary */
};

/* Columns of twofa_v1.health. */
enum pg_health_column {
	HEALTH_ROLE,
	HEALTH_BACKEND,
	HEALTH_STARTED,
	HEALTH_WALL,
	HEALTH_SYNC,
	HEALTH_STANDBYS,
	HEALTH_IN_STEP,
	HEALTH_USED,
	HEALTH_MOST,
	HEALTH_PRINTED,
	HEALTH_FLEET_KEY,
};

void pg_health_say(const struct pg_health *, bool problem, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void pg_health_free(struct store *);
/* One of its functions without arguments: how many rows it gave, or less than
 * zero. The caller closes c. */
int pg_health_ask(struct pg_call *c, struct store *, const char *function);

/* Its standbys, clock, connections and log. */
void pg_health_settings(
    const struct pg_health *, const struct store *, const struct pg_call *);
/* Are these two connections two, and this host's? second: of the same server,
 * not yet connected. */
void pg_health_pooler(const struct pg_health *, const struct store *,
    const struct pg_call *, struct store *second);
/* What it took, beside what it may take. */
void pg_health_times(const struct pg_health *, const struct store *,
    int64_t connect_ms, int64_t call_ms);
/* What all servers may take. */
void pg_health_connecting(const struct pg_health *, const struct store *);
void pg_health_certificates(const struct pg_health *, const struct store *);
/* What the server itself says is wrong there. */
void pg_health_risks(const struct pg_health *, struct store *);
void pg_health_blockers(const struct pg_health *, struct store *);

#endif
