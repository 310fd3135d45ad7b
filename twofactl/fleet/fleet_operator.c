/* SPDX-License-Identifier: BSD-2-Clause */
/* twofa_operator and its password. */
#include "twofactl/fleet/fleet_operator.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/fleet/root_file.h"
#include "twofactl/link/state_admin.h"
#include "twofactl/terminal/terminal.h"

_Static_assert(SCRAM_PASSWORD_LEN == STATE_ADMIN_LEN, "one and the same");

static int
make_password(struct fleet_operator *o, char password[SCRAM_PASSWORD_LEN + 2])
{
	if (scram_password(password) != 0) {
		complain("no random bytes: %s", strerror(errno));
		return -1;
	}
	password[SCRAM_PASSWORD_LEN] = '\n';
	if (root_file_prepare(
		o->path, 0600, 0, password, SCRAM_PASSWORD_LEN + 1) != 0)
		return -1;
	password[SCRAM_PASSWORD_LEN] = '\0';
	o->made = true;
	return 0;
}

int
fleet_operator_prepare(
    struct fleet_operator *o, const struct ctl *ctl, bool has_role)
{
	char password[SCRAM_PASSWORD_LEN + 2] = "";
	bool there;
	int rc = 0;

	*o = (struct fleet_operator){ 0 };
	if (state_admin_path(ctl->conf, o->path, sizeof(o->path)) != 0) {
		complain("too long a path: %s", ctl->conf);
		return -1;
	}
	there = access(o->path, F_OK) == 0;
	if (has_role && !ctl->renew)
		return 0;
	if (there && !ctl->renew)
		rc = state_admin_read(ctl->conf, password);
	else
		rc = make_password(o, password);
	if (rc == 0 && scram_verifier(password, o->verifier) != 0) {
		complain("no verifier of the password can be made: %s",
		    strerror(errno));
		rc = -1;
	}
	explicit_bzero(password, sizeof(password));
	if (rc != 0 && o->made)
		root_file_drop(o->path);
	return rc;
}

void
fleet_operator_sql(const struct fleet_operator *o, struct sql *s)
{
	if (o->verifier[0] == '\0')
		return;
	sql_add(s,
	    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles\n"
	    "    WHERE rolname = 'twofa_operator') THEN\n"
	    "  CREATE ROLE twofa_operator LOGIN IN ROLE twofa_admin;\n"
	    "END IF; END $$;\n"
	    "ALTER ROLE twofa_operator PASSWORD ");
	sql_literal(s, o->verifier);
	sql_add(s, ";\n");
}

enum ctl_exit
fleet_operator_end(const struct fleet_operator *o, bool done)
{
	if (o->made && !done)
		root_file_drop(o->path);
	if (!o->made || !done)
		return CTL_DONE;
	if (root_file_place(o->path) != 0)
		return CTL_FAILED;
	(void)fprintf(stderr,
	    "Made %s, by which twofactl asks the state. It stays on "
	    "administrators'\nmachines; no host of the fleet needs it.\n",
	    o->path);
	return CTL_DONE;
}
