/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a stack. libpam is loaded at run time: twofactl is not linked to it, and
 * old versions have no pam_start_confdir. */
#include "twofactl/host/host.h"

#include <dlfcn.h>
#include <grp.h>
#include <security/pam_appl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SONAME "libpam.so.0"
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

/* Returns the typed line, or NULL. The caller frees it. */
static char *
read_typed_line(const char *prompt, bool hidden)
{
	char line[PAM_MAX_RESP_SIZE], *text = NULL;

	if ((hidden ? terminal_read_hidden : terminal_read_line)(
		prompt, line, sizeof(line)) == 0)
		text = strdup(line);
	explicit_bzero(line, sizeof(line));
	return text;
}

static bool
answer_message(const struct pam_message *m, struct pam_response *r)
{
	switch (m->msg_style) {
	case PAM_PROMPT_ECHO_OFF:
	case PAM_PROMPT_ECHO_ON:
		r->resp = read_typed_line(
		    m->msg, m->msg_style == PAM_PROMPT_ECHO_OFF);
		return r->resp != NULL;
	case PAM_ERROR_MSG:
	case PAM_TEXT_INFO:
		puts(m->msg);
		(void)fflush(stdout);
		return true;
	default:
		return false;
	}
}

static int
pam_converse(int count, const struct pam_message **m, struct pam_response **out,
    void *ctx)
{
	struct pam_response *r;
	bool good = count > 0 && count <= PAM_MAX_NUM_MSG;

	(void)ctx;
	r = good ? calloc((size_t)count, sizeof(*r)) : NULL;
	if (r == NULL)
		return PAM_CONV_ERR;
	for (int i = 0; good && i < count; i++)
		good = answer_message(m[i], &r[i]);
	if (good) {
		*out = r;
		return PAM_SUCCESS;
	}
	for (int i = 0; i < count; i++)
		if (r[i].resp != NULL) {
			explicit_bzero(r[i].resp, strlen(r[i].resp));
			free(r[i].resp);
		}
	free(r);
	return PAM_CONV_ERR;
}

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
	const struct pam_conv conv = { .conv = pam_converse };
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
		&lib) == NULL) {
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
