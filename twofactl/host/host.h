/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads this host's PAM stacks, the programs that use PAM, and sudoers; decides
 * what a stack results in, and which change would correct it. */
#ifndef TWOFA_HOST_H
#define TWOFA_HOST_H

#include <sys/stat.h>

#include "twofactl/records/records.h"

/* pam_stack.c: the auth lines of a service, with includes. */

/* Return values of modules that matter here. The control value of a line sets
 * the action for each (pam.conf(5)). */
enum pam_control_return {
	RETURN_SUCCESS = 0,
	RETURN_PERM_DENIED = 6,
	RETURN_AUTH_ERR = 7,
	RETURN_CRED_INSUFFICIENT = 8,
	RETURN_AUTHINFO_UNAVAIL = 9,
	RETURN_USER_UNKNOWN = 10,
	RETURN_NEW_AUTHTOK_REQD = 12,
	RETURN_IGNORE = 25,
	RETURN_MODULE_UNKNOWN = 28, /* the module cannot be loaded */
	RETURN_INCOMPLETE = 31,     /* no result yet: PAM calls it again */
	RETURN_COUNT = 32,
};

/* A positive number is a jump over that many lines. */
enum pam_control_action {
	CONTROL_BAD = 0,
	CONTROL_DIE = -1,
	CONTROL_OK = -2,
	CONTROL_DONE = -3,
	CONTROL_IGNORE = -4,
	CONTROL_RESET = -5,
};

/* Fills action from a word such as "required" or the inside of "[success=1
 * default=ignore]". Returns 0, or -1 if PAM cannot parse it: every value is bad
 * then, as it is to PAM. */
int pam_control_read(const char *word, int action[RETURN_COUNT]);

#define PAM_STACK_LINES 128
#define PAM_STACK_LEVELS 16 /* nested includes, as PAM counts them */
#define PAM_STACK_WORD 256
#define PAM_STACK_ARGS 1024
#define PAM_STACK_CAUSE 512

enum pam_stack_kind {
	PAM_STACK_FAILS = 0, /* PAM cannot parse the line, so it fails */
	PAM_STACK_MODULE,
	PAM_STACK_SUB, /* a substack begins after it, one level higher */
};

enum pam_factor_kind {
	PAM_FACTOR_NONE = 0, /* proves no identity, or is pam_twofa */
	PAM_FACTOR_PASSWORD, /* sets PAM_AUTHTOK; also unknown modules */
	PAM_FACTOR_SILENT,   /* a finger, a card: leaves no password */
};

struct pam_stack_line {
	enum pam_stack_kind kind;
	unsigned level; /* nesting of substacks */
	int action[RETURN_COUNT];
	char file[PAM_STACK_WORD];
	unsigned number;              /* of the line in the file, from 1 */
	char control[PAM_STACK_WORD]; /* as written, without brackets */
	char module[PAM_STACK_WORD];  /* as written: a name or a path */
	size_t name;                  /* offset of the name in module */
	char args[PAM_STACK_ARGS];
	/* has no file, or a file without pam_sm_authenticate: it fails */
	bool missing;
	bool copy; /* pam_twofa under another name */
	enum pam_factor_kind factor;
	bool
	    first_pass; /* only uses a password that another module asked for */
	/* Includes are numbered in order, 0 for the service's file: the one
	 * that has this line, the one that includes that, and the number of
	 * those that began before the line. */
	unsigned part, outer, includes_before;
	/* the line of the service's file that includes this one, or 0 */
	unsigned include_line;
	/* of a line of pam_twofa, see wire.h */
	enum module_task task;
	unsigned when;
};

struct pam_stack {
	size_t count;
	unsigned includes; /* number of includes, even without lines */
	/* the first error that PAM would find: "FILE:LINE: what", or "" */
	char fault[PAM_STACK_CAUSE];
	/* its place, and the wrong word, or "" */
	char fault_file[PAM_STACK_WORD], fault_word[PAM_STACK_WORD];
	unsigned fault_line;
	struct pam_stack_line line[PAM_STACK_LINES];
};

enum pam_stack_file {
	PAM_FILE_NONE = 0,
	PAM_FILE_NO_AUTH,
	PAM_FILE_OTHERS,
	PAM_FILE_OURS,
};

struct pam_stack_source {
	void *ctx;
	/* Returns the text and path of a file named as in a stack
	 * ("common-auth", or a path), or NULL. The caller frees the text. */
	char *(*read)(void *ctx, const char *name, char path[PAM_STACK_WORD]);
	/* Inspects the file of a module. If NULL, every module exists, has an
	 * auth stage, and is pam_twofa only if it has that name. */
	enum pam_stack_file (*inspect)(void *ctx, const char *module);
};

enum pam_stack_result {
	PAM_STACK_ABSENT = 0, /* the service has no file */
	PAM_STACK_READ,
	PAM_STACK_TOO_LONG, /* it does not fit into struct pam_stack */
};

/* Reads the auth lines of service, or of "other" if its file has none. */
enum pam_stack_result pam_stack_read(
    struct pam_stack *, const char *service, const struct pam_stack_source *);

/* Reads the auth lines of a text, and those that it includes from the source,
 * which may have no read. */
enum pam_stack_result pam_stack_read_text(
    struct pam_stack *, const char *text, const struct pam_stack_source *);

/* pam_stack_line.c: one of these lines. */

/* Returns the module's name without the folder. */
const char *pam_stack_module_name(const struct pam_stack_line *);

/* True for a line of module, "pam_unix", with or without folder and .so. */
bool pam_stack_line_has_module(
    const struct pam_stack_line *, const char *module);

/* True for a line of pam_twofa without split and when=: it asks for a code. */
bool pam_stack_line_asks(const struct pam_stack_line *);

/* Cuts off the next word of *rest, which ends at a blank. Brackets around it
 * are removed. Returns NULL at the end. */
char *pam_stack_next_word(char **rest);

/* Parses the arguments of a line of pam_twofa by the module's own parser. args
 * points into text. Returns NULL, or the wrong argument: then only the task in
 * args is valid. */
const char *pam_stack_arguments(const struct pam_stack_line *,
    const char *service, char text[PAM_STACK_ARGS], struct module_arguments *);

/* Returns the first line, from the first of pam_twofa to the last, with a jump
 * that crosses an include or leaves its file, so that the content of another
 * file decides where the jump ends. NULL if no such line exists. */
const struct pam_stack_line *pam_jump_crossing(const struct pam_stack *);

/* pam_folder.c: the files of services and modules. */

#define PAM_FOLDER_FIRST "/etc/pam.d" /* the admin's folder */

/* PAM's folders in the order of its search; NULL at the end. */
extern const char *const pam_folder_all[];

/* Must be zeroed before each stack. */
struct pam_folder_reading {
	/* the first unreadable file, and the cause or NULL */
	char path[PAM_STACK_WORD];
	const char *cause;
	/* receives the names of included files, or NULL */
	struct name_list *included;
	unsigned files; /* number of files read so far */
};

/* A struct pam_stack_source whose ctx is a struct pam_folder_reading. */
#define PAM_FOLDER_SOURCE(reading)                                             \
	{                                                                      \
		(reading), pam_folder_read_file, pam_folder_inspect_module     \
	}
char *pam_folder_read_file(
    void *ctx, const char *name, char path[PAM_STACK_WORD]);

/* Finds the path of a module that a stack names; a path is copied as it is,
 * unless it has $ISA. False if the module is in no folder of PAM. */
bool pam_folder_find_module(const char *module, char *path, size_t cap);

/* For struct pam_stack_source. */
enum pam_stack_file pam_folder_inspect_module(void *ctx, const char *module);

/* Returns the name of a file in the admin's folder; any other path as it is. */
const char *pam_folder_name(const char *path);

/* True if the admin's folder has a file of this name. */
bool pam_folder_has(const char *service);

/* Lists, sorted, the names in the admin's folder that no other file includes
 * and that are no backups. Returns 0, or -1 with errno. */
int pam_folder_services(struct name_list *);

/* pam_service.c: known services and programs. */

#define PAM_SERVICE_PROGRAMS 3

struct pam_service {
	const char *name;
	bool root; /* its process runs as root */
	const char
	    *enable; /* SERVICE of twofactl enable for it; NULL: by hand */
	/* paths of the program that uses it, if known. PAM uses "other" for an
	 * installed program whose service has no file */
	const char *program[PAM_SERVICE_PROGRAMS];
};

/* Services that can give root, in doctor's order. cron shows no prompts. */
extern const struct pam_service pam_services[];
extern const size_t pam_services_count;

/* Returns NULL if name is not in pam_services. */
const struct pam_service *pam_service_find(const char *name);

/* True if one of its programs is installed. */
bool pam_service_has_program(const struct pam_service *);

#define PAM_SERVICE_ACCOUNTS 4

enum pam_service_runs {
	PAM_SERVICE_AS_ROOT = 0,
	PAM_SERVICE_AS_USER,    /* as the user who logs in */
	PAM_SERVICE_AS_ACCOUNT, /* as a separate account */
};

/* A program that does not run as root, or has one field for all prompts. */
struct pam_service_program {
	const char *services; /* with blanks between them */
	const char *program;  /* name to show, such as "PostgreSQL" */
	enum pam_service_runs runs;
	bool one_field; /* it cannot show a prompt for a code */
	/* a program that calls PAM instead if installed, and crashes at the
	 * prompt for a code */
	const char *crashing_path;
	/* it calls PAM again for each page, with what was typed once */
	bool repeats;
	/* names of PAM_SERVICE_AS_ACCOUNT, which differ by distribution */
	const char *account[PAM_SERVICE_ACCOUNTS];
};

/* Returns NULL for other programs. */
const struct pam_service_program *pam_service_program(const char *service);

/* host_etc.c: future files of /etc, for a process that has to check them where
 * no mount namespace is possible. A folder has copies of some, such as
 * FOLDER/etc/pam.d/sudo for /etc/pam.d/sudo. */

#define HOST_ETC_PATH 512

/* Returns the bytes of a regular file, and a NUL after them, for the caller to
 * free. flags: more flags of open(). most: the maximum length; 0: any length.
 * NULL with errno, which is 0 if it is no regular file, EFBIG if it is longer.
 */
char *host_file_load(
    const char *path, int flags, size_t most, struct stat *, size_t *len);

/* Like host_file_load(), for a text of at most 64 KiB without NUL; with *cause.
 */
char *host_file_read(
    const char *path, int flags, struct stat *, const char **cause);

/* Sets the folder for this process. The text must stay valid. */
void host_etc_set_folder(const char *folder);

/* Returns the file to open for path: its copy, written to out, or path itself
 * if no folder is set or it has no copy. */
const char *host_etc_path(const char *path, char out[HOST_ETC_PATH]);

/* Replaces paths of copies in folder by those of the files in /etc. */
void host_etc_restore_paths(char *text, const char *folder);

/* pam_modules.c: the behaviour of modules, by their names. */

/* True for a line of one of these modules; NULL at the end. */
bool pam_stack_line_has_any_module(
    const struct pam_stack_line *, const char *const *modules);

/* Sets factor and first_pass by the line's module and arguments. */
void pam_line_find_factor(struct pam_stack_line *);

/* True if it checks the password of accounts of its own, as pam_unix does. */
bool pam_is_directory(const struct pam_stack_line *);

/* True if its success does not depend on who logs in. */
bool pam_proves_nothing(const struct pam_stack_line *);

/* True for a code or key that is asked for after a password. */
bool pam_is_second_factor(const struct pam_stack_line *);

/* True if it may ask for a password although PAM_AUTHTOK is set. */
bool pam_may_ask_again(const struct pam_stack_line *);

/* True if it asks for the password, but returns IGNORE if its directory does
 * not know the user or is unreachable. */
bool pam_module_has_ignore_option(const struct pam_stack_line *);

/* Facts that hold for all logins of one walk. */
struct pam_walk_login {
	/* of the service that the stack belongs to: the application runs as
	 * root, so pam_rootok always succeeds */
	bool caller_is_root;
	/* pam_twofa accepts the first factor without a password, by a rule or
	 * by sshd's report of a key */
	bool verified;
	/* set by the walk */
	unsigned passed;  /* SSH_METHOD_* */
	const char *only; /* directory whose password is right, or NULL */
};

enum pam_seen {
	PAM_SEEN_NOT = 0,
	PAM_SEEN_FAILED,
	PAM_SEEN_GOOD,
	PAM_SEEN_LONE, /* success of pam_twofa without a first factor */
};

/* Whether PAM_AUTHTOK is set. After a failure it may be empty. */
enum pam_typed {
	PAM_TYPED_NOT = 0,
	PAM_TYPED_MAYBE,
	PAM_TYPED,
};

/* Without a first factor, pam_twofa denies and sends nothing. */
bool pam_has_first_factor(const struct pam_walk_login *, enum pam_typed);

/* The state before the line. */
struct pam_line_state {
	enum pam_typed typed;
	enum pam_seen earlier; /* this module's result for this password */
};

bool pam_module_may_return(const struct pam_stack_line *, int value,
    const struct pam_walk_login *, const struct pam_line_state *);

/* True if the value is a success. */
bool pam_return_is_success(int value);

/* pam_walk.c: all paths through a stack. */

/* Errors of a stack; a line is NULL if it has no such error. Lines of pam_twofa
 * that ask are those without split and when=. */
struct pam_walk {
	bool too_complex;                   /* it cannot be checked */
	const struct pam_stack_line *twofa; /* the first that asks */
	bool reached;                       /* some path leads there */
	/* the line by which the stack succeeds without pam_twofa's success; in
	 * a stack without pam_twofa any line, if the stack can succeed */
	const struct pam_stack_line *bypass;
	/* like bypass, after a password and another module's right code */
	const struct pam_stack_line *other_code;
	/* its jump leads past the last line, or past pam_twofa to the end
	 * although no line has allowed the login: it denies a user whose
	 * factors were good so far */
	const struct pam_stack_line *stray;
	/* a first factor's module whose failure denies the login or is the only
	 * result of a first factor, and yet pam_twofa is reached */
	const struct pam_stack_line *failed;
	/* ... and the right code is enough then */
	const struct pam_stack_line *optional;
	bool no_factor; /* no path has a first factor before pam_twofa */
	/* in such a stack: the first factor after it */
	const struct pam_stack_line *factor_after;
	/* on some path no module before it leaves a password, as with a key */
	bool no_password;
	/* a module without a password whose success leads to a line that asks,
	 * or any that jumps there over those that ask for one */
	const struct pam_stack_line *silent;
	/* needs a password, but no module before it has asked for one */
	const struct pam_stack_line *unprompted;
	/* denies users who have both factors; pam_twofa's line if no other
	 * does; not reported together with no_factor or silent */
	const struct pam_stack_line *denies_valid;
	/* a directory's whose password is taken for right, while all who have
	 * no other one are denied even with the code */
	const struct pam_stack_line *locked_out;
	/* when= or split: the logins that it applies to cannot succeed */
	const struct pam_stack_line *cut_off;
	/* asks after split, although no module has checked the password */
	const struct pam_stack_line *unjudged;
	/* asks after another line has allowed the login */
	const struct pam_stack_line *again;
	const struct pam_stack_line *late; /* split after a password module */
	const struct pam_stack_line
	    *alone; /* split without no_prompt after it */
	const struct pam_stack_line *bare; /* no_prompt without split before */
};

/* Follows all paths: in a stack with when= once for each set of its methods,
 * and once without any. */
void pam_walk_check_stack(
    const struct pam_stack *, const struct pam_walk_login *, struct pam_walk *);

/* pam_remedy.c: changes after which no login bypasses pam_twofa or reaches it
 * although its first factor failed. Each is tried in the model first: it must
 * remove all of these errors and allow the same users as before. */

#define PAM_REMEDY_TEXT 1024

/* Writes the first change that helps as text for an admin. line, which the walk
 * found, is tried first, then the lines from it to pam_twofa's. *needs_rule is
 * set if that needs a rule with first_factor = "stack". False if none helps. */
bool pam_remedy(const struct pam_stack *, const struct pam_walk_login *,
    const struct pam_walk *, const struct pam_stack_line *line,
    bool can_add_rule, char text[PAM_REMEDY_TEXT], bool *needs_rule);

/* True if a rule with first_factor = "stack" allows those alone whom line or
 * another first factor has accepted. */
bool pam_remedy_rule_is_safe(const struct pam_stack *,
    const struct pam_walk_login *, const struct pam_stack_line *line);

/* pam_login.c: one login through a stack. */

#define PAM_LOGIN_CAUSE 256

struct pam_login {
	const char *service, *user;
	/* has the service's PAM file; some versions of PAM look for files that
	 * this includes by name in /etc/pam.d only */
	const char *folder;
	bool key;    /* sshd accepted a key */
	bool caller; /* the user starts the program, which is setuid */
};

/* Runs authentication and account management once, on stdin and stdout. True if
 * PAM allows the login; false with cause. The process must exit afterwards:
 * modules ran as root in it, and its real uid may have changed. */
bool pam_login(const struct pam_login *, char cause[PAM_LOGIN_CAUSE]);

/* sudoers.c: which PAM service sudo uses, and where it asks for no password.
 * lockout_sudoers.c reads who may run what. Reads the file and its includes
 * (sudoers(5)). Rules of LDAP or SSSD are not read, but reported. */

enum sudoers_kind {
	SUDOERS_SERVICE = 0, /* text: the service */
	SUDOERS_NOPASSWD,    /* text: the line, or its start */
	SUDOERS_OTHER,       /* text: rootpw, runaspw or targetpw; with ! before
			      * it where it is off again for all */
	SUDOERS_UNREAD,      /* text: an include, or a line of another file that
			      * names other sources of rules, such as LDAP */
};

struct sudoers_found {
	enum sudoers_kind kind;
	const char *file;
	unsigned line; /* the first one of those joined by a backslash */
	const char *text;
};

typedef void sudoers_receiver(void *ctx, const struct sudoers_found *);

/* Reports what it finds in the order of the lines and skips what it cannot
 * parse. path is NULL for this host's files. False if path cannot be read. */
bool sudoers_read(const char *path, void *ctx, sudoers_receiver *);

#define SUDOERS_OTHER_TEXT 384

/* True if sudo asks for the password of another user than the one who runs it;
 * then writes by which line. path is as for sudoers_read(). */
bool sudoers_find_other(const char *path, char text[SUDOERS_OTHER_TEXT]);

#endif
