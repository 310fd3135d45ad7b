/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/state/first_state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/store/store.h"

#define PATH_BYTES 192

/* Mapped: a sanitizer need not look for pointers in it, nor is it a block that
 * a test counts. -shm is made by who opens the others. */
static struct part {
	const char *suffix;
	void *bytes;
	size_t len;
} parts[] = { { "", NULL, 0 }, { "-wal", NULL, 0 }, { "-room", NULL, 0 } };
#define PARTS (sizeof(parts) / sizeof(*parts))

static void
path_of(const char *state, const struct part *part, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, "%s%s", state, part->suffix);
}

static void
keep(const char *state, struct part *part)
{
	char path[PATH_BYTES];
	struct stat st;
	int fd;

	path_of(state, part, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	part->len = (size_t)st.st_size;
	part->bytes = mmap(NULL, part->len, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(part->bytes, MAP_FAILED);
	assert_int_equal(read(fd, part->bytes, part->len), part->len);
	close(fd);
	unlink(path);
}

static void
make(void)
{
	char dir[] = "/tmp/twofa-first.XXXXXX", state[64], path[80];
	char cause[STORE_CAUSE_MAX] = "";
	const struct store_session nobody = { STORE_HOST, 0, dir, 0, NULL,
		false, NULL, NULL };
	struct store *s;

	assert_non_null(mkdtemp(dir));
	snprintf(state, sizeof(state), "%s/state.db", dir);
	s = store_open(state, &nobody, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	store_close(s);
	for (size_t i = 0; i < PARTS; i++)
		keep(state, &parts[i]);
	snprintf(path, sizeof(path), "%s-shm", state);
	unlink(path);
	snprintf(path, sizeof(path), "%s/host.key", dir);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

void
first_state(const char *state)
{
	char path[PATH_BYTES];
	int fd;

	if (parts[0].bytes == NULL)
		make();
	for (size_t i = 0; i < PARTS; i++) {
		path_of(state, &parts[i], path);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(
		    write(fd, parts[i].bytes, parts[i].len), parts[i].len);
		close(fd);
	}
}
