/* SPDX-License-Identifier: BSD-2-Clause */
/* Who could log in by a service of this host. */
#include "twofactl/lockout/lockout_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/fleet/fleet.h"
#include "twofactl/host/host.h"

static int
fail(char cause[LOCKOUT_HOST_CAUSE], const char *what)
{
	(void)snprintf(cause, LOCKOUT_HOST_CAUSE, "%.*s",
	    (int)strcspn(what, "\r\n"), what);
	return -1;
}

/* What the service's stack requires. */
static int
read_stack(const char *service, struct login_stack *out,
    char cause[LOCKOUT_HOST_CAUSE])
{
	struct pam_folder_reading reading = { .cause = NULL };
	const struct pam_stack_source files = { .ctx = &reading,
		.read = pam_folder_read,
		.look = pam_folder_look };
	struct pam_stack *stack = malloc(sizeof(*stack));
	const bool sshd = strcmp(service, "sshd") == 0;
	const struct pam_walk_service of = { sshd, sshd };
	struct pam_walk walk = { .too_complex = true };

	if (stack != NULL &&
	    pam_stack_read(stack, service, &files) == PAM_STACK_READ &&
	    reading.cause == NULL) {
		pam_walk_judge(stack, &of, &walk);
		login_stack_read(out, stack, &walk);
	}
	free(stack);
	if (!walk.too_complex)
		return 0;
	(void)snprintf(cause, LOCKOUT_HOST_CAUSE,
	    PAM_FOLDER_FIRST "/%.60s cannot be judged; see: twofactl doctor "
			     "--service %.60s",
	    service, service);
	return -1;
}

int
lockout_host_make(struct lockout_table *table, const struct settings *conf,
    const char *service, const struct lockout_sshd *sshd,
    char cause[LOCKOUT_HOST_CAUSE])
{
	const bool is_sshd = strcmp(service, "sshd") == 0;
	struct sshd_match *match = calloc(1, sizeof(*match));
	struct login_stack stack;
	struct lockout_source source = { .service = service,
		.conf = conf,
		.stack = &stack,
		.match = match,
		.one_by_one = state_records_one_by_one(conf),
		.ctx = sshd->ctx,
		.sshd = is_sshd ? sshd->ask : NULL };
	int rc = match != NULL ? read_stack(service, &stack, cause)
			       : fail(cause, "no memory");

	*table = (struct lockout_table){ .count = 0 };
	if (rc == 0 && is_sshd) {
		sshd_match_read(match, sshd->config);
		source.by_user = sshd_match_asks_who(match);
	}
	if (rc == 0 && lockout_table_make(table, &source) != 0)
		rc = fail(cause,
		    is_sshd ? "no memory, the accounts cannot be listed (see: "
			      "getent passwd, getent group), or sshd does not "
			      "tell its settings; see: sshd -T"
			    : "no memory, or the accounts cannot be listed; "
			      "see: getent passwd, getent group");
	free(match);
	return rc;
}
