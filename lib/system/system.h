/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of the operating system: log, clock, random names, trusted files
 * and folders. */
#ifndef TWOFA_SYSTEM_H
#define TWOFA_SYSTEM_H

#include <dirent.h>

#include "lib/values/values.h"

/* log.c: lines of the helper to LOG_AUTHPRIV: failures and their remedies.
 * Control bytes are escaped. The module writes the line of a login. */

/* Longer lines are cut: some syslog daemons cut at 1024. */
#define LOG_LINE_MAX 900

void log_open(void);
/* Must be called before a forked process closes its descriptors: libc would
 * keep writing to the old number, which may be another file by then. */
void log_close(void);
/* Until log_close(), drops lines that the log does not take at once. For a
 * process on which many others wait. */
void log_set_nonblocking(void);
/* Sets the start of the following lines to the login they are about:
 * "alice@sshd:
 * ". Blanks, quotes and = in a name become ?. No login if user is NULL. */
void log_set_subject(const char *user, const char *service);

/* One line each, that an administrator must act on (LOG_ERR), should know
 * (LOG_NOTICE), or needs for debugging (LOG_DEBUG). */
void log_problem(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Stops or resumes all lines; for a dry run of a login. */
void log_set_quiet(bool);

/* Like log_problem() without formatting, for the handler of a signal that ends
 * the process: async-signal-safe. The line is lost if the log cannot take it at
 * once. */
void log_from_signal(const char *line);

/* Passes each line, with its level of syslog, to this function in place of the
 * log, whose socket is closed. From a signal's handler too, then with a
 * subject, else "". For a process that may not write the log itself. */
void log_set_relay(
    void (*relay)(int level, const char *subject, const char *line));
/* Writes such a line, in the process that may. A level of none of the functions
 * above becomes LOG_ERR. */
void log_relayed(int level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Also passes lines of log_problem() to this function, without the subject, for
 * a program that shows them; until called with NULL. */
void log_set_sink(void *ctx, void (*line)(void *ctx, const char *line));
/* Like log_problem(), but that function gets this text instead: for a line with
 * a vendor's words. */
void log_problem_shown_as(const char *shown, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* system.c: names of uids, random names, the boot id, nsswitch.conf. */

#define UID_WORDS_MAX 72

/* "user alice", or "uid 4711" if no account has it, for messages. Returns out;
 * keeps errno. */
const char *system_uid_text(uid_t uid, char out[UID_WORDS_MAX]);

#define RANDOM_NAME_LEN 32

/* A random name of 128 bits, in lower-case hex. Returns 0, or -1 with errno if
 * the kernel has no random bytes. */
int system_random_name(char out[RANDOM_NAME_LEN + 1]);

#define BOOT_ID_MAX 64

/* The kernel's boot id; "" if unreadable, as in a small chroot. */
void system_boot_id(char id[BOOT_ID_MAX + 1]);

/* True if nsswitch.conf has only these services for these databases; both are
 * words for text_has_word(). Also without a line. */
bool system_nsswitch_has_only(const char *databases, const char *services);

/* clock.c: the clocks for all that outlives a login. Running verifications use
 * milliseconds of CLOCK_BOOTTIME, so that setting the time of day does not
 * lengthen them. Data that outlives a reboot uses the wall clock in seconds.
 * Tests link another clock.c, with an offset in a file. */

int64_t clock_ms(void);
int64_t clock_wall_s(void);

/* trusted_file.c: reads a file only if it can be trusted: it is opened without
 * following a link, and its owner, mode and folder are checked. Anybody who can
 * change one of these files can log in as any user. */

#define TRUSTED_FILE_PATH_MAX 255   /* longest path in settings */
#define TRUSTED_FILE_CAUSE_MAX 1280 /* holds any cause */
/* The cause of the last failure of a function "with cause", of this thread. */
extern _Thread_local char trusted_file_cause[TRUSTED_FILE_CAUSE_MAX];

#define TRUSTED_FILE_SETTINGS_MAX (1024 * 1024)
#define TRUSTED_FILE_USER_MAX (64 * 1024)

enum trusted_file_kind {
	TRUSTED_FILE_SETTINGS = 0, /* at most TRUSTED_FILE_SETTINGS_MAX */
	TRUSTED_FILE_USER,         /* at most TRUSTED_FILE_USER_MAX */
	TRUSTED_FILE_SECRET, /* at most 4 KiB; other users must not read it */
};

enum trusted_file_result {
	TRUSTED_FILE_REFUSED = 0, /* with cause and remedy */
	TRUSTED_FILE_OK,
	TRUSTED_FILE_ABSENT, /* missing, in a trusted folder; with cause */
	TRUSTED_FILE_AWAY,   /* its disk or server fails; with cause */
};

struct trusted_file {
	char *text; /* NUL-terminated, with space for one byte more */
	size_t len;
	int64_t changed_ns; /* st_ctime: also of one that is moved back */
};

/* Unless NULL, called before a file is opened: to see later if it changes. */
extern void (*trusted_file_opens)(const char *path);
/* Reads a whole file that must belong to owner. The caller frees it if OK. */
enum trusted_file_result trusted_file_read(const char *path,
    enum trusted_file_kind, uid_t owner, struct trusted_file *);
/* Wipes and frees. */
void trusted_file_free(struct trusted_file *);

/* Reads a secret: one line of 1 to SECRET_MAX printable ASCII bytes; newlines
 * at the end are removed. Returns 0, or -1 with cause. The caller wipes. */
int trusted_file_read_secret(const char *path, uid_t owner, struct secret *);
/* Likewise, with the time of the file's last change. */
int trusted_file_read_dated_secret(
    const char *path, uid_t owner, struct secret *, int64_t *changed_ns);

/* Reads a file of exactly len random bytes. Returns 0, or -1 with cause. The
 * caller wipes key. */
int trusted_file_read_key(
    const char *path, uid_t owner, unsigned char *key, size_t len);

/* Checks that a folder belongs to owner and that only owner can write to it.
 * Returns 0, or -1 with cause. */
int trusted_file_check_folder(const char *path, uid_t owner);

/* ca_roots.c: checks the trusted root certificates. A user who can change them
 * can impersonate a provider. */

/* Checks for a readable regular file (links are followed) that only root or
 * owner can change. Returns 0, or -1 with cause. */
int ca_roots_check_file(const char *path, uid_t owner);

/* Checks for a directory with hash links that only root or owner can change.
 * Returns 0, or -1 with cause. */
int ca_roots_check_folder(const char *path, uid_t owner);

/* The system's hashed directory, or NULL if there is no hash link in it. */
const char *ca_roots_system(void);

/* owned.c: ends what a block owns (OWNED). */

/* Free a text; close a descriptor unless negative, a file that was read, or a
 * folder, unless NULL. errno stays. */
void owned_text(char **);
void owned_fd(const int *);
void owned_file(FILE **);
void owned_folder(DIR **);

/* library.c: libraries that are loaded at their first use. LIST(EACH) names the
 * functions that are called, as lib.NAME(), of a
 *	struct { LIST(LIBRARY_POINTER) } lib;
 * which library_load(SONAME, LIST(LIBRARY_NAME), &lib) fills in. */

/* The argument is a declaration. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name) #name "\0"

/* Returns the library's handle, or NULL with errno ELIBACC if it cannot be
 * loaded or lacks a function; then none may be called. */
void *library_load(const char *soname, const char *names, void *pointers);

/* folder.c: folders that only the helper may use: that of the state file, and
 * state_dir with host.key, latency and shape. Usually they are the same. */

#define FOLDER_PATH_MAX 256
#define FOLDER_CAUSE_MAX 256

/* The folder of an absolute path. Returns 0, or -1 with errno. */
int folder_from_path(const char *path, char out[FOLDER_PATH_MAX]);

/* Checks for a folder of the caller's user with mode 0700. Returns 0, or -1
 * with a cause that begins with name and ends with the remedy. */
int folder_check_private(
    const char *dir, const char *name, char cause[FOLDER_CAUSE_MAX]);

/* Opens a file in dir, created with mode 0600 if flags say so. Returns the
 * descriptor, or -1 with errno; EPERM if it is not a regular file of the
 * caller's user or others can write to it. */
int folder_open_file(const char *dir, const char *name, int flags);

/* Writes a file with mode 0600, first under another name, so that other
 * processes see all of it or nothing. keep: an existing file is not replaced.
 * Returns 0, or -1 with errno. */
int folder_replace_file(const char *dir, const char *name, const void *bytes,
    size_t len, bool keep);

#endif
