/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks that the helper can read what it needs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/system/system.h"
#include "twofactl/check/check.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

#define SHOWN_MAX 600 /* of a path */

static void __attribute__((format(printf, 2, 0)))
tell(void (*told)(const char *line), const char *fmt, va_list ap)
{
	static char line[COMPLAIN_MAX];

	vsnprintf(line, sizeof(line), fmt, ap);
	told(line);
}

void
check_problem(struct check *c, const char *fmt, ...)
{
	va_list ap;

	c->problems++;
	va_start(ap, fmt);
	tell(c->told, fmt, ap);
	va_end(ap);
}

void
check_warning(struct check *c, const char *fmt, ...)
{
	va_list ap;

	c->warnings++;
	va_start(ap, fmt);
	tell(c->warned, fmt, ap);
	va_end(ap);
}

static void
report_line(void *ctx, const char *line)
{
	check_problem(ctx, "%s", line);
}

struct settings_report
check_report(struct check *c)
{
	return (struct settings_report){
		.ctx = c, .line = report_line, .all = true
	};
}

/* Uses the group's bits if it is the helper's group, else the bits for
 * others. */
static bool
readable(const struct check *c, const struct stat *st)
{
	const mode_t bits = S_ISDIR(st->st_mode) ? 5 : 4;

	if (st->st_gid == c->group)
		return (st->st_mode >> 3 & bits) == bits;
	return (st->st_mode & bits) == bits;
}

static void
check_mode(struct check *c, const char *path, const struct stat *st)
{
	const char *word = shell_word(path);

	if (!readable(c, st))
		check_problem(c,
		    "%s: twofa-helper cannot read it, so logins are "
		    "denied; run: chgrp twofa %s; chmod %s %s",
		    word, word, S_ISDIR(st->st_mode) ? "0750" : "0640", word);
}

void
check_readable(struct check *c, const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		check_problem(c, "%s: %s", shell_word(path), strerror(errno));
	else
		check_mode(c, path, &st);
}

void
check_secrets(struct check *c, const char *folder)
{
	const struct dirent *entry;
	char path[SHOWN_MAX], cause[TRUSTED_FILE_CAUSE_MAX] = "";
	struct stat st;
	DIR *dir = opendir(folder);

	if (dir == NULL) {
		if (errno != ENOENT)
			check_problem(
			    c, "%s: %s", shell_word(folder), strerror(errno));
		return;
	}
	/* otherwise any user may have chosen the names in it */
	if (trusted_file_folder(folder, c->owner, cause) != 0) {
		check_problem(c, "%s", cause);
		closedir(dir);
		return;
	}
	check_readable(c, folder);
	while ((entry = readdir(dir)) != NULL) {
		/* a file that is gone meanwhile has no mode */
		if (strcmp(entry->d_name, PLACE_FILE_LOCK) == 0 ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		snprintf(
		    path, sizeof(path), "%.300s/%.255s", folder, entry->d_name);
		check_mode(c, path, &st);
	}
	closedir(dir);
}
