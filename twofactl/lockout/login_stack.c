/* SPDX-License-Identifier: BSD-2-Clause */
/* What sshd's PAM stack requires. */
#include "twofactl/lockout/lockout.h"

#include "twofactl/host/host.h"

/* Modules that may know passwords of local accounts without shadow. pam_sss
 * only asks for its own accounts. */
static const char *const directories[] = { "pam_krb5", "pam_ldap", "pam_mysql",
	"pam_pgsql", "pam_radius", "pam_radius_auth", "pam_tacplus",
	"pam_winbind" };

static bool
asks_directory(const struct pam_stack_line *line)
{
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]);
	     i++)
		if (pam_stack_is(line, directories[i]))
			return true;
	return false;
}

void
login_stack_read(struct login_stack *s, const struct pam_stack *stack,
    const struct pam_walk *walk)
{
	bool password = false;

	*s = (struct login_stack){ .asks = walk->twofa != NULL };
	for (size_t i = 0; i < stack->count; i++) {
		s->other_passwords |= asks_directory(&stack->line[i]);
		password |= pam_factor(&stack->line[i]) == PAM_FACTOR_PASSWORD;
	}
	s->key_is_enough = s->asks && walk->no_password;
	s->no_password = s->asks ? walk->no_factor : !password;
}
