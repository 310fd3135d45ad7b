/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source of groups that does as a file says:
 *tests/e2e/login/test_group_sources.py. It knows one group, corp-ops. Words of
 *the file:
 *
 *	unavail, tryagain, notfound	what initgroups answers, else success
 *	member		initgroups tells of corp-ops
 *	leaves		... also when it then fails, as a broken module may
 *	listed		the group has alice in its list of members
 *	unknown		the group cannot be found by its name
 *	waits		an account is not told to a helper's user yet
 *
 * And it knows alice's account by another name, as directories do.
 *
 * With BARE it is a module without initgroups, as old ones are.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <poll.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL "/run/twofatest.words"
#define GROUP "corp-ops"
#define OTHER_NAME "alice.corp"
#define GID 4242

#ifdef BARE
#define NSS(f) _nss_twofabare_##f
#else
#define NSS(f) _nss_twofatest_##f
#endif

enum nss_status NSS(getgrnam_r)(
    const char *, struct group *, char *, size_t, int *);
enum nss_status NSS(getgrgid_r)(gid_t, struct group *, char *, size_t, int *);
enum nss_status NSS(setgrent)(int);
enum nss_status NSS(endgrent)(void);
enum nss_status NSS(getgrent_r)(struct group *, char *, size_t, int *);
enum nss_status NSS(initgroups_dyn)(
    const char *, gid_t, long *, long *, gid_t **, long, int *);

static bool listed_all;

static bool
told(const char *word)
{
	char text[256] = "";
	int fd = open(CONTROL, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, word) != NULL;
}

static enum nss_status
fill(struct group *gr, char *buf, size_t len, int *error)
{
	static const char texts[] = GROUP "\0x\0alice";
	char **members = (char **)(void *)buf;
	char *text = buf + 2 * sizeof(*members);

	if (len < 2 * sizeof(*members) + sizeof(texts)) {
		*error = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	memcpy(text, texts, sizeof(texts));
	members[0] = told("listed") ? text + sizeof(GROUP "\0x") : NULL;
	members[1] = NULL;
	*gr = (struct group){ .gr_name = text,
		.gr_passwd = text + sizeof(GROUP),
		.gr_gid = GID,
		.gr_mem = members };
	return NSS_STATUS_SUCCESS;
}

enum nss_status
NSS(getgrnam_r)(
    const char *name, struct group *gr, char *buf, size_t len, int *error)
{
	if (strcmp(name, GROUP) != 0 || told("unknown"))
		return NSS_STATUS_NOTFOUND;
	return fill(gr, buf, len, error);
}

enum nss_status
NSS(getgrgid_r)(gid_t gid, struct group *gr, char *buf, size_t len, int *error)
{
	return gid == GID ? fill(gr, buf, len, error) : NSS_STATUS_NOTFOUND;
}

enum nss_status
NSS(setgrent)(int open)
{
	(void)open;
	listed_all = false;
	return NSS_STATUS_SUCCESS;
}

enum nss_status
NSS(endgrent)(void)
{
	return NSS_STATUS_SUCCESS;
}

enum nss_status
NSS(getgrent_r)(struct group *gr, char *buf, size_t len, int *error)
{
	enum nss_status status;

	if (listed_all)
		return NSS_STATUS_NOTFOUND;
	status = fill(gr, buf, len, error);
	listed_all = status == NSS_STATUS_SUCCESS;
	return status;
}

#ifndef BARE
enum nss_status NSS(getpwnam_r)(
    const char *, struct passwd *, char *, size_t, int *);

enum nss_status
NSS(getpwnam_r)(
    const char *name, struct passwd *pw, char *buf, size_t len, int *error)
{
	FILE *file;
	struct passwd *found = NULL;

	while (geteuid() != 0 && told("waits"))
		(void)poll(NULL, 0, 10);
	if (strcmp(name, OTHER_NAME) != 0)
		return NSS_STATUS_NOTFOUND;
	file = fopen("/etc/passwd", "re");
	while (file != NULL && fgetpwent_r(file, pw, buf, len, &found) == 0 &&
	    strcmp(pw->pw_name, "alice") != 0)
		found = NULL;
	if (file != NULL)
		fclose(file);
	*error = 0;
	return found != NULL ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
}

static int
add(long *start, long *size, gid_t **gid)
{
	if (*start == *size) {
		gid_t *more = realloc(*gid, (size_t)*size * 2 * sizeof(**gid));

		if (more == NULL)
			return -1;
		*gid = more;
		*size *= 2;
	}
	(*gid)[(*start)++] = GID;
	return 0;
}

enum nss_status
NSS(initgroups_dyn)(const char *user, gid_t group, long *start, long *size,
    gid_t **gid, long limit, int *error)
{
	const bool fails = told("unavail") || told("tryagain");

	(void)group;
	(void)limit;
	*error = fails ? ECONNREFUSED : 0;
	if (strcmp(user, "alice") == 0 && told("member") &&
	    (!fails || told("leaves")) && add(start, size, gid) != 0)
		return NSS_STATUS_TRYAGAIN;
	if (told("tryagain"))
		return NSS_STATUS_TRYAGAIN;
	if (told("unavail"))
		return NSS_STATUS_UNAVAIL;
	return told("notfound") ? NSS_STATUS_NOTFOUND : NSS_STATUS_SUCCESS;
}
#endif
