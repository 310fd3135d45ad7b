/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a login with the new files: ssh with its own sshd, sudo, su, login. */
#include "twofactl/trial/proof_login.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"
#include "twofactl/host/host.h"
#include "twofactl/link/link.h"

#define KEYGEN_S 20
/* Must not run anything of the user's, neither ~/.ssh/rc nor the shell's files:
 * it would stay in this view, or print text like a prompt. */
#define NOTHING "twofactl"
#define SSHD                                                                   \
	"ProxyCommand=/usr/sbin/sshd -i -o LogLevel=QUIET -o PermitUserRC=no " \
	"-o ForceCommand=internal-sftp -o 'Subsystem=" NOTHING                 \
	" internal-sftp'"
#define KEY ETC_VIEW_FOLDER "/key"

static const char key_file[] = KEY, key_public[] = KEY ".pub";
static const char sshd[] = SSHD;
static const char sshd_with_key[] = SSHD " -o AuthorizedKeysFile=" KEY ".pub";

static void
fail(char cause[TRIAL_CAUSE], const char *what)
{
	(void)snprintf(
	    cause, TRIAL_CAUSE, "%.250s: %.200s", what, strerror(errno));
}

static void
become(const char *const *argv, char cause[TRIAL_CAUSE])
{
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	fail(cause, argv[0]);
}

bool
proof_login_by_key(const struct trial *t, const char *user)
{
	return t->login == STACK_KEY ||
	    (t->login == STACK_BOTH && !etc_view_has_password(user));
}

/* A key for the time of this view. */
static int
make_key(char cause[TRIAL_CAUSE])
{
	const char *const argv[] = { "/usr/bin/ssh-keygen", "-q", "-t",
		"ed25519", "-N", "", "-C", "twofactl", "-f", key_file, NULL };
	const struct program p = { .argv = argv, .timeout_s = KEYGEN_S };
	char out[256];
	int status = -1;

	/* sshd reads it as that user */
	if (run_program(&p, out, sizeof(out), &status) == PROGRAM_ENDED &&
	    status == 0 && chmod(key_public, 0644) == 0)
		return 0;
	(void)snprintf(
	    cause, TRIAL_CAUSE, "ssh-keygen makes no key: %.200s", out);
	return -1;
}

/* An sshd that talks through its client's pipe, so that it needs no port, which
 * another user could take. Without a terminal, because sshd would record that
 * as the user's last login. */
static void
log_in_ssh(const struct proof *p, char cause[TRIAL_CAUSE])
{
	const bool key = proof_login_by_key(p->trial, p->user);
	const char *const with_key[] = { "/usr/bin/ssh", "-F", "none", "-nTs",
		"-o", sshd_with_key, "-o", "StrictHostKeyChecking=no", "-o",
		"UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
		"IdentitiesOnly=yes", "-i", key_file, "-o",
		"PreferredAuthentications=publickey,keyboard-interactive", "-o",
		"NumberOfPasswordPrompts=1", "-l", p->user, "localhost",
		NOTHING, NULL };
	const char *const without[] = { "/usr/bin/ssh", "-F", "none", "-nTs",
		"-o", sshd, "-o", "StrictHostKeyChecking=no", "-o",
		"UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
		"PubkeyAuthentication=no", "-o",
		"PreferredAuthentications=keyboard-interactive", "-o",
		"NumberOfPasswordPrompts=1", "-l", p->user, "localhost",
		NOTHING, NULL };

	if (!key || make_key(cause) == 0)
		become(key ? with_key : without, cause);
}

/* Log in as that user, with the new files. */
static void
log_in_as(
    const struct proof *p, const char *const *argv, char cause[TRIAL_CAUSE])
{
	const struct passwd *pw = getpwnam(p->user);

	if (pw == NULL || initgroups(p->user, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		fail(cause, p->user);
	else
		become(argv, cause);
}

/* The service's program could not see the new files, so this process runs its
 * stack. */
static void
log_in_pam(const struct proof *p, char cause[TRIAL_CAUSE])
{
	const char *service = p->trial->service;
	const struct pam_login l = { .service = service,
		.user = p->user,
		.folder = ETC_VIEW_PAM,
		.key = proof_login_by_key(p->trial, p->user),
		.caller = strcmp(service, "sudo") == 0 ||
		    strcmp(service, "su") == 0 };

	if (pam_login(&l, cause))
		_exit(0);
}

bool
proof_login_knows(const char *service)
{
	return strcmp(service, "sshd") == 0 || strcmp(service, "sudo") == 0 ||
	    strcmp(service, "su") == 0 || strcmp(service, "login") == 0;
}

void
proof_login(
    const struct proof *p, const char *password, char cause[TRIAL_CAUSE])
{
	/* -k: ignore a password that was typed shortly before */
	const char *const sudo[] = { "/usr/bin/sudo", "-k", "true", NULL };
	const char *const su[] = { "/bin/su", p->user, "-c", "true", NULL };
	const char *const login[] = { "/bin/login", p->user, NULL };
	const char *service = p->trial->service;

	if (etc_view_copied()) {
		log_in_pam(p, cause);
		return;
	}
	if (etc_view_enter(p->trial->file, p->trial->files, cause) != 0 ||
	    (!proof_login_by_key(p->trial, p->user) &&
		etc_view_password(p->user, password, cause) < 0))
		return;
	if (strcmp(service, "sshd") == 0)
		log_in_ssh(p, cause);
	else if (strcmp(service, "sudo") == 0)
		log_in_as(p, sudo, cause);
	else if (strcmp(service, "su") == 0 &&
	    etc_view_shell(p->user, "/bin/sh", cause) >= 0)
		log_in_as(p, su, cause);
	else if (strcmp(service, "login") == 0 &&
	    etc_view_shell(p->user, "/bin/true", cause) >= 0)
		become(login, cause);
}
