/* SPDX-License-Identifier: BSD-2-Clause */
/* The pending trial, and the steps of a trial. */
#include "twofactl/install/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/install/trial_folder.h"
#include "twofactl/install/trial_step.h"

#define NEW TRIAL_FOLDER "/trial.new"
#define CURRENT TRIAL_FOLDER "/trial"
#define PENDING TRIAL_FOLDER "/pending"
#define LOCK TRIAL_FOLDER "/lock"
#define RUNS "trial "
#define CONFIRMED "confirmed "

static int
fail(char cause[TRIAL_CAUSE], const char *path, const char *what)
{
	(void)snprintf(cause, TRIAL_CAUSE, "%.250s: %.200s", path, what);
	return -1;
}

/* Only root may have access, or its content cannot be trusted. */
static int
check_folder(char cause[TRIAL_CAUSE])
{
	struct stat st;

	if (mkdir(TRIAL_FOLDER, 0700) != 0 && errno != EEXIST)
		return fail(cause, TRIAL_FOLDER, strerror(errno));
	if (lstat(TRIAL_FOLDER, &st) != 0)
		return fail(cause, TRIAL_FOLDER, strerror(errno));
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return 0;
	return fail(cause, TRIAL_FOLDER,
	    "it must be a folder of root's with mode 0700; correct or remove "
	    "it");
}

int
trial_lock(bool wait, char cause[TRIAL_CAUSE])
{
	int fd, rc;

	if (check_folder(cause) != 0)
		return -1;
	fd = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(cause, LOCK, strerror(errno));
	do {
		rc = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
	} while (rc != 0 && errno == EINTR);
	if (rc == 0)
		return fd;
	rc = errno;
	close(fd);
	return fail(cause, LOCK,
	    rc == EWOULDBLOCK ? "another twofactl is at work; wait for it"
			      : strerror(rc));
}

static int
write_pending(const char *stage, const struct trial *t, char cause[TRIAL_CAUSE])
{
	char text[sizeof(CONFIRMED) + NONCE_LEN + 2];
	const struct etc_file pending = { .there = true,
		.text = text,
		.uid = geteuid(),
		.gid = getegid(),
		.mode = 0600 };

	(void)snprintf(text, sizeof(text), "%s%s\n", stage, t->id);
	return etc_file_write(PENDING, &pending, cause);
}

/* "" none. */
static int
read_pending(char out[64], char cause[TRIAL_CAUSE])
{
	struct etc_file pending;

	out[0] = '\0';
	if (etc_file_read(PENDING, &pending, cause) != 0)
		return -1;
	if (pending.there) {
		(void)snprintf(out, 64, "%.63s", pending.text);
		out[strcspn(out, "\n")] = '\0';
	}
	etc_file_free(&pending);
	return 0;
}

static bool
is_stage(const char *line, const char *stage, const char *id)
{
	const size_t len = strlen(stage);

	return strncmp(line, stage, len) == 0 && strcmp(line + len, id) == 0;
}

/* The folder of a confirmed trial may have been moved already. */
static int
read_current(const char *line, enum trial_stage *stage, struct trial *t,
    char cause[TRIAL_CAUSE])
{
	const struct etc_file none = { .there = false };
	const int found = trial_folder_read(CURRENT, t, cause);

	if (found < 0)
		return -1;
	if (found == 0 && strncmp(line, CONFIRMED, strlen(CONFIRMED)) == 0)
		return etc_file_write(PENDING, &none, cause);
	if (found > 0 && is_stage(line, RUNS, t->id))
		*stage = TRIAL_RUNS;
	else if (found > 0 && is_stage(line, CONFIRMED, t->id))
		*stage = TRIAL_CONFIRMED;
	else
		return fail(cause, PENDING,
		    "it names a trial that is not there; compare the files of "
		    "/etc/pam.d by hand, and remove it");
	return 0;
}

int
trial_read(enum trial_stage *stage, struct trial *t, char cause[TRIAL_CAUSE])
{
	char line[64];

	*stage = TRIAL_NONE;
	*t = (struct trial){ .files = 0 };
	if (read_pending(line, cause) != 0)
		return -1;
	if (line[0] == '\0' || read_current(line, stage, t, cause) == 0)
		return 0;
	trial_free(t);
	return -1;
}

static void
enabled_folder(char out[TRIAL_PATH], const char *service)
{
	(void)snprintf(out, TRIAL_PATH, TRIAL_FOLDER "/enabled.%.63s", service);
}

int
trial_read_enabled(
    const char *service, struct trial *t, char cause[TRIAL_CAUSE])
{
	char folder[TRIAL_PATH];

	enabled_folder(folder, service);
	return trial_folder_read(folder, t, cause);
}

bool
trial_enabled(const char *service)
{
	char cause[TRIAL_CAUSE];
	struct trial t;
	const bool enabled = trial_read_enabled(service, &t, cause) > 0;

	trial_free(&t);
	return enabled;
}

int
trial_begin(const struct trial *t, char cause[TRIAL_CAUSE])
{
	if (trial_folder_write(NEW, t, cause) != 0)
		return -1;
	trial_step("written");
	if (trial_folder_remove(CURRENT, cause) != 0)
		return -1;
	if (rename(NEW, CURRENT) != 0 || etc_file_sync_folder(CURRENT) != 0)
		return fail(cause, CURRENT, strerror(errno));
	trial_step("kept");
	if (write_pending(RUNS, t, cause) != 0)
		return -1;
	trial_step("pending");
	return 0;
}

int
trial_confirm(const struct trial *t, char cause[TRIAL_CAUSE])
{
	if (write_pending(CONFIRMED, t, cause) != 0)
		return -1;
	trial_step("confirmed");
	return 0;
}

static int
unpend(char cause[TRIAL_CAUSE])
{
	const struct etc_file none = { .there = false };

	return etc_file_write(PENDING, &none, cause);
}

int
trial_tidy(const struct trial *t, char cause[TRIAL_CAUSE])
{
	char folder[TRIAL_PATH];

	enabled_folder(folder, t->service);
	if (trial_folder_remove(folder, cause) != 0)
		return -1;
	trial_step("old-removed");
	if (rename(CURRENT, folder) != 0 || etc_file_sync_folder(CURRENT) != 0)
		return fail(cause, folder, strerror(errno));
	trial_step("moved");
	return unpend(cause);
}

int
trial_forget(const struct trial *t, char cause[TRIAL_CAUSE])
{
	(void)t;
	if (unpend(cause) != 0)
		return -1;
	trial_step("unpended");
	return trial_folder_remove(CURRENT, cause);
}

/* At once: half of it would look damaged. */
int
trial_forget_enabled(const char *service, char cause[TRIAL_CAUSE])
{
	char folder[TRIAL_PATH];

	enabled_folder(folder, service);
	if (trial_folder_remove(NEW, cause) != 0)
		return -1;
	if (rename(folder, NEW) != 0 || etc_file_sync_folder(CURRENT) != 0)
		return fail(cause, folder, strerror(errno));
	trial_step("forgotten");
	return trial_folder_remove(NEW, cause);
}
