/* SPDX-License-Identifier: BSD-2-Clause */
/* Trusted root certificates: checks that no other user can change them. */
#include "lib/system/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_PATH "/etc/ssl/certs"

static int
check_owner(const struct stat *st, const char *path, uid_t owner)
{
	char user[UID_WORDS_MAX];

	if ((st->st_uid == 0 || st->st_uid == owner) &&
	    (st->st_mode & 022) == 0)
		return 0;
	PRINT_TO(trusted_file_cause,
	    "belongs to %s with mode %04o, so others can change it; run: "
	    "chown root %s; chmod go-w %s",
	    system_uid_text(st->st_uid, user), st->st_mode & 07777, path, path);
	return -1;
}

/* Write access to its folder suffices to replace a file. */
static int
check_its_folder(const char *path, uid_t owner)
{
	char folder[TRUSTED_FILE_PATH_MAX + 1];
	const char *slash = strrchr(path, '/');
	struct stat st;

	PRINT_TO(folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if (stat(folder, &st) != 0) {
		PRINT_TO(trusted_file_cause, "%s: %s", folder, strerror(errno));
		return -1;
	}
	if ((st.st_mode & S_ISVTX) != 0)
		st.st_mode &= ~(mode_t)022; /* sticky: no file is replaced */
	return check_owner(&st, folder, owner);
}

int
ca_roots_check_file(const char *path, uid_t owner)
{
	char user[UID_WORDS_MAX];
	struct stat st;
	const int fd OWNED(owned_fd) =
	    open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc = -1;

	if (fd < 0 || fstat(fd, &st) != 0)
		PRINT_TO(trusted_file_cause,
		    "cannot be opened by %s (%s); put the roots there, in PEM, "
		    "with mode 0644",
		    system_uid_text(geteuid(), user), strerror(errno));
	else if (!S_ISREG(st.st_mode))
		PRINT_TO(trusted_file_cause,
		    "is not a regular file; a directory of roots belongs to "
		    "ca_path");
	else if (check_owner(&st, path, owner) == 0)
		rc = check_its_folder(path, owner);
	return rc;
}

static bool
has_hash_link(DIR *dir)
{
	const struct dirent *d;

	while ((d = readdir(dir)) != NULL)
		/* "NNNNNNNN.N", as openssl rehash names links */
		if (strspn(d->d_name, TEXT_HEX) == 8 && d->d_name[8] == '.' &&
		    text_has_only(d->d_name + 9, TEXT_DIGITS))
			return true;
	return false;
}

int
ca_roots_check_folder(const char *path, uid_t owner)
{
	DIR *dir OWNED(owned_folder) = opendir(path);
	char user[UID_WORDS_MAX];
	struct stat st;
	int rc = -1;

	if (dir == NULL || fstat(dirfd(dir), &st) != 0)
		PRINT_TO(trusted_file_cause,
		    "cannot be opened as a directory by %s: %s",
		    system_uid_text(geteuid(), user), strerror(errno));
	else if (check_owner(&st, path, owner) == 0) {
		rc = has_hash_link(dir) ? 0 : -1;
		if (rc != 0)
			PRINT_TO(trusted_file_cause,
			    "has no hash links; run: openssl rehash %s", path);
	}
	return rc;
}

const char *
ca_roots_system(void)
{
	DIR *dir OWNED(owned_folder) = opendir(SYSTEM_PATH);

	return dir != NULL && has_hash_link(dir) ? SYSTEM_PATH : NULL;
}
