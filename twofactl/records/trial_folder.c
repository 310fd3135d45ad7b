/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders where records are tried. */
#include "twofactl/records/trial_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/records/record_file.h"

#define MODE 0750

/* What a signal takes away. */
static struct {
	const char *path, *file;
	int trial;
} guarded;

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static void
own_name(char name[RECORD_FILE_TRIAL_MAX])
{
	snprintf(name, RECORD_FILE_TRIAL_MAX, RECORD_FILE_TRIAL "%lld",
	    (long long)getpid());
}

static int
open_at(int folder, const char *name)
{
	return openat(
	    folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A second descriptor, since a DIR closes its own. */
static DIR *
list(int folder)
{
	int fd = open_at(folder, ".");
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL && fd >= 0)
		close(fd);
	return dir;
}

/* Files alone: nobody makes folders there. */
static void
empty(int trial)
{
	const struct dirent *entry;
	DIR *dir = list(trial);

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(trial, entry->d_name, 0);
	closedir(dir);
}

static void
remove_folder(int folder, const char *name)
{
	int trial = open_at(folder, name);

	if (trial < 0)
		return;
	empty(trial);
	close(trial);
	(void)unlinkat(folder, name, AT_REMOVEDIR);
}

/* Its process has ended, killed or by Ctrl-C. */
static bool
is_left(const char *name)
{
	const size_t len = sizeof(RECORD_FILE_TRIAL) - 1;
	long pid;
	char *end;

	if (strncmp(name, RECORD_FILE_TRIAL, len) != 0)
		return false;
	pid = strtol(name + len, &end, 10);
	if (end == name + len || *end != '\0' || pid <= 1)
		return true;
	return pid == (long)getpid() ||
	    (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

static void
sweep(int folder)
{
	const struct dirent *entry;
	DIR *dir = list(folder);

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (is_left(entry->d_name))
			remove_folder(folder, entry->d_name);
	closedir(dir);
}

int
trial_folder_open(int folder, const char *users_dir,
    const struct place_file_owner *owner, char *path, size_t cap)
{
	char name[RECORD_FILE_TRIAL_MAX];
	int n, trial;

	sweep(folder);
	own_name(name);
	n = snprintf(path, cap, "%s/%s", users_dir, name);
	if (n < 0 || (size_t)n >= cap) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (mkdirat(folder, name, 0700) != 0)
		return -1;
	trial = open_at(folder, name);
	if (trial >= 0 && fchown(trial, owner->uid, owner->gid) == 0 &&
	    fchmod(trial, MODE) == 0)
		return trial;
	n = errno;
	if (trial >= 0)
		close(trial);
	(void)unlinkat(folder, name, AT_REMOVEDIR);
	errno = n;
	return -1;
}

void
trial_folder_close(int folder, int trial)
{
	char name[RECORD_FILE_TRIAL_MAX];

	own_name(name);
	empty(trial);
	close(trial);
	(void)unlinkat(folder, name, AT_REMOVEDIR);
}

/* Nothing but what a signal may do. */
static void
take_away(int number)
{
	(void)unlinkat(guarded.trial, guarded.file, 0);
	(void)rmdir(guarded.path);
	(void)raise(number); /* its action is the default one again */
}

static void
set_action(void (*handler)(int), unsigned flags)
{
	struct sigaction action = { .sa_handler = handler,
		.sa_flags = (int)flags };
	struct sigaction before;

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigaction(ending[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN) /* nohup */
			(void)sigaction(ending[i], &action, NULL);
}

void
trial_folder_guard(const char *path, int trial, const char *file)
{
	guarded.path = path;
	guarded.trial = trial;
	guarded.file = file;
	set_action(take_away, SA_RESETHAND | SA_NODEFER);
}

void
trial_folder_unguard(void)
{
	set_action(SIG_DFL, 0);
}
