/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with the helper's file, and the remedy. */
#include "twofactl/link/helper_path_words.h"

#include <stddef.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

/* "run:" is followed by the part. */
static const char *
fault_words(enum helper_path_fault fault, bool last)
{
	switch (fault) {
	case HELPER_PATH_LINK:
		return "is a symbolic link; name the real path";
	case HELPER_PATH_KIND:
		return last
		    ? "is not a regular file; install twofa-helper there"
		    : "is not a folder; correct the path";
	case HELPER_PATH_OWNER:
		return "does not belong to root; run: chown root:root";
	case HELPER_PATH_OTHERS:
	case HELPER_PATH_GROUP:
		return "can be written by others than root; run: chmod go-w";
	case HELPER_PATH_FORM:
	case HELPER_PATH_UNSEEN:
	case HELPER_PATH_CLOSED: /* not checked here: the child reports it */
	case HELPER_PATH_FIT:
		break;
	}
	return "is not fit; install twofa-helper there";
}

int
helper_path_words_check(const char *path)
{
	struct helper_path at;
	const enum helper_path_fault fault = helper_path_check(&at, path, NULL);
	const char *words = fault_words(fault, at.last);
	const bool command = strstr(words, "run:") != NULL;

	if (fault == HELPER_PATH_FIT)
		return 0;
	if (fault == HELPER_PATH_FORM)
		complain("helper %.60s: give an absolute path of less than %d "
			 "bytes",
		    path, PATH_MAX);
	else if (fault == HELPER_PATH_UNSEEN)
		complain("helper %s: %s: %s; install it there or correct "
			 "--helper",
		    path, at.part, strerror(at.error));
	else
		complain("helper %s: %s %s%s%s", path, at.part, words,
		    command ? " " : "", command ? shell_word(at.part) : "");
	return -1;
}
