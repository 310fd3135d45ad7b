/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts new files over old ones. */
#include "twofactl/install/etc_view.h"

#include <crypt.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <shadow.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/host/host.h"

#define PATH_BYTES 600
#define PASSWD "/etc/passwd"
/* The fewest rounds that yescrypt allows: the hash is used for a minute. */
#define SALT_ROUNDS 1

static int
fail(char cause[ETC_FILE_CAUSE], const char *what)
{
	const int error = errno;

	(void)snprintf(
	    cause, ETC_FILE_CAUSE, "%.250s: %.200s", what, strerror(error));
	errno = error;
	return -1;
}

/* Keep our mounts private, and let no new ones in. */
static int
leave(char cause[ETC_FILE_CAUSE])
{
	if (mkdir(ETC_VIEW_FOLDER, 0755) != 0 && errno != EEXIST)
		return fail(cause, ETC_VIEW_FOLDER);
	if (unshare(CLONE_NEWNS) != 0)
		return fail(cause, "a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return fail(cause, "a mount namespace");
	if (mount("tmpfs", ETC_VIEW_FOLDER, "tmpfs", MS_NOSUID | MS_NODEV,
		"mode=0755,size=16m") != 0)
		return fail(cause, ETC_VIEW_FOLDER);
	return 0;
}

static int
bind_over(const char *from, const char *to, char cause[ETC_FILE_CAUSE])
{
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0
	    ? 0
	    : fail(cause, to);
}

static int
copy_one(const char *from, const char *to, char cause[ETC_FILE_CAUSE])
{
	struct etc_file f;
	struct stat st;
	int rc;

	if (lstat(from, &st) != 0)
		return fail(cause, from);
	if (S_ISLNK(st.st_mode)) {
		char target[PATH_BYTES];
		const ssize_t n = readlink(from, target, sizeof(target) - 1);

		if (n <= 0)
			return fail(cause, from);
		target[n] = '\0';
		return symlink(target, to) == 0 ? 0 : fail(cause, to);
	}
	if (S_ISDIR(st.st_mode)) /* an Include may name files in it */
		return mkdir(to, 0755) == 0 ? bind_over(from, to, cause)
					    : fail(cause, to);
	if (!S_ISREG(st.st_mode))
		return 0; /* it has no settings */
	if (etc_file_read(from, &f, cause) != 0)
		return -1;
	rc = etc_file_write_like(to, from, &f, cause);
	etc_file_free(&f);
	return rc;
}

static int
copy_names(
    DIR *dir, const char *from, const char *to, char cause[ETC_FILE_CAUSE])
{
	char source[PATH_BYTES], copy[PATH_BYTES];
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(source, sizeof(source), "%.300s/%.255s", from,
		    entry->d_name);
		(void)snprintf(
		    copy, sizeof(copy), "%.300s/%.255s", to, entry->d_name);
		if (copy_one(source, copy, cause) != 0)
			return -1;
	}
	return 0;
}

static int
copy_folder(const char *from, const char *to, char cause[ETC_FILE_CAUSE])
{
	struct stat st;
	DIR *dir;
	int rc;

	if (stat(from, &st) != 0)
		return fail(cause, from);
	if (mkdir(to, 0755) != 0 || chown(to, st.st_uid, st.st_gid) != 0 ||
	    chmod(to, st.st_mode & 07777) != 0)
		return fail(cause, to);
	dir = opendir(from);
	if (dir == NULL)
		return fail(cause, from);
	rc = copy_names(dir, from, to, cause);
	closedir(dir);
	return rc;
}

/* A file can only be mounted over an existing one; a new one needs its whole
 * folder. */
static int
show_new(const struct etc_change *f, unsigned i, char cause[ETC_FILE_CAUSE])
{
	const char *name = strrchr(f->path, '/');
	char folder[PATH_BYTES], copy[PATH_BYTES], path[PATH_BYTES];

	(void)snprintf(
	    folder, sizeof(folder), "%.*s", (int)(name - f->path), f->path);
	(void)snprintf(copy, sizeof(copy), ETC_VIEW_FOLDER "/folder.%u", i);
	(void)snprintf(path, sizeof(path), "%.60s%.250s", copy, name);
	if (copy_folder(folder, copy, cause) != 0 ||
	    etc_file_write(path, &f->after, cause) != 0)
		return -1;
	return bind_over(copy, folder, cause);
}

static int
show(const struct etc_change *f, unsigned i, char cause[ETC_FILE_CAUSE])
{
	char path[PATH_BYTES];

	if (!f->before.there)
		return f->after.there ? show_new(f, i, cause) : 0;
	(void)snprintf(path, sizeof(path), ETC_VIEW_FOLDER "/file.%u", i);
	if (etc_file_write_like(path, f->path, &f->after, cause) != 0)
		return -1;
	return bind_over(path, f->path, cause);
}

int
etc_view_enter(const struct etc_change *changes, unsigned count,
    char cause[ETC_FILE_CAUSE])
{
	if (etc_view_copied()) {
		etc_seen_in(ETC_VIEW_COPY);
		return 0;
	}
	if (leave(cause) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (show(&changes[i], i, cause) != 0)
			return -1;
	return 0;
}

/* One account's line in shadow or passwd. */
struct change {
	const char *file, *copy, *user;
	unsigned field; /* from 1 */
	const char *value;
};

static bool
is_usable(const char *hash)
{
	return hash[0] != '\0' && hash[0] != '!' && hash[0] != '*' &&
	    hash[0] != ':';
}

/* Write the line with another field, or unchanged if the account has no usable
 * password: an account that cannot log in must not be able to here. */
static bool
write_changed(FILE *out, char *line, const struct change *c)
{
	const char *at = line, *rest;

	for (unsigned i = 0; i < c->field && at != NULL; i++) {
		at = strchr(at, ':');
		at += at != NULL ? 1 : 0;
	}
	if (at == NULL || (c->field == 1 && !is_usable(at))) {
		fputs(line, out);
		return false;
	}
	rest = strpbrk(at, ":\n");
	fprintf(out, "%.*s%s%s", (int)(at - line), line, c->value,
	    rest != NULL ? rest : "\n");
	return true;
}

/* 1; 0: there is no such account. */
static int
write_lines(FILE *in, FILE *out, const struct change *c)
{
	const size_t len = strlen(c->user);
	char *line = NULL;
	size_t cap = 0;
	int found = 0;

	while (getline(&line, &cap, in) > 0) {
		if (strncmp(line, c->user, len) == 0 && line[len] == ':')
			found |= write_changed(out, line, c);
		else
			fputs(line, out);
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	free(line);
	return found;
}

static int
change(const struct change *c, char cause[ETC_FILE_CAUSE])
{
	FILE *in = fopen(c->file, "re");
	FILE *out = in != NULL ? fopen(c->copy, "wxe") : NULL;
	struct stat st;
	int found = -1;

	if (out != NULL && fstat(fileno(in), &st) == 0 &&
	    fchmod(fileno(out), st.st_mode & 0777) == 0 &&
	    fchown(fileno(out), st.st_uid, st.st_gid) == 0)
		found = write_lines(in, out, c);
	if (found < 0)
		(void)fail(cause, c->file);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		found = fail(cause, c->copy);
	if (found == 1 && bind_over(c->copy, c->file, cause) != 0)
		return -1;
	return found;
}

bool
etc_view_has_password(const char *user)
{
	FILE *file = fopen(SHADOW, "re");
	const struct spwd *entry;
	bool found = false;

	while (file != NULL && !found && (entry = fgetspent(file)) != NULL)
		found = strcmp(entry->sp_namp, user) == 0 &&
		    is_usable(entry->sp_pwdp);
	if (file != NULL)
		fclose(file);
	return found;
}

int
etc_view_password(
    const char *user, const char *password, char cause[ETC_FILE_CAUSE])
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct change c = { .file = SHADOW,
		.copy = ETC_VIEW_FOLDER "/shadow",
		.user = user,
		.field = 1 };
	struct crypt_data *data = calloc(1, sizeof(*data));
	int rc;

	if (data != NULL &&
	    crypt_gensalt_rn("$y$", SALT_ROUNDS, NULL, 0, salt, sizeof(salt)) !=
		NULL)
		c.value = crypt_r(password, salt, data);
	if (c.value == NULL || c.value[0] == '*') {
		free(data);
		return fail(cause, "crypt");
	}
	rc = change(&c, cause);
	explicit_bzero(data, sizeof(*data));
	free(data);
	return rc;
}

int
etc_view_shell(const char *user, const char *shell, char cause[ETC_FILE_CAUSE])
{
	const struct change c = { .file = PASSWD,
		.copy = ETC_VIEW_FOLDER "/passwd",
		.user = user,
		.field = 6,
		.value = shell };

	return change(&c, cause);
}
