/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of app secrets, replaced so that the old one can be restored. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <unistd.h>

const char *
secret_file_folder(const char *conf)
{
	static char path[CTL_PATH_MAX + sizeof("/secrets")];

	PRINT_TO(path, "%.*s/secrets", (int)(strrchr(conf, '/') - conf), conf);
	return path;
}

void
secret_file_name(char out[SECRET_FILE_NAME_MAX], const char *prefix,
    const char *owner, const char *suffix)
{
	struct owner name;

	(void)owner_read(&name, owner);
	snprintf(out, SECRET_FILE_NAME_MAX, "%s%s%s%s%s", prefix, name.account,
	    name.person[0] != '\0' ? "+" : "", name.person, suffix);
}

void
secret_file_name_nth(
    char out[SECRET_FILE_NAME_MAX], const char *owner, unsigned n)
{
	char suffix[sizeof("++4294967295.totp")];

	PRINT_TO(suffix, "++%u.totp", n);
	secret_file_name(out, "", owner, n == 0 ? ".totp" : suffix);
}

/* Gives the old file a second name, so that it survives the rename. */
static int
keep_old(struct secret_file *s)
{
	if (unlinkat(s->folder.fd, s->old, 0) != 0 && errno != ENOENT)
		return -1;
	s->had_old =
	    linkat(s->folder.fd, s->name, s->folder.fd, s->old, 0) == 0;
	return s->had_old || errno == ENOENT ? 0 : -1;
}

int
secret_file_write(int folder, const char *name, const struct secret *secret,
    const struct place_file_owner *owner)
{
	char line[SECRET_MAX + 2];
	int rc;

	memcpy(line, secret->b, secret->len);
	line[secret->len] = '\n';
	rc = place_file_write(folder, name, owner, line, secret->len + 1);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static int
place_secret(struct secret_file *s, const struct secret *secret,
    const struct place_file_owner *owner)
{
	char new[SECRET_FILE_NAME_MAX + 8];
	int rc;

	PRINT_TO(new, ".%s.new", s->name);
	rc = secret_file_write(s->folder.fd, new, secret, owner);
	if (rc == 0)
		rc = keep_old(s);
	s->replaced = rc == 0;
	if (rc == 0)
		rc = place_file_move(s->folder.fd, new, s->folder.fd, s->name);
	if (rc != 0) {
		int error = errno;

		(void)unlinkat(s->folder.fd, new, 0);
		errno = error;
	}
	return rc;
}

int
secret_file_put(struct secret_file *s, const char *folder, const char *name,
    const struct secret *secret, const struct place_file_owner *owner)
{
	*s = (struct secret_file){ .folder = { .fd = -1, .lock = -1 } };
	PRINT_TO(s->name, "%s", name);
	if (!PRINT_FITS(s->old, ".%s.old", name)) {
		PRINT_TO(trusted_file_cause, "%s: the name is too long", name);
		return -1;
	}
	if (place_file_open_folder(&s->folder, folder, owner->uid) != 0)
		return -1;
	if (place_secret(s, secret, owner) == 0)
		return 0;
	PRINT_TO(
	    trusted_file_cause, "%s/%s: %s", folder, name, strerror(errno));
	secret_file_end(s, false);
	return -1;
}

void
secret_file_end(struct secret_file *s, bool keep)
{
	if (!keep && s->had_old)
		(void)place_file_move(
		    s->folder.fd, s->old, s->folder.fd, s->name);
	else if (!keep && s->replaced)
		(void)unlinkat(s->folder.fd, s->name, 0);
	/* also after that move: rename(2) does nothing for two names of one
	 * file */
	(void)unlinkat(s->folder.fd, s->old, 0);
	/* a removed secret must not come back after a power cut */
	(void)fsync(s->folder.fd);
	place_file_close_folder(&s->folder);
}
