/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules by their names. */
#include "twofactl/host/pam_factor.h"

#include <stdbool.h>

/* Modules that prove nobody's identity, so that one of them behind a failed
 * password is no first factor. Those that are not known may be one. */
static const char *const none[] = { "pam_abl", "pam_access", "pam_cap",
	"pam_debug", "pam_deny", "pam_echo", "pam_ecryptfs", "pam_env",
	"pam_faildelay", "pam_faillock", "pam_gnome_keyring", "pam_group",
	"pam_issue", "pam_keyinit", "pam_kwallet", "pam_kwallet5",
	"pam_lastlog", "pam_limits", "pam_listfile", "pam_localuser",
	"pam_loginuid", "pam_mail", "pam_mount", "pam_motd", "pam_nologin",
	"pam_permit", "pam_rootok", "pam_securetty", "pam_selinux",
	"pam_shells", "pam_succeed_if", "pam_systemd", "pam_tally",
	"pam_tally2", "pam_time", "pam_twofa", "pam_umask", "pam_usertype",
	"pam_warn", "pam_wheel" };
static const char *const silent[] = { "pam_fprint", "pam_fprintd", "pam_howdy",
	"pam_p11", "pam_poldi", "pam_ssh_agent_auth", "pam_thinkfinger",
	"pam_u2f" };

static bool
is_one_of(
    const struct pam_stack_line *line, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pam_stack_is(line, names[i]))
			return true;
	return false;
}

enum pam_factor
pam_factor(const struct pam_stack_line *line)
{
	if (line->kind != PAM_STACK_MODULE ||
	    is_one_of(line, none, sizeof(none) / sizeof(none[0])))
		return PAM_FACTOR_NONE;
	return is_one_of(line, silent, sizeof(silent) / sizeof(silent[0]))
	    ? PAM_FACTOR_SILENT
	    : PAM_FACTOR_PASSWORD;
}
