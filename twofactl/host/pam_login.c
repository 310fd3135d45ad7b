/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a stack. libpam is loaded at run time: twofactl is not linked to it, and
 * old versions have no pam_start_confdir. */
#include "twofactl/host/host.h"

#include <dlfcn.h>
#include <grp.h>
#include <security/pam_appl.h>
#include <security/pam_misc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SONAME "libpam.so.0"
#define SONAME_MISC "libpam_misc.so.0"
#define MODE_MASK 022
/* PAM_RHOST as sshd sets it for a client that is connected by a pipe */
#define SSH_HOST "UNKNOWN"
#define SSH_TTY "ssh"
#define SSH_KEY "SSH_AUTH_INFO_0=publickey"

#define FUNCTIONS(EACH)                                                        \
	EACH(pam_set_item)                                                     \
	EACH(pam_putenv)                                                       \
	EACH(pam_authenticate)                                                 \
	EACH(pam_acct_mgmt)                                                    \
	EACH(pam_strerror)                                                     \
	EACH(pam_end)

static struct {
	/* old headers do not declare it */
	int (*pam_start_confdir)(const char *, const char *,
	    const struct pam_conv *, const char *, pam_handle_t **);
	FUNCTIONS(LIBRARY_POINTER)
} lib;

/* The library that comes with it: its conversation at a terminal. */
static struct {
	LIBRARY_POINTER(misc_conv)
} misc;

/* Sets the ids of a setuid program that this user runs. */
static bool
become_caller(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	return pw != NULL && initgroups(user, pw->pw_gid) == 0 &&
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == 0 &&
	    setresuid(pw->pw_uid, 0, 0) == 0;
}

/* Sets the PAM items and environment that the program would set. */
static int
set_pam_items(pam_handle_t *pamh, const struct pam_login *l)
{
	const bool ssh = strcmp(l->service, "sshd") == 0;
	const char *tty = ssh ? SSH_TTY : ttyname(STDIN_FILENO);
	int rc = PAM_SUCCESS;

	if (tty != NULL)
		rc = lib.pam_set_item(pamh, PAM_TTY, tty);
	if (rc == PAM_SUCCESS && ssh)
		rc = lib.pam_set_item(pamh, PAM_RHOST, SSH_HOST);
	if (rc == PAM_SUCCESS && l->caller)
		rc = lib.pam_set_item(pamh, PAM_RUSER, l->user);
	if (rc == PAM_SUCCESS && l->key)
		rc = lib.pam_putenv(pamh, SSH_KEY);
	return rc;
}

static bool
run_stack(const struct pam_login *l, char cause[PAM_LOGIN_CAUSE])
{
	const struct pam_conv conv = { .conv = misc.misc_conv };
	pam_handle_t *pamh = NULL;
	int rc =
	    lib.pam_start_confdir(l->service, l->user, &conv, l->folder, &pamh);

	if (rc == PAM_SUCCESS)
		rc = set_pam_items(pamh, l);
	if (rc == PAM_SUCCESS)
		rc = lib.pam_authenticate(pamh, 0);
	if (rc == PAM_SUCCESS)
		rc = lib.pam_acct_mgmt(pamh, 0);
	if (rc != PAM_SUCCESS)
		snprintf(cause, PAM_LOGIN_CAUSE, "PAM reports: %.200s",
		    lib.pam_strerror(pamh, rc));
	if (pamh != NULL)
		(void)lib.pam_end(pamh, rc);
	return rc == PAM_SUCCESS;
}

bool
pam_login(const struct pam_login *l, char cause[PAM_LOGIN_CAUSE])
{
	/* modules inherit neither descriptors nor the environment */
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
	(void)umask(MODE_MASK);
	if (clearenv() != 0)
		return false;
	if (library_load(SONAME,
		LIBRARY_NAME(pam_start_confdir) FUNCTIONS(LIBRARY_NAME),
		&lib) == NULL ||
	    library_load(SONAME_MISC, LIBRARY_NAME(misc_conv), &misc) == NULL) {
		snprintf(cause, PAM_LOGIN_CAUSE,
		    "%.160s; Linux-PAM 1.4 or later is needed", dlerror());
		return false;
	}
	if (l->caller && !become_caller(l->user)) {
		snprintf(cause, PAM_LOGIN_CAUSE,
		    "%.64s: no such account, or its ids cannot be set",
		    l->user);
		return false;
	}
	return run_stack(l, cause);
}
