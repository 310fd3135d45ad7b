/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes files of /etc, undoes the changes, and rehearses them in a view. */
#ifndef TWOFA_ETC_H
#define TWOFA_ETC_H

#include "twofactl/host/host.h"

#define ETC_FILE_CAUSE 512

/* etc_file.c: reads and replaces files of /etc. */

/* The error message of the last function that failed "with cause", here or in
 * trial.h. Like errno, it is kept until the next failure. */
extern char etc_cause[ETC_FILE_CAUSE];

/* A file and its content. */
struct etc_file {
	char *text; /* freed by etc_file_free; NULL: there is no file */
	uid_t uid;
	gid_t gid;
	mode_t mode;
	/* file whose SELinux label and access control list are copied when
	 * this one is written; NULL for those of the replaced file */
	const char *like;
};

/* Reads a regular file of at most 64 KiB without NUL bytes. Returns 0, also for
 * a missing file (text is NULL), or -1 with cause. Fails for a symbolic link,
 * as its target may belong to another package. */
int etc_file_read(const char *path, struct etc_file *);

void etc_file_free(struct etc_file *);

/* Sets etc_cause. Returns -1. */
int etc_file_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Sets etc_cause to "PATH: why"; NULL for strerror(errno). Returns -1 and keeps
 * errno. */
int etc_file_fail_with_path(const char *path, const char *why);

/* Writes a temporary file with this content, owner and mode, renames it to path
 * and syncs both file and folder; removes path if text is NULL. Returns 0, or
 * -1 with cause; the old file is then unchanged, unless only the sync of the
 * folder failed. */
int etc_file_write(const char *path, const struct etc_file *);

/* True if content, owner and mode are equal, or both files are missing. */
bool etc_file_equals(const struct etc_file *, const struct etc_file *);

#define ETC_PATH 256
#define ETC_SSH_FOLDER "/etc/ssh/"

/* Root's folder for changes that may have to be undone; trial.h lists its
 * files. */
#define ETC_CHANGE_FOLDER "/var/lib/twofactl"

/* What twofactl notices has told; each run that fails in nothing writes it. */
#define ETC_NOTICES_FILE ETC_CHANGE_FOLDER "/notices"

enum etc_change_kind {
	ETC_LINES = 0, /* marked lines: stack_edit.c */
	ETC_RULE,      /* the service's rule in twofa.conf: rule_edit.c */
};

struct etc_change {
	char path[ETC_PATH];
	struct etc_file before, after;
	enum etc_change_kind kind;
};

/* text_line.c: texts as lists of lines; the marks around twofactl's lines. */

#define STACK_MARK "# twofactl enable: "
#define STACK_BEGIN STACK_MARK "begin (twofactl disable takes these lines out)"
#define STACK_END STACK_MARK "end"
/* Precedes a line that twofactl's lines replace. */
#define STACK_WAS STACK_MARK "was: "
/* Ends a line that was copied from the replaced line or its include. Editors
 * replace tabs. */
#define STACK_COPY_MARK STACK_MARK "copy"
#define STACK_COPY "\t" STACK_COPY_MARK
/* Records that the last line of the file had no newline. */
#define STACK_BARE STACK_MARK "no newline was here"

/* Takes the next line, with any newline, off *rest. Returns false at the end.
 */
bool text_line_next(const char **rest, struct text_part *);

/* True for STACK_END, the mark after twofactl's lines. */
bool text_line_is_end_mark(const struct text_part *);

bool text_line_contains(const struct text_part *, const char *what);

/* Closes a stream of open_memstream. Returns *text, which the caller frees, or
 * NULL if memory was short. */
char *text_stream_end(FILE *, char **text);

/* Like text_stream_end(), if rc is 0 and the stream is not NULL. Returns 0, or
 * -1 with cause: that of rc, or that memory was short; *text is NULL then. */
int text_stream_take(FILE *, char **text, int rc);

/* True if the line names pam_twofa outside of a comment. */
bool text_line_is_ours(const struct text_part *);

#define TEXT_LINE_NO_MATCH ((size_t)-1)

struct text_line_list {
	struct text_part *line;
	size_t count;
};

/* Lists the lines of text, without newlines; they point into it. Returns 0, or
 * -1 if memory is short. */
int text_line_list_read(struct text_line_list *, const char *text);
void text_line_list_free(struct text_line_list *);

/* Returns, for each line of the first text, the index of its line in the second
 * or TEXT_LINE_NO_MATCH: a longest common subsequence. The caller frees it;
 * NULL if memory is short. */
size_t *text_line_list_match(
    const struct text_line_list *, const struct text_line_list *);

/* Prints "PATH:" and a diff with two lines of context; "..." replaces other
 * unchanged lines. before is NULL for a missing file. Of long texts, and if
 * memory is short, prints all old lines and then all new ones. */
void text_change_print(
    FILE *, const char *path, const char *before, const char *after);

/* stack_edit.c: adds lines to a PAM file, between marks, and removes them. */

/* The first factor before the code. */
enum stack_login {
	STACK_PASSWORD = 0, /* twofactl's line follows the password's lines */
	STACK_KEY,          /* replaces them, as sshd has verified a key */
	STACK_BOTH,         /* either: after a key, PAM jumps over them */
};

/* Adds the lines to text, replacing those of an earlier call; files reads
 * includes, to find the one that asks for the password. Returns 0, or -1 with
 * cause, which also gives the remedy. The caller frees *out, NULL on failure.
 */
int stack_edit_add(const char *text, enum stack_login,
    const struct pam_stack_source *files, char **out);

/* Returns text without twofactl's lines and with those that they replaced; all
 * other lines are kept. The caller frees it; NULL if memory is short. */
char *stack_edit_undo(const char *text);

/* True if a mark is missing, so the extent of twofactl's lines is unknown. */
bool stack_edit_is_broken(const char *text);

/* True if text has a begin mark from stack_edit_add. */
bool stack_edit_has(const char *text);

/* Gets the next file in *rest that is included for its auth lines. Returns
 * false if there are no more. */
bool stack_edit_next_include(const char **rest, char name[PAM_STACK_WORD]);

#define AUTHSELECT_FOLDER "/etc/authselect"
#define AUTHSELECT_PROFILE AUTHSELECT_FOLDER "/custom/twofa"
#define AUTHSELECT_FILES "password-auth", "system-auth"

/* authselect_edit.c: adds twofactl's lines to a template of a profile, or to
 * the file that authselect made from it; stack_edit_undo() removes them.
 * Returns 0, or -1 with cause. The caller frees *out, NULL on failure. */
int authselect_edit_add(const char *text, char **out);

/* authselect_profile.c: the profile "custom/twofa", for Red Hat's stacks, where
 * authselect writes the included file that asks for the password. A line after
 * that include would never be reached, or would be reached after a wrong
 * password too. */

/* Returns the file written by authselect ("password-auth") that this service's
 * PAM text includes, or NULL if it includes no such file. */
const char *authselect_included_file(const char *text);

/* True if authselect writes this file, to which PAM's name is a link. */
bool authselect_profile_manages(const char *file);

/* Selects the profile, derived from the selected one with its features, unless
 * it is selected. Returns 0, or -1 with cause. */
int authselect_profile_take(void);

/* Selects the one that it was derived from once no line of ours is in it.
 * Returns 0, or -1 with cause. */
int authselect_profile_give_back(void);

/* rule_edit.c: twofactl enable's rule in the text of twofa.conf, between marks
 * that name its service. The caller validates the new settings. Texts returned
 * are freed by the caller; NULL if memory is short. */

/* Adds rule, "{ ... }", as the first one, replacing an earlier rule for that
 * service. Returns NULL also if the text's "rules" is not a list. */
char *rule_edit_add(const char *text, const char *service, const char *rule);

/* Removes the rule; other rules are kept, and the list stays valid. */
char *rule_edit_undo(const char *text, const char *service);

/* Returns the rule for that service, "{ ... }". NULL also if no rule has both
 * marks. */
char *rule_edit_get(const char *text, const char *service);

/* Replaces the rule by another one. Returns NULL as rule_edit_get does. */
char *rule_edit_replace(
    const char *text, const char *service, const char *rule);

/* True if text has the begin mark of a rule for that service. */
bool rule_edit_has(const char *text, const char *service);

/* Replaces the rules that an earlier call added at the end of the list, after
 * all others, by these; NULL: removes them. Returns NULL also if "rules" is not
 * a list, or a mark around them is missing. */
char *rule_edit_put_last(const char *text, const char *rules);
bool rule_edit_has_last(const char *text);

/* text_undo.c: undoes a change in a text that was edited since. */

/* Returns sshd's settings without the lines between the marks. If a mark is
 * missing, removes only lines of written, each once and in order; *line is then
 * the first remaining line that may be a changed line of twofactl's, in which
 * case the other mark is kept, or else 0. The caller frees the text; NULL if
 * memory is short. */
char *text_undo_sshd_settings(
    const char *now, const char *written, unsigned *line);

/* Removes what the change added to now and restores an earlier change that it
 * replaced, or with clear removes all of twofactl's lines. Returns 0; 1 with
 * cause if an admin should check the file, though nothing of the change is
 * known to be left; -1 with cause if something is left or memory is short. The
 * caller frees *text in all cases; it may be NULL if memory is short. */
int text_undo_trial(const char *service, const struct etc_change *,
    const char *now, bool clear, char **text);

/* Returns now, an edited plain, with the change that leads from plain to with.
 * Added lines replace those that they replaced in plain, or follow the line
 * before them, or, if that is gone, precede the next one. The caller frees the
 * text; NULL if memory is short. */
char *text_merge(const char *plain, const char *with, const char *now);

/* etc_view.c: the future /etc for one process and its children: a mount
 * namespace in which new files are mounted over the old ones. It vanishes when
 * they exit. If the machine allows no mount namespace, copies of the files in
 * one of root's folders are used instead, by programs that take their path. */

/* The view's tmpfs is mounted here; everyone may read it. */
#define ETC_VIEW_FOLDER "/run/twofactl"

/* The copies: etc/ (see host_etc_set_folder) with the changed files and sshd's;
 * pam.d/ with all future PAM files. */
#define ETC_VIEW_COPY ETC_CHANGE_FOLDER "/view"
#define ETC_VIEW_PAM ETC_VIEW_COPY "/pam.d"

/* Makes the copies; views use them from now on. config is the file that sshd
 * reads. The caller has locked ETC_CHANGE_FOLDER. Returns 0, or -1 with cause.
 */
int etc_view_copy(
    const struct etc_change *, unsigned count, const char *config);
bool etc_view_uses_copies(void);
/* Removes the copies, also those that a killed process left. */
void etc_view_copy_remove(void);

/* Writes a line of a PAM file for the copies: an include by name, or of a file
 * in /etc/pam.d, names the copy instead. (PAM searches /etc/pam.d for names
 * even if it was given another folder.) */
void etc_view_write_pam_line(FILE *out, const char *line);
/* Like etc_view_write_pam_line, for sshd_config and its includes of drop-ins.
 */
void etc_view_write_sshd_line(FILE *out, const char *line);

/* Enters the view of the changed files, in a forked child. Returns 0, or -1
 * with cause, and with errno EPERM or EACCES if the machine allows no mount
 * namespace. Cannot fail with copies. */
int etc_view_enter(const struct etc_change *, unsigned count);

/* True if the user has a usable password in /etc/shadow. */
bool etc_view_has_password(const char *user);

/* Runs call, unless NULL, in a child within the view of changes, without stdio
 * on stdout. Returns what call does, 0 or an enum ctl_exit, or -1 with cause,
 * and with errno EPERM if the machine allows no mount namespace. */
int etc_view_run_in_child(const struct etc_change *, unsigned count,
    int (*call)(void *ctx), void *ctx);

/* Sets a user's password in the view, if /etc/shadow has a usable one. Returns
 * 1, 0 if it has no usable one, or -1 with cause. The password is secret. */
int etc_view_set_password(const char *user, const char *password);
/* Sets a user's shell in the view. Returns 1, 0 if no such account exists, or
 * -1 with cause. */
int etc_view_set_shell(const char *user, const char *shell);

#endif
