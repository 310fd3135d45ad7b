/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl state: a state in PostgreSQL, and the hosts that share it. Each of
 * these is one command; they print SQL instead where that is wanted.
 */
#ifndef TWOFA_FLEET_H
#define TWOFA_FLEET_H

#include "lib/fleet_records/fleet_records.h"
#include "lib/settings/settings.h"
#include "twofactl/fleet/fleet_server.h"
#include "twofactl/fleet/sql_text.h"
#include "twofactl/terminal/terminal.h"

#define FLEET_HOST_MAX 48
#define FLEET_MARK_LEN RECORD_SEAL_LEN /* of the fleet's key */
#define FLEET_LOOK_MAX 65536

/* Where the state is, and what this machine knows of it. */
struct fleet {
	const struct ctl *ctl;
	struct settings *conf; /* NULL: there is none here */
	struct fleet_server server;
	bool keyed; /* the settings name a fleet key; its mark: */
	unsigned char mark[FLEET_MARK_LEN];
};

/* url: as typed; NULL: that of the settings. make_key: one that the settings
 * name and that is not there is made. In every case fleet_close. CTL_DONE, or
 * else after complaining. */
enum ctl_exit fleet_open(
    struct fleet *, const struct ctl *, const char *url, bool make_key);
void fleet_close(struct fleet *);

/* What SQL was made: run it, or print it (--print); wiped. */
enum ctl_exit fleet_do(const struct fleet *, struct sql *);
/* One row of columns that a SELECT gives; how many there are, -1 after
 * complaining. text has them. */
int fleet_look(const struct fleet *, const char *select,
    char text[FLEET_LOOK_MAX], char **column, size_t max);

/* A key of the fleet in a file that the helper may read: a new one, or this. 0,
 * or -1 after complaining. */
int fleet_key_make(const char *path);
int fleet_key_write(
    const char *path, const unsigned char key[CONFIG_FLEET_KEY_LEN]);

/* The name of a host's role behind twofa_. False after complaining. */
bool fleet_host_name(const char *name);
/* SHA-256 of the functions' text in hexadecimal. */
#define FLEET_DIGEST_TEXT 65
void fleet_functions_digest(char out[FLEET_DIGEST_TEXT]);

/* End a host's sessions, at the server that writes or at a standby, until there
 * is none; before that the server must have heard that it may not come in any
 * more. And all of it: it may not, and settings of its role go, which anybody
 * with its password could make, as a session that goes on could. */
void fleet_role_end(struct sql *, const char *name);
void fleet_role_shut(const struct fleet *, struct sql *, const char *name);

enum ctl_exit fleet_init(const struct ctl *, const char *url);
enum ctl_exit fleet_upgrade(const struct ctl *, const char *url);
enum ctl_exit fleet_import(const struct ctl *, const char *file);
enum ctl_exit fleet_rekey(const struct ctl *, const char *file);
enum ctl_exit fleet_host_add(const struct ctl *, const char *name);
enum ctl_exit fleet_host_change(const struct ctl *, const char *name);
enum ctl_exit fleet_host_disable(const struct ctl *, const char *name);
enum ctl_exit fleet_host_list(const struct ctl *);

#endif
