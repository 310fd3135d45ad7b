/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vendor API request as the simulator understands it: raw path, credentials
 * and the fields of query, form or JSON, all in bounded arrays.
 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
	REQUEST_BODY_MAX = 65536,
	REQUEST_FIELDS_MAX = 64,
	SIM_PARTS_MAX = 6,
};

enum request_scheme {
	REQUEST_NO_AUTH = 0,
	REQUEST_BASIC,
	REQUEST_BEARER,
	REQUEST_OTHER_AUTH,
	REQUEST_QUERY_AUTH, /* api_key in the query ... */
	REQUEST_FORM_AUTH,  /* ... in a form body ... */
	REQUEST_JSON_AUTH,  /* ... in a JSON body */
};

enum request_source {
	REQUEST_FROM_QUERY = 0,
	REQUEST_FROM_FORM,
	REQUEST_FROM_JSON,
};

/* What a value was in JSON; all else is text. */
enum request_type {
	REQUEST_TEXT = 0,
	REQUEST_NUMBER,
	REQUEST_BOOL, /* "true" or "false" */
	REQUEST_NULL,
	REQUEST_OBJECT, /* its members follow ... */
	REQUEST_ARRAY,  /* ... and so do its elements */
};

/*
 * JSON is flattened: {"workflow":[{"to":"x"}]} becomes "workflow" and
 * "workflow.0", which have no value, and "workflow.0.to".
 */
struct request_field {
	char name[64];
	char value[1101];
	bool bad; /* too long, a NUL inside, null, object or array */
	enum request_type type;
	enum request_source source;
};

struct sim_request {
	char method[16];
	char path[256];        /* raw: nothing is decoded */
	char query[4096];      /* raw, without the question mark */
	char content_type[64]; /* lower case, without parameters */
	char auth[4096];       /* the Authorization header */
	char authy_key[128];   /* the X-Authy-API-Key header */
	char *body;            /* malloc'ed, with a NUL behind it */
	size_t len;
	bool headers_seen; /* the server's own note */
	bool too_long;     /* query or body did not fit and was cut */
	unsigned int conn; /* number of the TCP connection, from 1 */

	enum request_scheme scheme;
	char key[128]; /* the account, from whichever place; "": Bearer */
	char secret[2048];
	bool bad_auth; /* Basic or Bearer that cannot be read */
	bool bad_json; /* by its type JSON, but no object; empty is none */
	char part[SIM_PARTS_MAX][128]; /* what the route's {} stood for ... */
	size_t parts;                  /* ... decoded, but '+' kept */
	struct request_field field[REQUEST_FIELDS_MAX];
	size_t fields;
};

/* Wipes and frees what a request holds, not the struct. */
void request_wipe(struct sim_request *);

/* The first field of that name with anything in it, or NULL. */
const struct request_field *request_field(
    const struct sim_request *, const char *name);

/* The value of such a field, or NULL when it is absent or bad. */
const char *request_value(const struct sim_request *, const char *name);

/* Room for one more field of that name, NULL when there is none. */
struct request_field *request_add(
    struct sim_request *, const char *name, enum request_source);

/* "basic", "form", ...: for the request log. */
const char *request_scheme_name(enum request_scheme);

/*
 * Decodes %xx, and with plus also '+' as a blank, into out. -1 when it does
 * not fit or holds a NUL.
 */
int request_decode(
    const char *in, size_t len, bool plus, char *out, size_t size);

/* A parameter of a raw query, decoded but with '+' kept: 0, or -1. */
int request_query(const char *query, const char *name, char *out, size_t size);

#endif
