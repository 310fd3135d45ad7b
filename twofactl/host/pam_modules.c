/* SPDX-License-Identifier: BSD-2-Clause */
/* The behaviour of modules, by their names and arguments. Pure. */
#include "twofactl/host/host.h"

/* Modules that prove no identity, so they are no first factor. Unknown modules
 * may be one. */
static const char *const not_factors[] = { "pam_abl", "pam_access",
	"pam_apparmor", "pam_cap", "pam_cgfs", "pam_cockpit_cert",
	"pam_console", "pam_debug", "pam_deny", "pam_echo", "pam_ecryptfs",
	"pam_env", "pam_faildelay", "pam_faillock", "pam_fscrypt", "pam_geoip",
	"pam_geoip2", "pam_gnome_keyring", "pam_gnupg", "pam_group",
	"pam_issue", "pam_keyinit", "pam_kwallet", "pam_kwallet5",
	"pam_lastlog", "pam_lastlog2", "pam_limits", "pam_listfile",
	"pam_localuser", "pam_loginuid", "pam_mail", "pam_mkhomedir",
	"pam_mktemp", "pam_motd", "pam_mount", "pam_namespace", "pam_nologin",
	"pam_oddjob_mkhomedir", "pam_permit", "pam_reauthorize", "pam_rootok",
	"pam_securetty", "pam_selinux", "pam_selinux_permit", "pam_sepermit",
	"pam_shells", "pam_ssh_add", "pam_succeed_if", "pam_systemd",
	"pam_systemd_loadkey", "pam_tally", "pam_tally2", "pam_time",
	"pam_tty_audit", "pam_twofa", "pam_umask", "pam_usertype", "pam_warn",
	"pam_wheel", "pam_xauth", "pam_zfs_key", NULL };
static const char *const silent_modules[] = { "pam_duo", "pam_fprint",
	"pam_fprintd", "pam_howdy", "pam_p11", "pam_poldi", "pam_rhosts",
	"pam_ssh_agent_auth", "pam_sss_gss", "pam_thinkfinger", "pam_timestamp",
	"pam_u2f", NULL };
/* A user has a password in one of these. */
static const char *const password_directories[] = { "pam_krb5", "pam_ldap",
	"pam_sss", "pam_systemd_home", "pam_unix", "pam_winbind", NULL };
/* Modules for codes; with one of split_args they handle the password, too. */
static const char *const code_modules[] = { "pam_google_authenticator",
	"pam_oath", NULL };
static const char *const split_args[] = { "forward_pass", "use_first_pass",
	"try_first_pass", NULL };
/* These return "user unknown" for a user without an account. */
static const char *const local_modules[] = { "pam_faillock", "pam_nologin",
	"pam_securetty", "pam_shells", "pam_succeed_if", "pam_unix",
	"pam_usertype", "pam_wheel", "pam_twofa", NULL };
/* These always return "ignore" in auth. */
static const char *const ignoring_modules[] = { "pam_env", "pam_faildelay",
	"pam_group", "pam_mail", "pam_warn", NULL };
static const char *const first_pass_args[] = { "use_first_pass",
	"try_first_pass", NULL };
static const char *const ignoring_args[] = { "ignore_unknown_user",
	"ignore_unknown_principals", "ignore_authinfo_unavail", "unknown_ok",
	NULL };

bool
pam_stack_line_has_any_module(
    const struct pam_stack_line *line, const char *const *modules)
{
	while (*modules != NULL && !pam_stack_line_has_module(line, *modules))
		modules++;
	return *modules != NULL;
}

static bool
has_argument(const struct pam_stack_line *line, const char *word)
{
	char text[PAM_STACK_ARGS];
	char *rest = text;

	memcpy(text, line->args, sizeof(text));
	for (const char *w = pam_stack_next_word(&rest); w != NULL;
	     w = pam_stack_next_word(&rest))
		if (strcmp(w, word) == 0)
			return true;
	return false;
}

static bool
has_one_of(const struct pam_stack_line *line, const char *const *words)
{
	while (*words != NULL && !has_argument(line, *words))
		words++;
	return *words != NULL;
}

static enum pam_factor_kind
factor_kind(const struct pam_stack_line *line)
{
	if (line->kind != PAM_STACK_MODULE ||
	    pam_stack_line_has_any_module(line, not_factors) ||
	    (pam_stack_line_has_module(line, "pam_exec") &&
		!has_argument(line, "expose_authtok")))
		return PAM_FACTOR_NONE;
	if (pam_stack_line_has_any_module(line, silent_modules) ||
	    (pam_stack_line_has_any_module(line, code_modules) &&
		!has_one_of(line, split_args)))
		return PAM_FACTOR_SILENT;
	return PAM_FACTOR_PASSWORD;
}

void
pam_line_find_factor(struct pam_stack_line *line)
{
	line->factor = factor_kind(line);
	line->first_pass = line->factor == PAM_FACTOR_PASSWORD &&
	    has_argument(line, "use_first_pass");
}

bool
pam_is_directory(const struct pam_stack_line *line)
{
	return pam_stack_line_has_any_module(line, password_directories);
}

bool
pam_is_second_factor(const struct pam_stack_line *line)
{
	static const char *const others[] = { "pam_duo", "pam_u2f",
		"pam_yubico", NULL };

	return pam_stack_line_has_any_module(line, code_modules) ||
	    pam_stack_line_has_any_module(line, others);
}

bool
pam_proves_nothing(const struct pam_stack_line *line)
{
	return pam_stack_line_has_module(line, "pam_permit") ||
	    pam_stack_line_has_module(line, "pam_rootok") ||
	    pam_stack_line_has_module(line, "pam_localuser");
}

/* pam_unix uses an existing password even without the argument. */
bool
pam_may_ask_again(const struct pam_stack_line *line)
{
	return line->factor == PAM_FACTOR_PASSWORD &&
	    !pam_stack_line_has_module(line, "pam_unix") &&
	    !has_one_of(line, first_pass_args);
}

bool
pam_module_has_ignore_option(const struct pam_stack_line *line)
{
	return has_one_of(line, ignoring_args);
}

bool
pam_return_is_success(int value)
{
	return value == RETURN_SUCCESS || value == RETURN_NEW_AUTHTOK_REQD;
}

bool
pam_has_first_factor(const struct pam_walk_login *login, enum pam_typed typed)
{
	return typed != PAM_TYPED_NOT || login->verified || login->passed != 0;
}

static bool
twofa_may_return(const struct pam_stack_line *line, int value,
    const struct pam_walk_login *login, const struct pam_line_state *before)
{
	switch (line->task) {
	case TASK_ASK:
	case TASK_NO_PROMPT:
		break;
	case TASK_SPLIT:
		return value == RETURN_CRED_INSUFFICIENT;
	case TASK_WHEN:
		return value ==
		    ((line->when & login->passed) != 0
			    ? RETURN_CRED_INSUFFICIENT
			    : RETURN_AUTHINFO_UNAVAIL);
	}
	if (value == RETURN_SUCCESS)
		return pam_has_first_factor(login, before->typed);
	return value != RETURN_IGNORE && value != RETURN_NEW_AUTHTOK_REQD;
}

bool
pam_module_may_return(const struct pam_stack_line *line, int value,
    const struct pam_walk_login *login, const struct pam_line_state *before)
{
	if (line->kind == PAM_STACK_FAILS)
		return value == RETURN_PERM_DENIED;
	if (line->missing)
		return value == RETURN_MODULE_UNKNOWN;
	if (value == RETURN_INCOMPLETE)
		return false;
	if (pam_stack_line_has_module(line, "pam_permit"))
		return value == RETURN_SUCCESS;
	if (pam_stack_line_has_any_module(line, ignoring_modules))
		return value == RETURN_IGNORE;
	if (pam_stack_line_has_module(line, "pam_deny"))
		return value == RETURN_AUTH_ERR;
	if (value == RETURN_SUCCESS &&
	    pam_stack_line_has_module(line, "pam_wheel"))
		return has_argument(line, "trust"); /* else IGNORE */
	if (pam_stack_line_has_module(line, "pam_rootok"))
		return value ==
		    (login->caller_is_root ? RETURN_SUCCESS : RETURN_AUTH_ERR);
	if (value == RETURN_USER_UNKNOWN &&
	    pam_stack_line_has_any_module(line, local_modules))
		return false; /* no login of a missing user succeeds */
	if (pam_stack_line_has_module(line, "pam_twofa"))
		return twofa_may_return(line, value, login, before);
	if (value == RETURN_IGNORE && pam_is_directory(line) &&
	    !pam_module_has_ignore_option(line))
		return false;
	if (value == RETURN_NEW_AUTHTOK_REQD &&
	    pam_stack_line_has_module(line, "pam_unix"))
		return false; /* the account stage denies it */
	if (line->first_pass && before->typed == PAM_TYPED_NOT)
		return value == RETURN_AUTH_ERR;
	if (login->only != NULL && pam_is_directory(line))
		return pam_return_is_success(value) ==
		    pam_stack_line_has_module(line, login->only);
	return before->earlier == PAM_SEEN_NOT ||
	    pam_return_is_success(value) == (before->earlier == PAM_SEEN_GOOD);
}
