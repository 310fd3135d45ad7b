/* SPDX-License-Identifier: BSD-2-Clause */
/* A secret in its place, or the old one back. */
#include "twofactl/records/secret_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A second name for the old file: renaming over the first then keeps it. */
static int
keep_old(struct secretfile *s)
{
	if (unlinkat(s->folder.fd, s->old, 0) != 0 && errno != ENOENT)
		return -1;
	s->had_old =
	    linkat(s->folder.fd, s->name, s->folder.fd, s->old, 0) == 0;
	return s->had_old || errno == ENOENT ? 0 : -1;
}

int
secretfile_try(int folder, const char *name, const struct secret *secret,
    const struct placefile_owner *owner)
{
	char line[SECRET_MAX + 2];
	int rc;

	memcpy(line, secret->b, secret->len);
	line[secret->len] = '\n';
	rc = placefile_write(folder, name, owner, line, secret->len + 1);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static int
place(struct secretfile *s, const struct secret *secret,
    const struct placefile_owner *owner)
{
	char new[SECRETFILE_NAME_MAX + 8];
	int rc;

	snprintf(new, sizeof(new), ".%s.new", s->name);
	rc = secretfile_try(s->folder.fd, new, secret, owner);
	if (rc == 0)
		rc = keep_old(s);
	s->reached = rc == 0;
	if (rc == 0)
		rc = placefile_move(s->folder.fd, new, s->folder.fd, s->name);
	if (rc != 0) {
		int error = errno;

		(void)unlinkat(s->folder.fd, new, 0);
		errno = error;
	}
	return rc;
}

int
secretfile_put(struct secretfile *s, const char *folder, const char *name,
    const struct secret *secret, const struct placefile_owner *owner,
    char cause[CONFFILE_CAUSE_MAX])
{
	*s = (struct secretfile){ .folder = { .fd = -1, .lock = -1 } };
	if (snprintf(s->name, sizeof(s->name), "%s", name) +
		(int)sizeof(".old") >=
	    (int)sizeof(s->name)) {
		snprintf(cause, CONFFILE_CAUSE_MAX, "%s: the name is too long",
		    name);
		return -1;
	}
	snprintf(s->old, sizeof(s->old), ".%.70s.old", name);
	if (placefile_open(&s->folder, folder, owner->uid, cause) != 0)
		return -1;
	if (place(s, secret, owner) == 0)
		return 0;
	snprintf(cause, CONFFILE_CAUSE_MAX, "%s/%s: %s", folder, name,
	    strerror(errno));
	secretfile_undo(s);
	return -1;
}

/* A power cut must not bring a secret back whose name has gone. */
static void
settle(struct secretfile *s)
{
	(void)fsync(s->folder.fd);
	placefile_close(&s->folder);
}

void
secretfile_keep(struct secretfile *s)
{
	if (s->had_old)
		(void)unlinkat(s->folder.fd, s->old, 0);
	settle(s);
}

void
secretfile_undo(struct secretfile *s)
{
	if (s->had_old) {
		(void)placefile_move(
		    s->folder.fd, s->old, s->folder.fd, s->name);
		/* both names of one file are left as they are by rename(2) */
		(void)unlinkat(s->folder.fd, s->old, 0);
	} else if (s->reached) {
		(void)unlinkat(s->folder.fd, s->name, 0);
	}
	settle(s);
}
