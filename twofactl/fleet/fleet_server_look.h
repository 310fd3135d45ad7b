/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server is like, before and after the state is made there. */
#ifndef TWOFA_FLEET_SERVER_LOOK_H
#define TWOFA_FLEET_SERVER_LOOK_H

#include "twofactl/fleet/fleet.h"

struct fleet_server_look {
	bool database;  /* it is there */
	bool role;      /* twofa_operator */
	bool superuser; /* who asks is one: user */
	char user[64];
	char port[8];
	char others[4096]; /* databases that any role may enter, by line */
};

/* 0, or -1 after complaining, also of a server that is too old. */
int fleet_server_look(const struct fleet *, struct fleet_server_look *);

/* Of the state's own database: its schema, 0: there is none, -1 after
 * complaining; the functions' digest; the mark of its key in hexadecimal, "":
 * it has none. */
struct fleet_schema_look {
	long version;
	char functions[FLEET_DIGEST_TEXT];
	char mark[2 * FLEET_MARK_LEN + 1];
};
int fleet_schema_look(const struct fleet *, struct fleet_schema_look *);

/* Say which of its settings put the state at risk. soon: only what doctor finds
 * as well, by the server's own functions. */
void fleet_server_warn(const struct fleet *, bool soon);

#endif
