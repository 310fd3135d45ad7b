/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one simulated vendor is: a table of routes and a few functions. Adding
 * a vendor is its own folder, its line in vendors.c, and a call of it in a
 * tests/sim/vendors/half_VENDOR.py, which all faults are tried on.
 */
#ifndef SIM_PROVIDER_H
#define SIM_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

struct sim_reply;
struct sim_request;

enum {
	SIM_GET = 1,
	SIM_POST = 2,
	SIM_DELETE = 4,
};

struct sim_route {
	unsigned int methods; /* SIM_GET | SIM_POST | SIM_DELETE */
	/*
	 * Exact, as it stands in the request line, but for whole segments
	 * "{}": each takes one that is not empty, see sim_request.part.
	 * "{code}" does the same, and the request log does not show it. The
	 * first route of that path and method is taken.
	 */
	const char *path;
	/* start, check, resend, cancel, poll, lookup or control; NULL when
	 * the request tells which, see sim_provider.endpoint. */
	const char *endpoint;
	/* With the world's lock held: changes the state, fills the reply. */
	void (*handle)(const struct sim_request *, struct sim_reply *);
};

/*
 * Where faults find what a client of this vendor judges. Paths are dotted:
 * "data.phone_number", "errors.0.code".
 */
struct sim_shape {
	const char *verdict;    /* its path; NULL: HTTP's status alone */
	const char *good;       /* the verdict's text when all is well */
	const char *const *ids; /* the first one in a reply is its id */
};

/*
 * All functions are called with the world's lock held. NULL for those that a
 * vendor has no use for. tests/sim/test_faults_halves.py tries all faults on
 * each, so all need throttled, internal and shape. One that sends needs sample,
 * too: without it a fault that strikes "before" sends the message.
 */
struct sim_provider {
	const char *name;               /* as the type in twofa.conf */
	const char *alias;              /* another name of it, or NULL */
	const char *vendor;             /* as in the credentials file */
	const struct sim_route *routes; /* a NULL path ends them */
	/* Which endpoint a request to a route without one is for. */
	const char *(*endpoint)(const struct sim_request *);
	void (*reset)(void);
	int64_t (*next_due)(void); /* of its first timer, or WORLD_NEVER */
	void (*fire)(void);        /* that timer, at world_now() */
	/* A look-alike of success that changes nothing, for faults that
	 * strike before the request is acted on. */
	void (*sample)(const struct sim_request *, struct sim_reply *);
	void (*throttled)(struct sim_reply *);
	/* The vendor's own words for a failure of its servers, HTTP 500. */
	void (*internal)(struct sim_reply *);
	/* The path is known, the request is not taken: 405, or 413 when it is
	 * too long. Without it a page of a front server. */
	void (*refuse)(
	    const struct sim_request *, int http, struct sim_reply *);
	/* 1 not mine, 0 set, -1 out of range. */
	int (*set)(const char *name, int value);
	/* What the phone's owner does with the newest push that waits; to or
	 * identity is NULL, action is "approve" or "deny". 0 done, 1 not
	 * mine, -1 nothing is waiting. */
	int (*push)(const char *to, const char *identity, const char *action);
	/* Makes the phone of that number, NULL: of none, one that pushes to
	 * the identity reach: the vendor's id of it, or NULL. */
	const char *(*enrol)(const char *to, const char *identity);
	const struct sim_shape *shape;
	/* Fields, of query or body, that the request log must never show, and
	 * those that hold codes; a NULL ends each. "api_secret", "code" and
	 * "pin_code" are known to it. No test finds one that is forgotten. */
	const char *const *secrets;
	const char *const *codes;
};

/*
 * Those that there are, NULL ends them: none until main sets this, before any
 * thread starts. What is below the vendors reaches them by this alone.
 */
extern const struct sim_provider *const *sim_providers;

/* By name, alias or vendor. */
bool sim_provider_is(const struct sim_provider *, const char *name);

/* A setting by its name for whichever provider knows it; as set above. */
int sim_setting(const char *name, int value);

/* As push above, by whichever provider it concerns. */
int sim_push(const char *to, const char *identity, const char *action);

/* As enrol above, by the first provider that can. */
const char *sim_enrol(const char *to, const char *identity);

#endif
