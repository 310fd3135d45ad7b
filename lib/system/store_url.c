/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own parser: libpq's would also take passwords, options and file names. */
#include "lib/system/store_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "postgresql://"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

bool
store_url_is(const char *where)
{
	return strncmp(where, SCHEME, strlen(SCHEME)) == 0;
}

/* Copy text[len] to out[cap] if it has only these characters and fits. */
static bool
take(const char *text, size_t len, const char *of, char *out, size_t cap)
{
	if (len == 0 || len >= cap || strspn(text, of) < len)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool
read_port(const char *text, size_t len, unsigned *port)
{
	char digits[6];

	if (!take(text, len, DIGITS, digits, sizeof(digits)))
		return false;
	*port = (unsigned)strtoul(digits, NULL, 10);
	return *port > 0 && *port <= 65535;
}

/* A name, or an address in brackets if it has colons. */
static const char *
read_host(const char *text, size_t len, struct store_url *u)
{
	const char *colon = memchr(text, ':', len);
	const char *end = text[0] == '[' ? memchr(text, ']', len) : NULL;
	size_t name = colon == NULL ? len : (size_t)(colon - text);
	char *out;

	if (u->hosts == STORE_URL_HOSTS)
		return "has more than 8 hosts";
	out = u->host[u->hosts].name;
	u->host[u->hosts].port = STORE_URL_PORT;
	if (end != NULL) {
		name = (size_t)(end - text) + 1;
		if (memchr(text, ':', name) == NULL ||
		    !take(text + 1, name - 2, DIGITS "abcdefABCDEF:.", out,
			STORE_URL_HOST_MAX + 1))
			return "has an address that is none in its brackets";
	} else if (!take(text, name, LETTERS DIGITS ".-_", out,
		       STORE_URL_HOST_MAX + 1)) {
		return "has a host that is no name";
	}
	if (name < len &&
	    (text[name] != ':' ||
		!read_port(
		    text + name + 1, len - name - 1, &u->host[u->hosts].port)))
		return "has a port that is not from 1 to 65535";
	u->hosts++;
	return NULL;
}

const char *
store_url_read(const char *where, struct store_url *u)
{
	const char *at = where + strlen(SCHEME), *slash, *wrong = NULL;

	memset(u, 0, sizeof(*u));
	if (!store_url_is(where))
		return "does not begin with " SCHEME;
	if (strchr(at, '@') != NULL)
		return "names a user or a password: the host's name and "
		       "password_file stand in store = { }";
	if (strpbrk(at, "?#") != NULL)
		return "has options, which are not allowed";
	slash = strchr(at, '/');
	if (slash == NULL ||
	    !take(slash + 1, strlen(slash + 1), LETTERS DIGITS "_-",
		u->database, sizeof(u->database)))
		return "names no database: end it with /twofa";
	while (wrong == NULL && at <= slash) {
		size_t len = strcspn(at, ",/");

		wrong = read_host(at, len, u);
		at += len + 1;
	}
	return wrong;
}
