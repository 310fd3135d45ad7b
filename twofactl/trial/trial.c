/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the record of a trial on disk, from its start to its end. */
#include "twofactl/trial/trial_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FACTS_MAX 4096
#define NAME_MAX_BYTES (ETC_PATH + 32)
#define LOGINS COUNT_OF(logins)

#define NEW ETC_CHANGE_FOLDER "/trial.new"
#define CURRENT ETC_CHANGE_FOLDER "/trial"
#define PENDING ETC_CHANGE_FOLDER "/pending"
#define LOCK ETC_CHANGE_FOLDER "/lock"
#define RUNS "trial "
#define CONFIRMED "confirmed "

static const char *const logins[] = { [STACK_PASSWORD] = "password",
	[STACK_KEY] = "key",
	[STACK_BOTH] = "both" };
_Static_assert(COUNT_OF(logins) == STACK_BOTH + 1, "a word each");

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
damaged(const char *folder)
{
	return etc_file_fail(
	    "%.250s is damaged; compare the files in /etc/pam.d and "
	    "/etc/ssh/sshd_config.d by hand, then remove it",
	    folder);
}

/* The nth content file of a trial: before.0, after.0, before.1, and so on. */
static void
name_of(char out[NAME_MAX_BYTES], const char *folder, unsigned n)
{
	snprintf(out, NAME_MAX_BYTES, "%.200s/%s.%u", folder,
	    n % 2 == 0 ? "before" : "after", n / 2);
}

/* Writes a file that only this process's user can access. */
static int
write_own(const char *path, char *text)
{
	const struct etc_file f = {
		.text = text, .uid = geteuid(), .gid = getegid(), .mode = 0600
	};

	return etc_file_write(path, &f);
}

static int
write_facts(const char *folder, const struct trial *t)
{
	char text[FACTS_MAX], path[NAME_MAX_BYTES];

	PRINT_TO(text,
	    "id %s\nservice %s\nlogin %s\nsince %" PRId64 "\nuntil %" PRId64
	    "\nboot %s\n%s",
	    t->id, t->service, logins[t->login], t->since, t->until, t->boot,
	    t->rehearsal ? "rehearsal yes\n" : "");
	for (unsigned i = 0; i < t->files; i++)
		PRINT_APPEND(text, "%s %s\n",
		    t->file[i].kind == ETC_RULE ? "rule" : "file",
		    t->file[i].path);
	PRINT_TO(path, "%.200s/facts", folder);
	return write_own(path, text);
}

int
trial_folder_write(const char *folder, const struct trial *t)
{
	char path[NAME_MAX_BYTES];

	if (trial_folder_remove(folder) != 0)
		return -1;
	if (mkdir(folder, 0700) != 0)
		return etc_file_fail_with_path(folder, NULL);
	for (unsigned n = 0; n < 2 * t->files; n++) {
		const struct etc_change *f = &t->file[n / 2];

		name_of(path, folder, n);
		if (etc_file_write(path, n % 2 == 0 ? &f->before : &f->after) !=
		    0)
			return -1;
	}
	return write_facts(folder, t);
}

int
trial_login_read(enum stack_login *login, const char *word)
{
	for (size_t i = 0; i < LOGINS; i++)
		if (strcmp(logins[i], word) == 0) {
			*login = (enum stack_login)i;
			return 0;
		}
	return -1;
}

static int
trial_read_file(struct trial *t, enum etc_change_kind kind, const char *path)
{
	struct etc_change *f = &t->file[t->files];

	if (t->files == TRIAL_FILES || path[0] != '/')
		return -1;
	t->files++;
	f->kind = kind;
	return PRINT_FITS(f->path, "%s", path) ? 0 : -1;
}

/* Reads seconds since 1970; any text after them is an error. */
static int
read_time(int64_t *out, const char *value)
{
	*out = decimal_read(value, INT64_MAX);
	return *out > 0 ? 0 : -1;
}

/* One line of the facts, "NAME VALUE". */
static int
read_fact(struct trial *t, const char *name, const char *value)
{
	if (strcmp(name, "id") == 0)
		return PRINT_FITS(t->id, "%s", value) ? 0 : -1;
	if (strcmp(name, "service") == 0)
		return PRINT_FITS(t->service, "%s", value) ? 0 : -1;
	if (strcmp(name, "boot") == 0)
		return PRINT_FITS(t->boot, "%s", value) ? 0 : -1;
	if (strcmp(name, "rehearsal") == 0)
		return (t->rehearsal = true) ? 0 : -1;
	if (strcmp(name, "login") == 0)
		return trial_login_read(&t->login, value);
	if (strcmp(name, "file") == 0)
		return trial_read_file(t, ETC_LINES, value);
	if (strcmp(name, "rule") == 0)
		return trial_read_file(t, ETC_RULE, value);
	if (strcmp(name, "since") == 0)
		return read_time(&t->since, value);
	if (strcmp(name, "until") == 0)
		return read_time(&t->until, value);
	return -1;
}

static int
read_facts(struct trial *t, char *text)
{
	const size_t len = strlen(text);
	char *save = NULL;

	t->login = (enum stack_login)LOGINS; /* invalid until it is read */
	if (len == 0 || text[len - 1] != '\n')
		return -1; /* truncated */
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		if (value == NULL)
			return -1;
		*value++ = '\0';
		if (read_fact(t, line, value) != 0)
			return -1;
	}
	return t->id[0] != '\0' && t->service[0] != '\0' &&
		t->login != LOGINS && t->since > 0 && t->until > 0 &&
		t->boot[0] != '\0' && t->files > 0
	    ? 0
	    : -1;
}

static int
read_files(const char *folder, struct trial *t)
{
	char path[NAME_MAX_BYTES];

	for (unsigned n = 0; n < 2 * t->files; n++) {
		struct etc_change *f = &t->file[n / 2];

		name_of(path, folder, n);
		if (etc_file_read(path, n % 2 == 0 ? &f->before : &f->after) !=
		    0)
			return -1;
		if (n % 2 == 1 && f->before.text == NULL &&
		    f->after.text == NULL)
			return damaged(folder);
	}
	return 0;
}

int
trial_folder_read(const char *folder, struct trial *t)
{
	char path[NAME_MAX_BYTES];
	struct etc_file facts OWNED(etc_file_free) = { .text = NULL };

	*t = (struct trial){ .files = 0 };
	PRINT_TO(path, "%.200s/facts", folder);
	if (etc_file_read(path, &facts) != 0)
		return -1;
	if (facts.text == NULL)
		return access(folder, F_OK) == 0 ? damaged(folder) : 0;
	if (read_facts(t, facts.text) != 0) {
		trial_free(t);
		return damaged(folder);
	}
	if (read_files(folder, t) == 0)
		return 1;
	trial_free(t);
	return -1;
}

int
trial_folder_remove(const char *folder)
{
	char path[NAME_MAX_BYTES];

	for (unsigned n = 0; n < 2 * TRIAL_FILES; n++) {
		name_of(path, folder, n);
		(void)unlink(path);
	}
	trial_step("removing");
	PRINT_TO(path, "%.200s/facts", folder);
	(void)unlink(path);
	if (rmdir(folder) == 0 || errno == ENOENT)
		return 0;
	return etc_file_fail_with_path(folder, NULL);
}

/* trial_check() for one file. */
static int
trial_check_file(const struct trial *t, const struct etc_change *f, bool ours)
{
	struct etc_file now OWNED(etc_file_free) = { .text = NULL };
	bool good;

	if (etc_file_read(f->path, &now) != 0)
		return -1;
	good = !ours              ? etc_file_equals(&now, &f->before)
	    : now.text == NULL    ? false
	    : f->kind == ETC_RULE ? rule_edit_has(now.text, t->service)
				  : stack_edit_has(now.text);
	if (good)
		return 0;
	if (ours)
		return etc_file_fail(
		    "somebody has removed the trial's lines from %.250s; "
		    "run: twofactl rollback, then enable %.60s again",
		    f->path, t->service);
	return etc_file_fail("%.250s has been changed by somebody else "
			     "meanwhile; run this again",
	    f->path);
}

int
trial_check(const struct trial *t, bool ours)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < t->files; i++)
		rc = trial_check_file(t, &t->file[i], ours);
	return rc;
}

/* Each file is checked again just before it is replaced: a package or another
 * admin may have written it since the last check. */
int
trial_apply(const struct trial *t)
{
	char name[32];

	for (unsigned i = 0; i < t->files; i++) {
		const struct etc_change *f = &t->file[i];

		if (trial_check_file(t, f, false) != 0 ||
		    etc_file_write(f->path, &f->after) != 0)
			return -1;
		PRINT_TO(name, "edit%u", i);
		trial_step(name);
	}
	return 0;
}

/* The folder's content is trusted, so only root may have access. */
static int
trial_check_folder(void)
{
	struct stat st;

	if ((mkdir(ETC_CHANGE_FOLDER, 0700) != 0 && errno != EEXIST) ||
	    lstat(ETC_CHANGE_FOLDER, &st) != 0)
		return etc_file_fail_with_path(ETC_CHANGE_FOLDER, NULL);
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return 0;
	return etc_file_fail_with_path(ETC_CHANGE_FOLDER,
	    "it must be a folder of root's with mode 0700; correct or remove "
	    "it");
}

int
trial_lock(bool wait)
{
	int fd, rc;

	if (trial_check_folder() != 0)
		return -1;
	fd = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* of a read-only /var/lib a lock of the existing file is enough: what
	 * is undone lies in /etc */
	if (fd < 0 && errno == EROFS)
		fd = open(LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return etc_file_fail_with_path(LOCK, NULL);
	if (TEMP_FAILURE_RETRY(flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB)) ==
	    0)
		return fd;
	rc = errno;
	close(fd);
	return etc_file_fail_with_path(LOCK,
	    rc == EWOULDBLOCK ? "another twofactl is at work; wait for it"
			      : strerror(rc));
}

static int
write_pending(const char *stage, const struct trial *t)
{
	char text[sizeof(CONFIRMED) + RANDOM_NAME_LEN + 2];

	PRINT_TO(text, "%s%s\n", stage, t->id);
	return write_own(PENDING, text);
}

static int
unpend(void)
{
	const struct etc_file none = { .text = NULL };

	return etc_file_write(PENDING, &none);
}

static bool
is_stage(const char *line, const char *stage, const char *id)
{
	return text_take(&line, stage) && strcmp(line, id) == 0;
}

/* Reads the trial that line names. If it is confirmed and its folder was moved
 * already, only trial_tidy's last step was missing, and is done here. */
static int
read_current(const char *line, struct trial *t)
{
	const int found = trial_folder_read(CURRENT, t);

	if (found < 0)
		return -1;
	if (found == 0 && strncmp(line, CONFIRMED, strlen(CONFIRMED)) == 0)
		return unpend();
	if (found > 0 && is_stage(line, RUNS, t->id))
		t->stage = TRIAL_RUNS;
	else if (found > 0 && is_stage(line, CONFIRMED, t->id))
		t->stage = TRIAL_CONFIRMED;
	else
		return etc_file_fail_with_path(PENDING,
		    "it names a trial that is not there; compare the files of "
		    "/etc/pam.d by hand, and remove it");
	return 0;
}

int
trial_read(struct trial *t)
{
	char line[64] = "";
	struct etc_file pending OWNED(etc_file_free) = { .text = NULL };

	*t = (struct trial){ .files = 0 };
	if (etc_file_read(PENDING, &pending) != 0)
		return -1;
	if (pending.text != NULL)
		PRINT_TO(line, "%.*s", (int)strcspn(pending.text, "\n"),
		    pending.text);
	if (line[0] == '\0' || read_current(line, t) == 0)
		return 0;
	trial_free(t);
	return -1;
}

static void
enabled_folder(char out[ETC_PATH], const char *service)
{
	snprintf(out, ETC_PATH, ETC_CHANGE_FOLDER "/enabled.%.63s", service);
}

int
trial_read_enabled(const char *service, struct trial *t)
{
	char folder[ETC_PATH];

	enabled_folder(folder, service);
	return trial_folder_read(folder, t);
}

bool
trial_enabled(const char *service, enum stack_login *login)
{
	struct trial t OWNED(trial_free) = { .files = 0 };
	const bool enabled = trial_read_enabled(service, &t) > 0;

	if (login != NULL)
		*login = t.login;
	return enabled;
}

int
trial_write_record(const struct trial *t)
{
	if (trial_folder_write(NEW, t) != 0)
		return -1;
	trial_step("written");
	if (trial_folder_remove(CURRENT) != 0)
		return -1;
	if (place_file_rename(NEW, CURRENT) != 0)
		return etc_file_fail_with_path(CURRENT, NULL);
	trial_step("kept");
	if (write_pending(RUNS, t) != 0)
		return -1;
	trial_step("pending");
	return 0;
}

int
trial_confirm(const struct trial *t)
{
	if (write_pending(CONFIRMED, t) != 0)
		return -1;
	trial_step("confirmed");
	return 0;
}

int
trial_tidy(const struct trial *t)
{
	char folder[ETC_PATH];

	enabled_folder(folder, t->service);
	if (trial_folder_remove(folder) != 0)
		return -1;
	trial_step("old-removed");
	if (place_file_rename(CURRENT, folder) != 0)
		return etc_file_fail_with_path(folder, NULL);
	trial_step("moved");
	return unpend();
}

int
trial_forget(void)
{
	if (unpend() != 0)
		return -1;
	trial_step("unpended");
	return trial_folder_remove(CURRENT);
}

/* Renames the folder first: if only partly removed, it would seem damaged. */
int
trial_forget_enabled(const char *service)
{
	char folder[ETC_PATH];

	enabled_folder(folder, service);
	if (trial_folder_remove(NEW) != 0)
		return -1;
	if (place_file_rename(folder, NEW) != 0)
		return etc_file_fail_with_path(folder, NULL);
	trial_step("forgotten");
	return trial_folder_remove(NEW);
}
