/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts of /etc: changed, undone, and seen by a process before they are there.
 */
#ifndef TWOFA_ETC_H
#define TWOFA_ETC_H

#include "twofactl/host/host.h"

#define ETC_FILE_CAUSE 512

/* Why a function here or of a trial (trial.h) failed that is said to fail "with
 * cause"; like errno, it stays until the next one fails. */
extern char etc_cause[ETC_FILE_CAUSE];

/* A file and its content; there: false, and the rest is not set. */
struct etc_file {
	bool there;
	char *text; /* freed by etc_file_free */
	uid_t uid;
	gid_t gid;
	mode_t mode;
	/* another file whose label and access control list it gets; NULL: those
	 * of the file that it replaces */
	const char *like;
};

/* Read a regular file of at most 64 KiB without NUL. A missing file: there is
 * false. 0, or -1 with cause, for example for a link, whose target may belong
 * to another package. */
int etc_file_read(const char *path, struct etc_file *);

void etc_file_free(struct etc_file *);

/* Give a cause. -1. */
int etc_file_set_cause(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* "PATH: why"; NULL: errno's words. -1, with errno as it was. */
int etc_file_set_error(const char *path, const char *why);

/* Make the file as given: written beside its place, with owner and mode, and
 * with the old file's SELinux label and access control list; synced, moved, and
 * the folder synced. Or remove it. 0, or -1 with cause: then the old file is
 * unchanged. */
int etc_file_write(const char *path, const struct etc_file *);

/* True when they are equal, with owner and mode. */
bool etc_file_equals(const struct etc_file *, const struct etc_file *);

/* By which everybody may run twofactl self: the last name of sudoers.d counts,
 * so that no rule of others takes the password away. */
#define ETC_SELF_SUDOERS "/etc/sudoers.d/zz-twofa-self"
#define ETC_SELF_PAM PAM_FOLDER_FIRST "/" FACTS_SELF_SERVICE

#define ETC_PATH 256

/* Root's folder for changes that may have to be undone; trial.h lists what is
 * in it. */
#define ETC_CHANGE_FOLDER "/var/lib/twofactl"

/* Which part of a file is ours. */
enum etc_change_kind {
	ETC_LINES = 0, /* lines by etc.h */
	ETC_RULE,      /* the rule of etc.h for the service */
};

struct etc_change {
	char path[ETC_PATH];
	struct etc_file before, after;
	enum etc_change_kind kind;
};

/* The lines of a PAM file, and the marks around ours. */

#define STACK_MARK "# twofactl enable: "
#define STACK_BEGIN STACK_MARK "begin (twofactl disable takes these lines out)"
#define STACK_END STACK_MARK "end"
/* Followed by a line that ours replace. */
#define STACK_WAS STACK_MARK "was: "
/* At the end of a line that is a copy from another file. */
#define STACK_COPY "\t" STACK_MARK "copy"
/* The last line of the file had no newline. */
#define STACK_BARE STACK_MARK "no newline was here"

/* With its newline, if it has one. */
struct text_line {
	const char *at;
	size_t len;
};

/* The next line of *rest; false at the end. */
bool text_line_next(const char **rest, struct text_line *);

/* Does it start with this? */
bool text_line_begins(const struct text_line *, const char *with);

/* Is it the mark after our lines? */
bool text_line_is_end_mark(const struct text_line *);

/* Does it contain this? */
bool text_line_contains(const struct text_line *, const char *what);

/* Close a stream of open_memstream: its text, or NULL where memory was
 * short. */
char *text_stream_end(FILE *, char **text);

/* Does it name our module outside of a comment? */
bool text_line_is_ours(const struct text_line *);

#define TEXT_LINE_NO_MATCH ((size_t)-1)

struct text_line_list {
	struct text_line *line;
	size_t count;
};

/* Without their newlines. 0, or -1: no memory. */
int text_line_list_read(struct text_line_list *, const char *text);
void text_line_list_free(struct text_line_list *);

/* For each line of the first text: its line in the second, or
 * TEXT_LINE_NO_MATCH; as many as possible in the same order. To be freed; NULL:
 * no memory. */
size_t *text_line_match(
    const struct text_line_list *, const struct text_line_list *);

/* "PATH:", then removed lines after "-", added ones after "+", and two
 * unchanged lines around each change after a blank; "..." for more unchanged
 * lines. A NULL text means no file. If memory is short, both texts are printed
 * whole. */
void text_change_print(
    FILE *, const char *path, const char *before, const char *after);

/* The first factor before the code. */
enum stack_login {
	STACK_PASSWORD = 0, /* our line follows the password's lines */
	STACK_KEY,          /* it replaces them: sshd has checked a key */
	STACK_BOTH,         /* either: a jump over them after a key */
};

/* Add the lines; those of an earlier call are replaced. *out is to be freed.
 * files: to find the include that asks for the password. 0, or -1 with cause:
 * why they are refused, and the remedy. */
int stack_edit_add(const char *text, enum stack_login,
    const struct pam_stack_source *files, char **out);

/* Remove them and restore what they replaced; all other lines stay, also newer
 * ones. To be freed; NULL: no memory. */
char *stack_edit_undo(const char *text);

/* True when a mark is missing, so that the end of our lines is unknown. */
bool stack_edit_is_broken(const char *text);

/* True when it has lines from stack_edit_add. */
bool stack_edit_has(const char *text);

/* The next file whose auth lines a line of *rest takes in; false: no more. */
bool stack_edit_included(const char **rest, char name[PAM_STACK_WORD]);

/* Red Hat's stacks: authselect owns the file that asks for the password. A line
 * behind that file would never be reached, or also after a wrong password. */

/* The file of authselect's ("password-auth") that asks for the password in this
 * service's file; NULL: none. */
const char *authselect_file(const char *text);

/* Print what to do by hand: a profile, and the commands. */
void authselect_explain(FILE *, const char *service, const char *file);

/* The auth lines for that file in the new profile. */
extern const char authselect_lines[];

/*
 * rule_edit.c: enable's rule in twofa.conf: adds it as the first rule, between
 * marks that name its service, and removes it again. Works on texts; the caller
 * checks whether the settings are valid afterwards.
 */

/* Add rule, "{ ... }". An earlier rule for that service is replaced. To be
 * freed; NULL: no memory, or the text's rules are not a list. */
char *rule_edit_add(const char *text, const char *service, const char *rule);

/* Remove it; other rules stay, and the list stays valid. To be freed; NULL: no
 * memory. */
char *rule_edit_undo(const char *text, const char *service);

/* The rule for that service, "{ ... }". To be freed; NULL: none with both
 * marks, or no memory. */
char *rule_edit_get(const char *text, const char *service);

/* Replace it by another one. To be freed; NULL as from rule_edit_get. */
char *rule_edit_replace(
    const char *text, const char *service, const char *rule);

/* True when there is one for that service. */
bool rule_edit_has(const char *text, const char *service);

/* Of sshd's settings: everything between our marks is removed. If a mark is
 * missing, only lines are removed that were written between the marks, each
 * once and in their order; all others stay. *line: the first remaining line
 * that may be one of ours, changed since; then the other mark stays, too; 0:
 * there is none. To be freed; NULL: no memory. */
char *text_undo_settings(const char *now, const char *written, unsigned *line);

/* Remove what the change added, and restore what it replaced of an earlier
 * one; service: the one of a rule; clear: remove all of our lines. 0; 1 with
 * cause: nothing of the change is known to be left, but a line should be
 * checked; -1 with cause: something is left, or there is no memory. *text is to
 * be freed, also when something is left; NULL: no memory. */
int text_undo_trial(const char *service, const struct etc_change *,
    const char *now, bool clear, char **text);

/* with is plain with other lines in it, some in place of plain's; now is an
 * edited plain. Make the same change to now: lines replace those that they
 * replaced in plain, or follow the line before them, or, if that is gone,
 * precede the next one. To be freed; NULL: no memory. */
char *text_merge(const char *plain, const char *with, const char *now);

/*
 * etc_view.c: the future /etc, seen only by one process and its children: a
 * mount namespace in which new files lie over the old ones. Nothing remains
 * when they end. Where the machine does not allow a mount namespace, copies of
 * the files in a folder of root's are used instead, by programs that can be
 * told their place.
 */

/* A folder that everyone may read, only within the view. */
#define ETC_VIEW_FOLDER "/run/twofactl"

/* The copies: etc/ as in host.h, with the changed and sshd's files; pam.d/,
 * all future PAM files. */
#define ETC_VIEW_COPY ETC_CHANGE_FOLDER "/view"
#define ETC_VIEW_PAM ETC_VIEW_COPY "/pam.d"

/* From now on a view uses copies, which are made here. ETC_CHANGE_FOLDER
 * is locked; config: the file that sshd reads. 0, or -1 with cause. */
int etc_view_copy(
    const struct etc_change *, unsigned count, const char *config);
/* True when copies are used. */
bool etc_view_uses_copies(void);
/* Remove the copies, also those of a killed process. */
void etc_view_copy_remove(void);

/* Write a line of a PAM file for the copies: an include by name, or of a file
 * in /etc/pam.d, becomes one of the copy. (PAM looks for names in /etc/pam.d
 * even when it was given another folder.) */
void etc_view_pam_line(FILE *out, const char *line);
/* The same for sshd_config and its includes of drop-ins. */
void etc_view_sshd_line(FILE *out, const char *line);

/* In a forked child: enter the view of the changed files. 0, or -1 with
 * cause; EPERM in errno: this machine allows no mount namespace. With copies it
 * cannot fail. */
int etc_view_enter(const struct etc_change *, unsigned count);

/* True when the user has a usable password in /etc/shadow. */
bool etc_view_has_password(const char *user);

/* Run call, NULL: nothing, in a child that sees these files (changes NULL: the
 * present ones) and writes to out, also NUL bytes; text gets as much as fits.
 * 0, or -1 with the cause that call has written; EPERM in errno as above. */
int etc_view_call(const struct etc_change *, unsigned count,
    int (*call)(void *ctx, FILE *out), void *ctx, char *text, size_t cap);

/* In the view: set a user's password to this one, which is secret, if
 * /etc/shadow has a usable one. 1; 0: it has none; -1 with cause. */
int etc_view_password(const char *user, const char *password);
/* In the view: set the user's shell to this program. Returns the same. */
int etc_view_shell(const char *user, const char *shell);

#endif
