/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/import/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/terminal/terminal.h"

#define FIRST 65536

static int
grow(struct whole_file *f, size_t *cap)
{
	size_t want = *cap == 0 ? FIRST : 2 * *cap;
	char *more;

	if (want > WHOLE_FILE_MAX) {
		errno = EFBIG;
		return -1;
	}
	more = realloc(f->bytes, want);
	if (more == NULL)
		return -1;
	f->bytes = more;
	*cap = want;
	return 0;
}

static int
read_all(struct whole_file *f, int fd)
{
	size_t cap = 0;
	ssize_t n;

	for (;;) {
		if (f->len + 1 >= cap && grow(f, &cap) != 0)
			return -1;
		n = read(fd, f->bytes + f->len, cap - f->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		f->len += (size_t)n;
		f->bytes[f->len] = '\0';
		if (n == 0)
			return 0;
	}
}

int
whole_file_read(struct whole_file *f, const char *path)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	*f = (struct whole_file){ .bytes = NULL };
	rc = fd < 0 ? -1 : read_all(f, fd);
	if (rc != 0) {
		complain("%s: %s", path, strerror(errno));
		whole_file_free(f);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

void
whole_file_free(struct whole_file *f)
{
	if (f->bytes != NULL)
		explicit_bzero(f->bytes, f->len);
	free(f->bytes);
	*f = (struct whole_file){ .bytes = NULL };
}
