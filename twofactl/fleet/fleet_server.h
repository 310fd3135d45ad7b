/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of the state, asked by psql as one who may administer it. Without
 * a host in the URL it is this machine's: psql then runs as user postgres, by
 * the socket. Any other is asked as the user that the URL names, "postgres"
 * where it names none, and the password is in PGPASSFILE or ~/.pgpass.
 */
#ifndef TWOFA_FLEET_SERVER_H
#define TWOFA_FLEET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/settings/settings.h"
#include "lib/system/system.h"

#define FLEET_URL_MAX 2048
#define FLEET_POSTGRES "postgres" /* the user, and the first database */

struct fleet_server {
	char url[FLEET_URL_MAX];
	char first[FLEET_URL_MAX]; /* the same to a database that always is */
	char database[STORE_URL_DATABASE_MAX + 1];
	char user[64]; /* as PGUSER; "": the URL or the environment has one */
	bool here;     /* this machine's, by its socket */
	bool any;      /* also one that only reads */
	uid_t uid;     /* who runs psql */
	gid_t gid;
	char home[256];
	char ca[TRUSTED_FILE_PATH_MAX + 1]; /* who says which server it is */
};

/* ca: its file, where the environment names none; NULL: none is known. 0, or -1
 * after complaining. */
int fleet_server_read(struct fleet_server *, const char *url, const char *ca);

/* Run that SQL at the state's database, or with first at the other one. What
 * it selects goes to out[size], a line for each row with tabs between; more
 * than that is a failure. What the server notices is left out. 0, or -1 after
 * complaining. */
int fleet_server_run(const struct fleet_server *, bool first, const char *sql,
    char *out, size_t size);

/* The nth of the servers that a URL names, with the user of the first
 * argument's, whether it writes or only reads. False: there is none, or they
 * are asked by the socket. */
bool fleet_server_nth(const struct fleet_server *, const char *url, size_t n,
    struct fleet_server *one);

/* The columns of a row, in its place: how many, at most max; *next is the
 * row behind. 0: there was none. */
size_t fleet_row(char **next, char **column, size_t max);

#endif
