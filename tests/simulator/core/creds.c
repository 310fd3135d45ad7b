/* SPDX-License-Identifier: BSD-2-Clause */
/* Which accounts the simulated vendors know. */
#include "tests/simulator/core/creds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CREDS_MAX = 64 };

struct account {
	char vendor[16];
	char key[65];
	char secret[256];
};

static struct account accounts[CREDS_MAX];
static size_t count;
static bool listed; /* a file was read: only its accounts are good */

static int
add_line(const char *path, unsigned int number, char *line)
{
	struct account a = { 0 };
	int end = 0;

	line[strcspn(line, "#\r\n")] = '\0';
	if (line[strspn(line, " \t")] == '\0')
		return 0;
	if (count == CREDS_MAX) {
		fprintf(stderr,
		    "twofa-simulator: %s:%u: more than %d accounts\n", path,
		    number, CREDS_MAX);
		return -1;
	}
	if (sscanf(line, " %15s %64s %255s %n", a.vendor, a.key, a.secret,
		&end) != 3 ||
	    line[end] != '\0') {
		fprintf(stderr,
		    "twofa-simulator: %s:%u: write three words: "
		    "VENDOR KEY SECRET\n",
		    path, number);
		return -1;
	}
	if (strcmp(a.vendor, "vonage-jwt") == 0 &&
	    access(a.secret, R_OK) != 0) {
		fprintf(stderr, "twofa-simulator: %s:%u: %s: %s\n", path,
		    number, a.secret, strerror(errno));
		return -1;
	}
	accounts[count++] = a;
	return 0;
}

int
creds_load(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	unsigned int number = 0;
	char line[512];
	int rc = 0;

	if (f == NULL) {
		fprintf(
		    stderr, "twofa-simulator: %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (rc == 0 && fgets(line, sizeof(line), f) != NULL)
		rc = add_line(path, ++number, line);
	if (f != stdin) /* main looks at that file */
		fclose(f);
	explicit_bzero(line, sizeof(line));
	listed = true;
	return rc;
}

/* Vendors make keys of 1 to 64 letters and digits. */
static bool
well_formed(const char *key)
{
	const size_t n = strspn(key,
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n >= 1 && n <= 64 && key[n] == '\0';
}

bool
creds_good(const char *vendor, const char *key, const char *secret)
{
	const struct account *a;

	if (!well_formed(key) || secret[0] == '\0')
		return false;
	if (!listed)
		return true;
	for (a = accounts; a < accounts + count; a++)
		if (strcmp(a->vendor, vendor) == 0 &&
		    strcmp(a->key, key) == 0 && strcmp(a->secret, secret) == 0)
			return true;
	return false;
}

bool
creds_token_good(const char *vendor, const char *token)
{
	const struct account *a;

	if (token[0] == '\0' || !listed)
		return token[0] != '\0';
	for (a = accounts; a < accounts + count; a++)
		if (strcmp(a->vendor, vendor) == 0 &&
		    strcmp(a->secret, token) == 0)
			return true;
	return false;
}

const char *
creds_secret(const char *vendor, const char *key, bool *any)
{
	const struct account *a;

	*any = listed;
	for (a = accounts; a < accounts + count; a++)
		if (strcmp(a->vendor, vendor) == 0 && strcmp(a->key, key) == 0)
			return a->secret;
	return NULL;
}
