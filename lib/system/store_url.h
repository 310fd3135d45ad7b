/* SPDX-License-Identifier: BSD-2-Clause */
/* The setting "state" when it names servers instead of a file. */
#ifndef TWOFA_STORE_URL_H
#define TWOFA_STORE_URL_H

#include <stdbool.h>
#include <stddef.h>

#define STORE_URL_HOSTS 8
#define STORE_URL_HOST_MAX 253
#define STORE_URL_DATABASE_MAX 63
#define STORE_URL_PORT 5432

struct store_url {
	size_t hosts; /* in the order they are tried */
	struct {
		char name[STORE_URL_HOST_MAX + 1];
		unsigned port;
	} host[STORE_URL_HOSTS];
	char database[STORE_URL_DATABASE_MAX + 1];
};

/* True when it names servers; store_url_read then checks it. */
bool store_url_is(const char *where);

/* postgresql://HOST[:PORT][,HOST[:PORT]...]/DATABASE. NULL, or a constant that
 * says what is wrong. */
const char *store_url_read(const char *where, struct store_url *);

#endif
