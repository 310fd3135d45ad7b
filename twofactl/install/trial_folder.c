/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a trial to the disk, and reads it. */
#include "twofactl/install/trial_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/install/trial_step.h"

#define FACTS_MAX 4096
#define NAME_MAX_BYTES (TRIAL_PATH + 32)

static const char *const logins[] = { [STACK_PASSWORD] = "password",
	[STACK_KEY] = "key",
	[STACK_BOTH] = "both" };

#define LOGINS (sizeof(logins) / sizeof(logins[0]))

void
trial_free(struct trial *t)
{
	for (unsigned i = 0; i < t->files; i++) {
		etc_file_free(&t->file[i].before);
		etc_file_free(&t->file[i].after);
	}
	*t = (struct trial){ .files = 0 };
}

static int
fail(char cause[TRIAL_CAUSE], const char *path)
{
	(void)snprintf(
	    cause, TRIAL_CAUSE, "%.250s: %.200s", path, strerror(errno));
	return -1;
}

static int
damaged(char cause[TRIAL_CAUSE], const char *folder)
{
	(void)snprintf(cause, TRIAL_CAUSE,
	    "%.250s is damaged; compare the files of /etc/pam.d and "
	    "/etc/ssh/sshd_config.d by hand, and remove it",
	    folder);
	return -1;
}

static void
name_of(char out[NAME_MAX_BYTES], const char *folder, const char *what,
    unsigned number)
{
	(void)snprintf(
	    out, NAME_MAX_BYTES, "%.200s/%s.%u", folder, what, number);
}

static int
write_facts(const char *folder, const struct trial *t, char cause[TRIAL_CAUSE])
{
	char text[FACTS_MAX], path[NAME_MAX_BYTES];
	const struct etc_file facts = { .there = true,
		.text = text,
		.uid = geteuid(),
		.gid = getegid(),
		.mode = 0600 };
	size_t used;

	used = (size_t)snprintf(text, sizeof(text),
	    "id %s\nservice %s\nlogin %s\nsince %" PRId64 "\nuntil %" PRId64
	    "\nboot %s\n%s",
	    t->id, t->service, logins[t->login], t->since, t->until, t->boot,
	    t->rehearsal ? "rehearsal yes\n" : "");
	for (unsigned i = 0; i < t->files; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s %s\n", t->file[i].kind == ETC_RULE ? "rule" : "file",
		    t->file[i].path);
	(void)snprintf(path, sizeof(path), "%.200s/facts", folder);
	return etc_file_write(path, &facts, cause);
}

int
trial_folder_write(
    const char *folder, const struct trial *t, char cause[TRIAL_CAUSE])
{
	char path[NAME_MAX_BYTES];

	if (trial_folder_remove(folder, cause) != 0)
		return -1;
	if (mkdir(folder, 0700) != 0)
		return fail(cause, folder);
	for (unsigned i = 0; i < t->files; i++) {
		name_of(path, folder, "before", i);
		if (etc_file_write(path, &t->file[i].before, cause) != 0)
			return -1;
		name_of(path, folder, "after", i);
		if (etc_file_write(path, &t->file[i].after, cause) != 0)
			return -1;
	}
	return write_facts(folder, t, cause);
}

static int
read_login(struct trial *t, const char *word)
{
	for (size_t i = 0; i < LOGINS; i++)
		if (strcmp(logins[i], word) == 0) {
			t->login = (enum stack_login)i;
			return 0;
		}
	return -1;
}

static int
copy(char *out, size_t cap, const char *value)
{
	return (size_t)snprintf(out, cap, "%s", value) < cap ? 0 : -1;
}

static int
read_file(struct trial *t, enum etc_change_kind kind, const char *path)
{
	if (t->files == TRIAL_FILES || path[0] != '/')
		return -1;
	t->file[t->files].kind = kind;
	return copy(t->file[t->files++].path, TRIAL_PATH, path);
}

/* Seconds since 1970, with nothing after them. */
static int
read_time(int64_t *out, const char *value)
{
	char *end;

	errno = 0;
	*out = strtoll(value, &end, 10);
	return errno == 0 && *out > 0 && *end == '\0' ? 0 : -1;
}

/* One line of the facts, "NAME VALUE". */
static int
read_fact(struct trial *t, const char *name, const char *value)
{
	if (strcmp(name, "id") == 0)
		return copy(t->id, sizeof(t->id), value);
	if (strcmp(name, "service") == 0)
		return copy(t->service, sizeof(t->service), value);
	if (strcmp(name, "boot") == 0)
		return copy(t->boot, sizeof(t->boot), value);
	if (strcmp(name, "rehearsal") == 0)
		return (t->rehearsal = true) ? 0 : -1;
	if (strcmp(name, "login") == 0)
		return read_login(t, value);
	if (strcmp(name, "file") == 0)
		return read_file(t, ETC_LINES, value);
	if (strcmp(name, "rule") == 0)
		return read_file(t, ETC_RULE, value);
	if (strcmp(name, "since") == 0)
		return read_time(&t->since, value);
	if (strcmp(name, "until") == 0)
		return read_time(&t->until, value);
	return -1;
}

/* Checks that nothing is missing. */
static int
check_facts(const struct trial *t)
{
	return t->id[0] != '\0' && t->service[0] != '\0' &&
		t->login != LOGINS && t->since > 0 && t->until > 0 &&
		t->boot[0] != '\0' && t->files > 0
	    ? 0
	    : -1;
}

static int
read_facts(struct trial *t, char *text)
{
	const size_t len = strlen(text);
	char *save = NULL;

	t->login = (enum stack_login)LOGINS; /* not read yet */
	if (len == 0 || text[len - 1] != '\n')
		return -1; /* incomplete */
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		if (value == NULL)
			return -1;
		*value++ = '\0';
		if (read_fact(t, line, value) != 0)
			return -1;
	}
	return check_facts(t);
}

static int
read_files(const char *folder, struct trial *t, char cause[TRIAL_CAUSE])
{
	char path[NAME_MAX_BYTES];

	for (unsigned i = 0; i < t->files; i++) {
		name_of(path, folder, "before", i);
		if (etc_file_read(path, &t->file[i].before, cause) != 0)
			return -1;
		name_of(path, folder, "after", i);
		if (etc_file_read(path, &t->file[i].after, cause) != 0)
			return -1;
		if (!t->file[i].before.there && !t->file[i].after.there)
			return damaged(cause, folder);
	}
	return 0;
}

int
trial_folder_read(const char *folder, struct trial *t, char cause[TRIAL_CAUSE])
{
	char path[NAME_MAX_BYTES];
	struct etc_file facts;
	int rc;

	*t = (struct trial){ .files = 0 };
	(void)snprintf(path, sizeof(path), "%.200s/facts", folder);
	if (etc_file_read(path, &facts, cause) != 0)
		return -1;
	if (!facts.there)
		return access(folder, F_OK) == 0 ? damaged(cause, folder) : 0;
	rc = read_facts(t, facts.text);
	etc_file_free(&facts);
	if (rc != 0) {
		trial_free(t);
		return damaged(cause, folder);
	}
	if (read_files(folder, t, cause) == 0)
		return 1;
	trial_free(t);
	return -1;
}

int
trial_folder_remove(const char *folder, char cause[TRIAL_CAUSE])
{
	char path[NAME_MAX_BYTES];

	for (unsigned i = 0; i < TRIAL_FILES; i++) {
		name_of(path, folder, "before", i);
		(void)unlink(path);
		name_of(path, folder, "after", i);
		(void)unlink(path);
	}
	trial_step("removing");
	(void)snprintf(path, sizeof(path), "%.200s/facts", folder);
	(void)unlink(path);
	if (rmdir(folder) == 0 || errno == ENOENT)
		return 0;
	return fail(cause, folder);
}
