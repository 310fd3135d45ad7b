/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A private folder with settings, secrets and users, for the tests of what
 * reads them. @D in a text stands for the folder.
 */
#ifndef TWOFA_TESTS_CONFDIR_H
#define TWOFA_TESTS_CONFDIR_H

#include <ftw.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/settings/settings.h"

#define CONFDIR_BRAND "brand = \"ACME\";\nusers_dir = \"@D/users.d\";\n"
#define CONFDIR_PROVIDER                                                       \
	"name = \"vonage\"; type = \"vonage-verify\"; "                        \
	"api_key = \"abcd1234\"; api_secret_file = \"@D/secret\";"
/* Three lines that load. */
#define CONFDIR_BASE CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER " } );\n"

struct confdir {
	char path[64];
	char log[65536]; /* the reported lines, each with its newline */
	struct settings_report report;
};

static void
confdir_line(void *ctx, const char *line)
{
	struct confdir *d = ctx;
	size_t used = strlen(d->log);

	assert_null(strchr(line, '\n'));
	snprintf(d->log + used, sizeof(d->log) - used, "%s\n", line);
}

static inline void
confdir_bytes(
    const struct confdir *d, const char *name, const void *bytes, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0640), 0);
}

/* Write a text, with the folder in place of each @D. */
static inline void
confdir_write(const struct confdir *d, const char *name, const char *text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);
	const char *p;

	assert_non_null(f);
	while ((p = strstr(text, "@D")) != NULL) {
		fprintf(f, "%.*s%s", (int)(p - text), text, d->path);
		text = p + 2;
	}
	fputs(text, f);
	fclose(f);
	confdir_bytes(d, name, out, len);
	free(out);
}

static inline void
confdir_mode(const struct confdir *d, const char *name, mode_t mode)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	assert_int_equal(chmod(path, mode), 0);
}

static inline struct settings *
confdir_load(struct confdir *d, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/twofa.conf", d->path);
	confdir_write(d, "twofa.conf", text);
	d->log[0] = '\0';
	return settings_load(path, getuid(), &d->report);
}

/* As above, of a text that must load without a word. */
static inline struct settings *
confdir_loaded(struct confdir *d, const char *text)
{
	struct settings *c = confdir_load(d, text);

	if (c == NULL)
		print_error("%s", d->log);
	assert_non_null(c);
	assert_string_equal(d->log, "");
	return c;
}

static inline void
confdir_make(struct confdir *d)
{
	char path[512];

	memset(d, 0, sizeof(*d));
	strcpy(d->path, "/tmp/twofa-unit-XXXXXX");
	assert_non_null(mkdtemp(d->path));
	snprintf(path, sizeof(path), "%s/users.d", d->path);
	assert_int_equal(mkdir(path, 0750), 0);
	confdir_write(d, "secret", "Sup3rS3cret\n");
	d->report = (struct settings_report){ .ctx = d, .line = confdir_line };
}

static inline int
confdir_unlink(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
confdir_remove(const struct confdir *d)
{
	nftw(d->path, confdir_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int
confdir_setup(void **state)
{
	confdir_make(*state);
	return 0;
}

static inline int
confdir_teardown(void **state)
{
	confdir_remove(*state);
	return 0;
}

/* A test that finds the folder new, and leaves nothing of it. */
#define CONFDIR_TEST(f, dir)                                                   \
	cmocka_unit_test_prestate_setup_teardown(                              \
	    f, confdir_setup, confdir_teardown, dir)

#endif
