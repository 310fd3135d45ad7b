/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with the helper's file, and the command that corrects it. */
#include "pam_module/helperfile.h"

#include <errno.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "pam_module/logline.h"

struct words {
	const char *what;
	const char *remedy; /* the part's path follows */
};

static struct words
fault_words(enum helper_path_fault fault, bool last)
{
	switch (fault) {
	case HELPER_PATH_LINK:
		return (struct words){ "a symbolic link",
			"give helper= the file's real path instead of" };
	case HELPER_PATH_KIND:
		if (last)
			return (struct words){ "not a regular file",
				"install twofa-helper as" };
		return (struct words){ "not a directory",
			"correct helper= where it names" };
	case HELPER_PATH_OWNER:
		return (struct words){ "not owned by root",
			"run: chown root:root" };
	case HELPER_PATH_OTHERS:
		return (
		    struct words){ "writable by others", "run: chmod go-w" };
	case HELPER_PATH_GROUP:
		return (
		    struct words){ "writable by its group", "run: chmod go-w" };
	case HELPER_PATH_CLOSED:
	case HELPER_PATH_FORM:
	case HELPER_PATH_UNSEEN:
	case HELPER_PATH_FIT:
		break;
	}
	return (struct words){ last ? "not executable by user twofa"
				    : "closed to user twofa",
		last ? "run: chmod 0711" : "run: chmod a+x" };
}

static void
fault_log(const char *path, const struct helper_path *at,
    enum helper_path_fault fault)
{
	const struct words words = fault_words(fault, at->last);

	if (fault == HELPER_PATH_FORM)
		logline_mend("helper %.64s: not an absolute path of less than "
			     "%d bytes; correct helper=",
		    path, PATH_MAX);
	else if (fault == HELPER_PATH_UNSEEN)
		logline_mend("helper %s: %s: %s; install twofa-helper there or "
			     "correct helper=",
		    path, at->part, strerror(at->error));
	else if (at->last)
		logline_mend("helper %s: %s; %s %s", path, words.what,
		    words.remedy, at->part);
	else
		logline_mend("helper %s: folder %s is %s; %s %s", path,
		    at->part, words.what, words.remedy, at->part);
}

enum reason
helperfile_check(const char *path, gid_t gid)
{
	struct helper_path at;
	const enum helper_path_fault fault = helper_path_check(&at, path, &gid);

	if (fault == HELPER_PATH_FIT)
		return REASON_NONE;
	fault_log(path, &at, fault);
	return fault == HELPER_PATH_UNSEEN && at.error == ENOENT
	    ? REASON_HELPER_MISSING
	    : REASON_HELPER_PATH;
}
