/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system below a program: log, clock, random names, folders and files that
 * can be trusted.
 */
#ifndef TWOFA_SYSTEM_H
#define TWOFA_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/values/values.h"

/*
 * system.c: the helper's own lines to LOG_AUTHPRIV, what failed and how to fix
 * it; names of uids, and names that cannot be guessed. The module writes the
 * line of the login itself. Control bytes are escaped here.
 */

/* Longer lines are cut: some syslog daemons cut at 1024. */
#define LOG_LINE_MAX 900

void log_open(void);
/* Call it before a forked process closes its descriptors: libc would keep
 * writing to the old number, which may be another file by then. */
void log_close(void);
/* Until log_close, drop a line that the log does not take at once. For a
 * process that many others wait for. */
void log_set_nonblocking(void);
/* Whose login the following lines are about: "alice@sshd: ...". Blanks, quotes
 * and = in it become ?. user NULL: no login. */
void log_set_subject(const char *user, const char *service);

/* What an administrator has to fix (LOG_ERR), should know (LOG_NOTICE), or
 * needs for a close look (LOG_DEBUG). One line each. */
void log_problem(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* true: write no lines from now on, because this only shows what a login would
 * meet. false: write them again. */
void log_set_quiet(bool);

/* Like log_problem, with the text as it is: for the handler of a signal that
 * ends the process. Async-signal-safe; the line is lost when the log cannot
 * take it at once. */
void log_from_signal(const char *line);

/* Also pass lines of log_problem to this function, without the login's name,
 * for a program that shows them. NULL: stop. */
void log_set_sink(void *ctx, void (*line)(void *ctx, const char *line));

/* The name of a uid for error messages. */
#define UID_WORDS_MAX 72

/* "user alice", or "uid 4711" when no account has it. Returns out; keeps
 * errno. */
const char *system_uid_text(uid_t uid, char out[UID_WORDS_MAX]);

/* A random name that cannot be guessed: 128 bits in lower-case hex. */
#define RANDOM_NAME_LEN 32

/* 0, or -1 with errno when the kernel has no random bytes. */
int system_random_name(char out[RANDOM_NAME_LEN + 1]);

/* The kernel's boot id; "" where it is unreadable, as in a small chroot. */
#define BOOT_ID_MAX 64
void system_boot_id(char id[BOOT_ID_MAX + 1]);

/*
 * clock.c: the clocks for everything that outlives a login. Running
 * verifications use milliseconds of CLOCK_BOOTTIME, because a change of the
 * time of day must not lengthen them. What also outlives a reboot uses the wall
 * clock in seconds. Tests link another clock.c, with an offset in a file.
 */

int64_t clock_ms(void);
int64_t clock_wall_s(void);

/*
 * trusted_file.c: reads a file only if it can be trusted: it is opened without
 * following a link, and its owner, mode and folder are checked. Anybody who can
 * change one of these files can log in as any user.
 */

/* Longest path in settings, and a size for any cause. */
#define TRUSTED_FILE_PATH_MAX 255
#define TRUSTED_FILE_CAUSE_MAX 1280

#define TRUSTED_FILE_SETTINGS_MAX (1024 * 1024)
#define TRUSTED_FILE_USER_MAX (64 * 1024)

enum trusted_file_kind {
	TRUSTED_FILE_SETTINGS = 0, /* at most TRUSTED_FILE_SETTINGS_MAX */
	TRUSTED_FILE_USER,         /* at most TRUSTED_FILE_USER_MAX */
	TRUSTED_FILE_SECRET, /* at most 4 KiB; other users must not read it */
};

enum trusted_file_result {
	TRUSTED_FILE_REFUSED = 0, /* cause says why, and how to fix it */
	TRUSTED_FILE_OK,
	TRUSTED_FILE_ABSENT, /* missing, in a folder that is fine; with cause */
	TRUSTED_FILE_AWAY,   /* its disk or server fails for now; with cause */
};

struct trusted_file {
	char *text; /* NUL-terminated, with room for one byte more */
	size_t len;
};

/* Read a whole file that must belong to owner. On OK the caller frees. */
enum trusted_file_result trusted_file_read(const char *path,
    enum trusted_file_kind, uid_t owner, struct trusted_file *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);
/* Wipe and free. */
void trusted_file_free(struct trusted_file *);

/* Read a secret: one line of 1 to SECRET_MAX printable ASCII bytes; newlines at
 * the end are cut. 0, or -1 with cause. The caller wipes. */
int trusted_file_read_secret(const char *path, uid_t owner, struct secret *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Read a file that holds a key of exactly len random bytes. 0, or -1 with
 * cause. The caller wipes. */
int trusted_file_read_key(const char *path, uid_t owner, unsigned char *key,
    size_t len, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Does this folder belong to owner, and can only owner write to it? 0, or -1
 * with cause. */
int trusted_file_check_folder(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Are the roots that a provider's certificate is checked against safe? A user
 * who can change them can pose as the provider. */

/* A readable regular file (links are followed) that only root or owner can
 * change. 0, or -1 with cause. */
int ca_roots_check_file(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* A directory with hash links that only root or owner can change. 0, or -1 with
 * cause. */
int ca_roots_check_folder(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* The system's hashed directory, or NULL when it has none. */
const char *ca_roots_system(void);

/* Folders that only the helper may use: the state's folder, and state_dir with
 * host.key, latency and shape. Mostly both are the same. */

#define FOLDER_PATH_MAX 256
#define FOLDER_CAUSE_MAX 256

/* The folder of an absolute path; 0, or -1 with errno. */
int folder_from_path(const char *path, char out[FOLDER_PATH_MAX]);

/* Is it a folder of the caller's user with mode 0700? 0, or -1 with what is
 * wrong, under this name, and the remedy. */
int folder_check_private(
    const char *dir, const char *name, char cause[FOLDER_CAUSE_MAX]);

/* A small file in it, created with 0600 if flags say so. The descriptor, or -1
 * with errno; EPERM for a file that others may write. */
int folder_open_file(const char *dir, const char *name, int flags);

/* Put a file there with these bytes, 0600; written under another name first, so
 * that others see the whole of it or nothing. first: it replaces none, and one
 * that another process has put there meanwhile stays. 0, or -1 with errno. */
int folder_replace_file(const char *dir, const char *name, const void *bytes,
    size_t len, bool first);

#endif
