/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's user and file, checked before a start. */
#include "twofactl/client/client.h"

#include <errno.h>

#define BY_OTHERS "can be written by users other than root; run: chmod go-w"

const struct passwd *
client_helper_account(void)
{
	const struct passwd *pw;
	int error;

	errno = 0;
	pw = getpwnam(HELPER_USER);
	if (pw != NULL)
		return pw;
	error = errno;
	if (error != 0)
		PRINT_TO(trusted_file_cause,
		    "user " HELPER_USER ": cannot be looked up: %s; repair the "
		    "name service (nsswitch.conf), or free memory and "
		    "descriptors",
		    strerror(error));
	else
		PRINT_TO(trusted_file_cause,
		    "user " HELPER_USER
		    ": no such user; run: " HELPER_USER_ADD);
	errno = error;
	return NULL;
}

/* A text with "run:" is to be followed by the part of the path. */
static const char *
fault_text(enum helper_path_fault fault, bool last)
{
	static const char *const texts[HELPER_PATH_FIT + 1] = {
		[HELPER_PATH_LINK] = "is a symbolic link; name the real path",
		[HELPER_PATH_OWNER] =
		    "does not belong to root; run: chown root:root",
		[HELPER_PATH_OTHERS] = BY_OTHERS,
		[HELPER_PATH_GROUP] = BY_OTHERS,
	};

	if (fault == HELPER_PATH_KIND && !last)
		return "is not a folder; correct the path";
	if (fault == HELPER_PATH_KIND)
		return "is not a regular file; install twofa-helper there";
	return texts[fault] != NULL
	    ? texts[fault]
	    : "is not a valid helper; install twofa-helper there";
}

int
client_check_helper(const char *path)
{
	struct helper_path at;
	const enum helper_path_fault fault = helper_path_check(&at, path, NULL);
	const char *words = fault_text(fault, at.last);
	const bool command = strstr(words, "run:") != NULL;

	if (fault == HELPER_PATH_FIT)
		return 0;
	if (fault == HELPER_PATH_FORM)
		terminal_error(
		    "helper %.60s: give an absolute path of less than %d bytes",
		    path, PATH_MAX);
	else if (fault == HELPER_PATH_UNSEEN)
		terminal_error("helper %s: %s: %s; install it there or correct "
			       "--helper",
		    path, at.part, strerror(at.error));
	else
		terminal_error("helper %s: %s %s%s%s", path, at.part, words,
		    command ? " " : "",
		    command ? terminal_shell_quote(at.part) : "");
	return -1;
}
