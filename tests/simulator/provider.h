/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one simulated vendor is: a table of routes and a few functions. Adding
 * a vendor is its own file, or files, and its line in providers.c.
 */
#ifndef SIM_PROVIDER_H
#define SIM_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_request;

/* An answer in the making. sim_reply_free releases the body. */
struct sim_reply {
	int http;          /* 200, ... */
	const char *type;  /* of the body, a constant; NULL: no body */
	char *body;        /* malloc'ed */
	size_t len;        /* of the body */
	char result[24];   /* the vendor's own verdict, for the request log */
	char header[32];   /* one more header, "" for none ... */
	char content[256]; /* ... and its value */
};

/* Takes over body, which cJSON or malloc made; NULL becomes a plain 500. */
void sim_reply_json(struct sim_reply *, int http, char *body);

/* A page as a vendor's front server would send it, copied. */
void sim_reply_html(struct sim_reply *, int http, const char *title);

void sim_reply_free(struct sim_reply *);

enum {
	SIM_GET = 1,
	SIM_POST = 2,
};

struct sim_route {
	unsigned int methods; /* SIM_GET | SIM_POST */
	const char *path;     /* exact, as it stands in the request line */
	/* start, check, resend, cancel, poll, lookup or control. */
	const char *(*endpoint)(const struct sim_request *);
	/* With the world's lock held: changes the state, fills the reply. */
	void (*handle)(const struct sim_request *, struct sim_reply *);
};

/* All functions are called with the world's lock held. */
struct sim_provider {
	const char *name;               /* as the type in twofa.conf */
	const char *vendor;             /* as in the credentials file */
	const struct sim_route *routes; /* a NULL path ends them */
	void (*reset)(void);
	int64_t (*next_due)(void); /* of its first timer, or WORLD_NEVER */
	void (*fire)(void);        /* that timer, at world_now() */
	/* A look-alike of success that changes nothing, for faults that
	 * strike before the request is acted on. */
	void (*sample)(const struct sim_request *, struct sim_reply *);
	void (*throttled)(struct sim_reply *);
	/* 1 not mine, 0 set, -1 out of range. */
	int (*set)(const char *name, int value);
};

extern const struct sim_provider *const sim_providers[]; /* NULL ends them */

/*
 * The provider and route of a raw path, or false. *allowed tells whether the
 * method is one of the route's.
 */
bool sim_route_find(const struct sim_request *, const struct sim_provider **,
    const struct sim_route **, bool *allowed);

/* A setting by its name for whichever provider knows it; as set above. */
int sim_setting(const char *name, int value);

#endif
