/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which helper files are started. The walk goes from / downwards, so that each
 * part is looked at only when nobody but root can swap it any more.
 */
#include "pam_module/helperfile.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "pam_module/logline.h"

struct fault {
	const char *what;
	const char *remedy; /* the part's path follows */
};

static struct fault
part_fault(const struct stat *st, bool last, gid_t gid)
{
	const mode_t enter = st->st_gid == gid ? S_IXGRP : S_IXOTH;

	if (S_ISLNK(st->st_mode))
		return (struct fault){ "a symbolic link",
			"give helper= the file's real path instead of" };
	if (last && !S_ISREG(st->st_mode))
		return (struct fault){ "not a regular file",
			"install twofa-helper as" };
	if (!last && !S_ISDIR(st->st_mode))
		return (struct fault){ "not a directory",
			"correct helper= where it names" };
	if (st->st_uid != 0)
		return (struct fault){ "not owned by root",
			"run: chown root:root" };
	if (st->st_mode & S_IWOTH)
		return (
		    struct fault){ "writable by others", "run: chmod go-w" };
	/* root's group as well: an ACL shows as the same bit */
	if (st->st_mode & S_IWGRP)
		return (
		    struct fault){ "writable by its group", "run: chmod go-w" };
	if (!(st->st_mode & enter))
		return (struct fault){ last ? "not executable by user twofa"
					    : "closed to user twofa",
			last ? "run: chmod 0711" : "run: chmod a+x" };
	return (struct fault){ NULL, NULL };
}

static const char *
part_check(const char *path, const char *part, bool last, gid_t gid)
{
	struct fault fault;
	struct stat st;

	if (lstat(part, &st) != 0) {
		const int error = errno;

		logline_mend("helper %s: %s: %s; install twofa-helper there or "
			     "correct helper=",
		    path, part, strerror(error));
		return error == ENOENT ? "helper-missing" : "helper-path";
	}
	fault = part_fault(&st, last, gid);
	if (fault.what == NULL)
		return NULL;
	if (last)
		logline_mend("helper %s: %s; %s %s", path, fault.what,
		    fault.remedy, part);
	else
		logline_mend("helper %s: folder %s is %s; %s %s", path, part,
		    fault.what, fault.remedy, part);
	return "helper-path";
}

const char *
helperfile_check(const char *path, gid_t gid)
{
	char part[PATH_MAX];
	const char *reason = part_check(path, "/", false, gid);
	const size_t len = strlen(path);

	if (reason != NULL)
		return reason;
	if (path[0] != '/' || len >= sizeof(part)) {
		logline_mend("helper %.64s: not an absolute path of less than "
			     "%d bytes; correct helper=",
		    path, PATH_MAX);
		return "helper-path";
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		reason = part_check(path, part, path[i] == '\0', gid);
		if (reason != NULL)
			return reason;
	}
	return NULL;
}
