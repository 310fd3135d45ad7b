/* SPDX-License-Identifier: BSD-2-Clause */
/* Owners and modes of files that logins depend on. */
#include "twofactl/doctor/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define REPORTED_MAX 5 /* files of one folder */
#define WRITE_BITS (S_IWGRP | S_IWOTH)
#define OTHER_BITS (S_IRWXG | S_IRWXO)

enum file_kind {
	ROOT_FILE = 0, /* owned by root, readable by the helper */
	ROOT_SECRET,   /* a ROOT_FILE that other users cannot read */
	HELPER_FILE,   /* owned by the helper's account, for it alone */
};

static bool
helper_can_read(const struct doctor *d, const struct stat *st)
{
	mode_t bits = S_ISDIR(st->st_mode) ? 5 : 4;

	if (!d->user_known)
		return true; /* reported already */
	if (st->st_gid == d->gid)
		bits <<= 3;
	return (st->st_mode & bits) == bits;
}

/* User twofa may replace this file by a link before the command runs, which
 * must not change the link's target then. */
static bool
check_helper_file(struct doctor *d, const char *path, const struct stat *st)
{
	const char *word = terminal_shell_quote(path);
	char file_kind[UID_WORDS_MAX];

	if (S_ISREG(st->st_mode) && st->st_nlink > 1)
		return doctor_problem(d, "files-owner",
		    "%s is one of %lu hard links to a file, which may belong "
		    "to somebody else (look first: ls -li); run: rm %s",
		    word, (unsigned long)st->st_nlink, word);
	if (d->user_known && st->st_uid != d->uid)
		return doctor_problem(d, "files-owner",
		    "%s belongs to %s, not to user twofa; run: chown -h "
		    "twofa:twofa %s",
		    word, system_uid_text(st->st_uid, file_kind), word);
	if ((st->st_mode & OTHER_BITS) == 0)
		return true;
	return doctor_problem(d, "files-mode",
	    "%s is open to users other than twofa; run: runuser -u twofa -- "
	    "chmod go-rwx %s",
	    word, word);
}

static bool
check_root_file(struct doctor *d, const char *path, const struct stat *st,
    enum file_kind file_kind)
{
	const char *folder = S_ISDIR(st->st_mode) ? "x" : "";
	const char *word = terminal_shell_quote(path);
	char owner[UID_WORDS_MAX];

	if (st->st_uid != 0)
		return doctor_problem(d, "files-owner",
		    "%s belongs to %s, not to root; run: chown root:twofa %s",
		    word, system_uid_text(st->st_uid, owner), word);
	if ((st->st_mode & WRITE_BITS) != 0)
		return doctor_problem(d, "files-mode",
		    "%s can be written by users other than root; run: chmod "
		    "go-w %s",
		    word, word);
	if (!helper_can_read(d, st))
		return doctor_problem(d, "files-mode",
		    "%s cannot be read by user twofa; run: chgrp twofa %s && "
		    "chmod g+r%s %s",
		    word, word, folder, word);
	if (file_kind != ROOT_SECRET || (st->st_mode & S_IRWXO) == 0)
		return true;
	return doctor_problem(d, "files-mode",
	    "%s can be read by everybody; run: chmod o-rwx %s", word, word);
}

/* False after reporting a problem. Other checks report missing files. */
static bool
doctor_files_check(struct doctor *d, const char *path, enum file_kind file_kind)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return true;
	if (S_ISLNK(st.st_mode))
		return doctor_problem(d, "files-mode",
		    "%s is a symbolic link, which is not followed; put the "
		    "file itself there",
		    terminal_shell_quote(path));
	return file_kind == HELPER_FILE
	    ? check_helper_file(d, path, &st)
	    : check_root_file(d, path, &st, file_kind);
}

/* Checks every file of the folder except hidden ones. */
static void
check_folder_files(
    struct doctor *d, const char *folder, enum file_kind file_kind)
{
	char path[PATH_MAX];
	unsigned reported = 0;
	const struct dirent *entry;
	DIR *dir OWNED(owned_folder) = opendir(folder);

	while (dir != NULL && reported < REPORTED_MAX &&
	    (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    PRINT_FITS(path, "%s/%.255s", folder, entry->d_name) &&
		    !doctor_files_check(d, path, file_kind))
			reported++;
	if (reported == REPORTED_MAX)
		doctor_note(d, "files-mode",
		    "there may be more in %s; correct these, then run "
		    "doctor again",
		    terminal_shell_quote(folder));
}

/* Any user may have put files into a folder with wrong modes: remedies do not
 * name these until the folder is corrected. */
static void
check_folder(struct doctor *d, const char *path, enum file_kind file_kind)
{
	if (doctor_files_check(
		d, path, file_kind == ROOT_SECRET ? ROOT_FILE : file_kind))
		check_folder_files(d, path, file_kind);
	else
		doctor_note(d, "files-mode",
		    "the contents of %s were not checked; correct the "
		    "folder, then run doctor again",
		    terminal_shell_quote(path));
}

void
doctor_files(struct doctor *d)
{
	const char *conf = d->run->conf;
	char home[CTL_PATH_MAX], state[FOLDER_PATH_MAX];

	PRINT_TO(home, "%.*s", (int)(strrchr(conf, '/') - conf), conf);
	if (home[0] != '\0')
		(void)doctor_files_check(d, home, ROOT_FILE);
	(void)doctor_files_check(d, conf, ROOT_FILE);
	check_folder(d, secret_file_folder(conf), ROOT_SECRET);
	if (d->conf == NULL)
		return;
	check_folder(d, d->conf->users_dir, ROOT_FILE);
	if (folder_from_path(d->conf->state, state) == 0)
		check_folder(d, state, HELPER_FILE);
	if (settings_state_dir_is_separate(d->conf))
		check_folder(d, d->conf->state_dir, HELPER_FILE);
}

/* True for a folder as /tmp, which all users need as it is. */
static bool
is_everybodys(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    (st.st_mode & S_ISVTX) != 0 && (st.st_mode & S_IWOTH) != 0;
}

bool
doctor_check_trusted(struct doctor *d, const char *name, const char *path)
{
	char real[PATH_MAX];
	struct helper_path at;
	const bool there = realpath(path, real) != NULL;
	const enum helper_path_fault fault =
	    there ? helper_path_check(&at, real, NULL) : HELPER_PATH_UNSEEN;
	const char *word = terminal_shell_quote(there ? at.part : path);

	if (fault == HELPER_PATH_UNSEEN)
		return doctor_problem(d, name,
		    "%s: %s; install it there, or give the right path", word,
		    strerror(errno));
	/* what is no file is no module and no program either */
	if (fault < HELPER_PATH_OWNER || fault == HELPER_PATH_FIT)
		return true;
	if (is_everybodys(at.part))
		return doctor_problem(d, name,
		    "%s is below %s, where every user may put files; move it "
		    "to a folder of root, such as /usr/local/sbin, and give "
		    "the new path",
		    terminal_shell_quote(real), word);
	return doctor_problem(d, name,
	    "%s can be changed by users other than root; run: chown "
	    "root:root %s && chmod go-w %s",
	    word, word, word);
}
