/* SPDX-License-Identifier: BSD-2-Clause */
/* What passwd, shadow, groups and key files say about an account. */
#include "twofactl/lockout/account_facts.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "twofactl/lockout/account_keys.h"

#define GROUPS_MAX 256
#define GROUP_NAME 64
#define HASH_MIN 13 /* the oldest kind of hash; anything shorter locks */
#define DAY_S 86400

/* sshd refuses users whose shell cannot be started; some shells end at once. */
static bool
has_shell(const char *shell)
{
	static const char *const none[] = { "nologin", "false" };
	const char *path = shell[0] != '\0' ? shell : "/bin/sh";
	const char *slash = strrchr(path, '/');
	struct stat st;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(slash != NULL ? slash + 1 : path, none[i]) == 0)
			return false;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* Read its own line in the file: for other accounts a directory decides, and
 * shadow entries from name services mean nothing. */
static void
read_shadow(struct account_facts *a, const char *user)
{
	FILE *f = fopen(SHADOW, "re");
	const struct spwd *sp = NULL;

	a->password = PASSWORD_UNKNOWN;
	if (f == NULL)
		return;
	while ((sp = fgetspent(f)) != NULL)
		if (strcmp(sp->sp_namp, user) == 0)
			break;
	if (sp != NULL) {
		const bool hash = strlen(sp->sp_pwdp) >= HASH_MIN &&
		    sp->sp_pwdp[0] != '!' && sp->sp_pwdp[0] != '*';

		a->password = hash ? PASSWORD_USABLE : PASSWORD_NONE;
		a->locked = sp->sp_pwdp[0] == '!';
		a->shut |=
		    sp->sp_expire > 0 && time(NULL) / DAY_S >= sp->sp_expire;
	}
	fclose(f);
}

/* If it has more groups than fit, or groups without names, it is not shut
 * out. */
static bool
is_shut(const struct sshd_access *access, const char *user, gid_t gid)
{
	static char name[GROUPS_MAX][GROUP_NAME];
	const char *names[GROUPS_MAX];
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (access->allow_groups[0] == '\0' && access->deny_groups[0] == '\0')
		return sshd_access_shuts(access, user, NULL, 0);
	if (getgrouplist(user, gid, groups, &count) < 0)
		return false;
	for (int i = 0; i < count; i++) {
		const struct group *gr = getgrgid(groups[i]);

		if (gr == NULL)
			return false;
		snprintf(name[i], sizeof(name[i]), "%s", gr->gr_name);
		names[i] = name[i];
	}
	return sshd_access_shuts(access, user, names, (size_t)count);
}

int
account_facts_read(
    struct account_facts *a, const char *user, const struct sshd_access *access)
{
	const struct passwd *pw = getpwnam(user);
	char home[PATH_MAX];
	uid_t uid;
	gid_t gid;

	memset(a, 0, sizeof(*a));
	snprintf(a->name, sizeof(a->name), "%s", user);
	if (pw == NULL)
		return -1;
	uid = pw->pw_uid;
	gid = pw->pw_gid;
	a->root = uid == 0;
	snprintf(home, sizeof(home), "%s", pw->pw_dir);
	if (!has_shell(pw->pw_shell))
		return -1;
	a->shut = is_shut(access, user, gid);
	read_shadow(a, user);
	a->keys = account_keys_look(access, user, uid, home);
	return 0;
}
