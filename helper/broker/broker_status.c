/* SPDX-License-Identifier: BSD-2-Clause */
/* The status file of the state broker, shown by twofactl: one item, whose first
 * text is the version of this format. */
#include "helper/broker/broker_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define SHOWN_VERSION "1"
#define STATUS_FILE "broker"
#define FORMER_FILE "keeper" /* its name before 1.0; removed */

/* True if a broker has this pid. Its name is compared in case the pid was
 * reused. */
static bool
shown_lives(pid_t pid)
{
	char path[32], name[sizeof(BROKER_NAME) + 1] = "";
	FILE *file OWNED(owned_file) = NULL;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	(void)!fgets(name, sizeof(name), file);
	return strcmp(name, BROKER_NAME "\n") == 0 && kill(pid, 0) == 0;
}

const char *
broker_status_read(const char *state_dir, int64_t number[ITEM_BROKER_NUMBERS])
{
	const int fd OWNED(owned_fd) =
	    folder_open_file(state_dir, STATUS_FILE, O_RDONLY);
	char text[FRAME_PROMPT_MAX + 1] = "";
	struct item r;
	ssize_t n;

	memset(number, 0, sizeof(*number) * ITEM_BROKER_NUMBERS);
	if (fd < 0)
		return errno == ENOENT ? NULL : "unknown";
	n = read(fd, text, FRAME_PROMPT_MAX);
	if (n != (ssize_t)strlen(text) || item_read(&r, text) != 0 ||
	    r.kind != ITEM_BROKER || strcmp(r.text[1], SHOWN_VERSION) != 0 ||
	    r.number[2] < 1 || r.number[2] > INT32_MAX)
		return "unknown";
	memcpy(number, &r.number[2], sizeof(*number) * ITEM_BROKER_NUMBERS);
	number[ITEM_BROKER_AGE_S] = clock_wall_s() - number[ITEM_BROKER_AGE_S];
	if (shown_lives((pid_t)r.number[2]))
		return "running";
	number[ITEM_BROKER_CONNECTIONS] = 0;
	return "ended";
}

int64_t
broker_status_write(const char *state_dir,
    const int64_t number[ITEM_BROKER_NUMBERS], int64_t now)
{
	static int64_t written[ITEM_BROKER_NUMBERS], next;
	const bool same = memcmp(written, number, sizeof(written)) == 0;
	char text[FRAME_PROMPT_MAX + 1], new[FOLDER_PATH_MAX + 16],
	    path[FOLDER_PATH_MAX + 16];
	int fd;

	if (same || now < next)
		return same ? INT64_MAX : next;
	next = now + INT64_C(10000);
	memcpy(written, number, sizeof(written));
	item_write(text, ITEM_BROKER, &(const char *){ SHOWN_VERSION }, number);
	snprintf(new, sizeof(new), "%s/" STATUS_FILE ".new", state_dir);
	snprintf(path, sizeof(path), "%s/" STATUS_FILE, state_dir);
	fd = folder_open_file(
	    state_dir, STATUS_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return INT64_MAX;
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		(void)rename(new, path);
	(void)close(fd);
	snprintf(path, sizeof(path), "%s/" FORMER_FILE, state_dir);
	(void)unlink(path);
	return INT64_MAX;
}

void
broker_status_remove(const char *state_dir)
{
	int64_t number[ITEM_BROKER_NUMBERS];
	char path[FOLDER_PATH_MAX + 16];

	(void)broker_status_read(state_dir, number);
	snprintf(path, sizeof(path), "%s/" STATUS_FILE, state_dir);
	if (number[ITEM_BROKER_PROCESS] == getpid())
		(void)unlink(path);
}
