/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This host's PAM stacks, the programs that ask PAM, and sudoers, as they are:
 * what a stack results in, and the change that would put it right.
 */
#ifndef TWOFA_HOST_H
#define TWOFA_HOST_H

#include "twofactl/records/records.h"

/* The values of a module that make a difference here: for each the second word
 * of a line says what PAM does then (pam.conf(5)). */
enum pam_control_return {
	RETURN_SUCCESS = 0,
	RETURN_PERM_DENIED = 6,
	RETURN_AUTH_ERR = 7,
	RETURN_CRED_INSUFFICIENT = 8,
	RETURN_AUTHINFO_UNAVAIL = 9,
	RETURN_USER_UNKNOWN = 10,
	RETURN_NEW_AUTHTOK_REQD = 12,
	RETURN_IGNORE = 25,
	RETURN_MODULE_UNKNOWN = 28, /* it cannot be loaded */
	RETURN_INCOMPLETE = 31,     /* it is called again: no result yet */
	RETURN_COUNT = 32,
};

/* A positive number jumps over that many lines. */
enum pam_control_action {
	CONTROL_BAD = 0,
	CONTROL_DIE = -1,
	CONTROL_OK = -2,
	CONTROL_DONE = -3,
	CONTROL_IGNORE = -4,
	CONTROL_RESET = -5,
};

/* Fill action from a word such as "required" or the inside of "[success=1
 * default=ignore]". 0, or -1 when PAM cannot read it: then PAM treats every
 * value as bad, and so does action. */
int pam_control_read(const char *word, int action[RETURN_COUNT]);

#define PAM_STACK_LINES 128
#define PAM_STACK_LEVELS 16 /* nested includes, as PAM counts them */
#define PAM_STACK_WORD 256
#define PAM_STACK_ARGS 1024
#define PAM_STACK_CAUSE 512

enum pam_stack_kind {
	PAM_STACK_FAILS = 0, /* PAM cannot read it and lets it fail */
	PAM_STACK_MODULE,
	PAM_STACK_SUB, /* a substack begins after it, one level up */
};

struct pam_stack_line {
	enum pam_stack_kind kind;
	unsigned level; /* nesting of substacks */
	int action[RETURN_COUNT];
	char file[PAM_STACK_WORD];
	unsigned number;              /* of the line in it, from 1 */
	char control[PAM_STACK_WORD]; /* as written, without brackets */
	char module[PAM_STACK_WORD];  /* as written: a name or a path */
	size_t name;                  /* offset of its name in it */
	char args[PAM_STACK_ARGS];
	/* no file, or without an auth stage: PAM takes it for a failure */
	bool missing;
	bool copy; /* pam_twofa under another name */
	/* Includes are numbered in order: the one that has this line, the one
	 * that included that (0: the service's file), and how many started
	 * before it. */
	unsigned part, outer, includes_before;
	unsigned
	    include_line; /* the service's own line that includes it; 0: none */
	/* of pam_twofa: its task, see wire.h */
	enum module_task task;
	unsigned when;
};

struct pam_stack {
	size_t count;
	unsigned includes; /* includes, even without lines */
	/* the first error that PAM would find: "FILE:LINE: what"; "" none */
	char fault[PAM_STACK_CAUSE];
	/* ... where it is, and the wrong word; "": the text names the remedy */
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

/* The source of files. */
struct pam_stack_source {
	void *ctx;
	/* The text of a file named as in a stack ("common-auth", or a path), to
	 * be freed, and its path. NULL: there is none. */
	char *(*read)(void *ctx, const char *name, char path[PAM_STACK_WORD]);
	/* What its file says of a module in a stack. NULL: each has one with an
	 * auth stage, and ours its name. */
	enum pam_stack_file (*inspect)(void *ctx, const char *module);
};

enum pam_stack_result {
	PAM_STACK_ABSENT = 0, /* the service has no file */
	PAM_STACK_READ,
	PAM_STACK_TOO_LONG, /* too long for this model */
};

/* Read the auth lines of service, or those of "other" when it has no file. */
enum pam_stack_result pam_stack_read(
    struct pam_stack *, const char *service, const struct pam_stack_source *);

/* The module's name without the folder. */
const char *pam_stack_name(const struct pam_stack_line *);

/* True for this module, "pam_unix", with or without folder and .so. */
bool pam_stack_is(const struct pam_stack_line *, const char *module);

/* True for one of these; NULL ends them. */
bool pam_stack_is_any(
    const struct pam_stack_line *, const char *const *modules);

/* True for a line of pam_twofa that asks for a code: one without split and
 * when=. */
bool pam_stack_line_asks(const struct pam_stack_line *);

/* Cut off the next word of *rest: it ends at a blank, and brackets around it
 * are removed. NULL at the end. */
char *pam_stack_word(char **rest);

/* The arguments of a line of pam_twofa, by the module's own parser. text is cut
 * to pieces, and args points into it. NULL, or the wrong argument: then only
 * args' task is valid. */
const char *pam_stack_arguments(const struct pam_stack_line *,
    const char *service, char text[PAM_STACK_ARGS], struct module_arguments *);

/* The target of a jump from pos over this many lines; *bad when there are too
 * few lines, which fails the stack. */
unsigned pam_jump(const struct pam_stack *, unsigned pos, int lines, bool *bad);

/* The first of our lines, or a line between two of them, with a jump that
 * crosses an include or leaves its own file: the content of the other file
 * decides where it ends. NULL: none. */
const struct pam_stack_line *pam_jump_crossing(const struct pam_stack *);

#define PAM_FOLDER_FIRST "/etc/pam.d" /* the admin's own */

/* All of PAM's folders, in the order of its search; NULL at the end. */
extern const char *const pam_folder_all[];

/* Zero it before each stack. */
struct pam_folder_reading {
	/* the first file that exists and cannot be judged, and why; cause NULL:
	 * there is none */
	char path[PAM_STACK_WORD];
	const char *cause;
	/* names of included files; NULL: not wanted */
	struct name_list *included;
	unsigned files; /* number of files read so far */
};

/* For struct pam_stack_source; ctx is a struct pam_folder_reading. */
char *pam_folder_read(void *ctx, const char *name, char path[PAM_STACK_WORD]);

/* The path of a module that a stack names; a path is returned as it is, but
 * for $ISA. False: it is in none of PAM's folders. */
bool pam_folder_find_module(const char *module, char *path, size_t cap);

/* For struct pam_stack_source. */
enum pam_stack_file pam_folder_inspect_module(void *ctx, const char *module);

/* True when the admin's folder has a file of this name. */
bool pam_folder_has_service(const char *service);

/* Names in the admin's folder that may be services: those that no other file
 * includes, and no backup. Sorted. 0, or -1 with errno. */
int pam_folder_services(struct name_list *);

#define PAM_SERVICE_PROGRAMS 3

struct pam_service {
	const char *name;
	bool root; /* its process runs as root */
	/* the program that uses it, if files can tell: without a PAM file of
	 * its name PAM uses "other" */
	const char *program[PAM_SERVICE_PROGRAMS];
};

/* Those that can give root, in doctor's order. cron asks no questions. */
extern const struct pam_service pam_services[];
extern const size_t pam_services_count;

/* NULL: it is none of them. */
const struct pam_service *pam_service_find(const char *name);

/* The name with which `twofactl enable` adds our line to its stack; NULL: only
 * by hand. */
const char *pam_service_enable(const char *name);

/* True when one of its programs is installed. */
bool pam_service_is_installed(const struct pam_service *);

#define PAM_SERVICE_ACCOUNTS 4

enum pam_service_runs {
	PAM_SERVICE_AS_ROOT = 0,
	PAM_SERVICE_AS_USER,    /* as the user who logs in */
	PAM_SERVICE_AS_ACCOUNT, /* as an account of its own */
};

/* Uses PAM in its own way: not as root, or with one field for all questions. */
struct pam_service_program {
	const char *service;
	const char *program; /* its name for people: "PostgreSQL" */
	enum pam_service_runs runs;
	bool one_field; /* it cannot show a question for a code */
	/* ... if this is installed it asks instead of the program, and crashes
	 * at that question */
	const char *crashing_path;
	/* it calls PAM again for each page, with what was typed once */
	bool repeats;
	/* ASKING_AS_ACCOUNT: names, which differ by distribution */
	const char *account[PAM_SERVICE_ACCOUNTS];
};

/* NULL: the program is unknown. */
const struct pam_service_program *pam_service_program(const char *service);

/*
 * Future files of /etc, for a process that must judge them where no mount
 * namespace is possible: a folder has copies of some, such as
 * FOLDER/etc/pam.d/sudo for /etc/pam.d/sudo.
 */

#define HOST_ETC_PATH 512

/* The text of an open regular file of at most 64 KiB without NUL, to be freed;
 * NULL with what is wrong. */
char *host_file_read(int fd, const char **cause);

/* Use this folder from now on, in this process. The text must stay valid. */
void host_etc_set_folder(const char *folder);

/* The file to open for this path: its copy, written to out, or the path itself
 * when there is no copy or no folder. */
const char *host_etc_path(const char *path, char out[HOST_ETC_PATH]);

/* Replace names of files in that folder by their names in /etc. */
void host_etc_name(char *text, const char *folder);

enum pam_factor_of {
	PAM_FACTOR_NONE = 0, /* proves no identity, or is our own */
	PAM_FACTOR_PASSWORD, /* sets PAM_AUTHTOK; also unknown modules */
	PAM_FACTOR_SILENT,   /* a finger, a card: leaves no password */
};

enum pam_factor_of pam_factor_of(const struct pam_stack_line *);

/* True when its success does not depend on who sits there. */
bool pam_proves_nothing(const struct pam_stack_line *);

/* True when it uses the password that another module asked for and never asks
 * itself. */
bool pam_uses_first_pass(const struct pam_stack_line *);

/* True when it may ask for another password than the one that is there. */
bool pam_may_ask_again(const struct pam_stack_line *);

/* True when it asks for the password and returns IGNORE if its directory does
 * not know the user or is unreachable. */
bool pam_ignores_failure(const struct pam_stack_line *);

/* What all logins judged together have in common. */
struct pam_walk_login {
	bool caller_is_root; /* as with sshd and login */
	bool verified;       /* there is evidence of a first factor anyway */
	unsigned passed;     /* SSH_METHOD_* */
	/* of all first factors only this module succeeds, and always; NULL:
	 * each may do either */
	const char *only;
};

enum pam_seen {
	PAM_SEEN_NOT = 0,
	PAM_SEEN_FAILED,
	PAM_SEEN_GOOD,
	PAM_SEEN_LONE, /* of pam_twofa: success without a first factor */
};

/* Is PAM_AUTHTOK set? After a failure it may be empty. */
enum pam_typed {
	PAM_TYPED_NOT = 0,
	PAM_TYPED_MAYBE,
	PAM_TYPED,
};

/* Does pam_twofa see a first factor? Without one it denies and sends
 * nothing. */
bool pam_has_first_factor(const struct pam_walk_login *, enum pam_typed);

/* The state before the line. */
struct pam_line_state {
	enum pam_typed typed;
	enum pam_seen
	    earlier; /* this module's earlier answer for this password */
};

bool pam_returns_possible(const struct pam_stack_line *, int value,
    const struct pam_walk_login *, const struct pam_line_state *);

/* Does the module mean success by this value? */
bool pam_returns_success(int value);

/* What is wrong with a stack; a line is NULL when that is fine. Lines of
 * pam_twofa that ask are those without split and when=. */
struct pam_walk {
	bool too_complex;                   /* it cannot be judged */
	const struct pam_stack_line *twofa; /* the first that asks */
	bool reached;                       /* some way leads there */
	/* the line by which the stack succeeds without pam_twofa's success; in
	 * a stack without pam_twofa any line, if it can succeed at all */
	const struct pam_stack_line *bypass;
	/* a first factor's module: though it failed and no other succeeded,
	 * pam_twofa is reached; or it loses the login */
	const struct pam_stack_line *failed;
	/* ... and then the right code lets in */
	const struct pam_stack_line *optional;
	bool no_factor; /* on no way a first factor comes before it */
	/* in such a stack: the first factor after it */
	const struct pam_stack_line *factor_after;
	/* on some way none before it leaves a password, as with a key */
	bool no_password;
	/* a module without a password, whose success leads to a line that
	 * asks; or any that jumps there over those that ask for one */
	const struct pam_stack_line *silent;
	/* wants a password, but none before it has asked for one */
	const struct pam_stack_line *unprompted;
	/* this line denies users who have both factors; pam_twofa's if it is no
	 * other; not reported beside no_factor and silent */
	const struct pam_stack_line *denies_valid;
	/* when= or split: the logins that it is for cannot succeed */
	const struct pam_stack_line *cut_off;
	/* asks after split, though the password was not judged */
	const struct pam_stack_line *unjudged;
	const struct pam_stack_line *again; /* asks after one has let in */
	const struct pam_stack_line *late; /* split after a password's module */
	const struct pam_stack_line *alone; /* split, no_prompt not after it */
	const struct pam_stack_line
	    *bare; /* no_prompt without split before it */
};

/* The service that the stack belongs to. */
struct pam_walk_service {
	/* the application itself runs as root, like sshd and login, so
	 * pam_rootok always succeeds */
	bool caller_is_root;
	/* pam_twofa takes the first factor as shown without a password: by a
	 * rule, or by sshd's report of a key */
	bool verified;
};

/* Can somebody get in whom of all first factors this module alone accepts? */
bool pam_walk_admits(const struct pam_stack *, const struct pam_walk_service *,
    const char *module);

/* A stack with when= is followed once for each of its methods, and once without
 * any. */
void pam_walk_judge(const struct pam_stack *, const struct pam_walk_service *,
    struct pam_walk *);

/*
 * pam_remedy.c: changes to a stack by which no login avoids pam_twofa, or comes
 * to it after its first factor has failed. Each is made in the model first:
 * then nothing of that may be left, and the same people must get in.
 */

#define PAM_REMEDY_TEXT 1024

/* The first change that helps, as a text for an admin; line: what the walk has
 * found, tried first, then those up to ours. *vouched: only together with a
 * rule that has first_factor = "stack". False: none is known. */
bool pam_remedy(const struct pam_stack *, const struct pam_walk_service *,
    const struct pam_walk *, const struct pam_stack_line *line,
    bool can_add_rule, char text[PAM_REMEDY_TEXT], bool *needs_rule);

#define PAM_LOGIN_CAUSE 256

struct pam_login {
	const char *service, *user;
	/* with the service's PAM file; depending on its version PAM reads what
	 * this includes by name from /etc/pam.d */
	const char *folder;
	bool key;    /* sshd: a key was accepted */
	bool caller; /* started by the user: a program such as sudo is setuid */
};

/* Runs in its own process and ends it: PAM's modules run as root's code, and
 * the user's real uid may be taken. The terminal is stdin and stdout.
 * Authentication and account, once. True: PAM lets in; false with cause. */
bool pam_login(const struct pam_login *, char cause[PAM_LOGIN_CAUSE]);

/*
 * sudoers.c: what sudoers says about questions: which PAM service sudo uses,
 * where it asks nothing, and who can become root. Reads the file and its
 * includes (sudoers(5)), but no rules of LDAP or SSSD: says that there are.
 */

enum sudoers_kind {
	SUDOERS_SERVICE = 0, /* text: the service */
	SUDOERS_NOPASSWD,    /* text: the line, or its start */
	SUDOERS_UNREAD, /* text: an include, or a line of another file by which
			 * sudo has rules elsewhere, as of LDAP */
	SUDOERS_ROOT, /* text: alice, #1000, %ops, OTHERS, ALL; alias: where it
		       * is a part of a User_Alias, or "" in a rule by which it
		       * runs ALL or an alias for commands as root */
};

struct sudoers_found {
	enum sudoers_kind kind;
	const char *file;
	unsigned line; /* the first one if it continues with a backslash */
	const char *text, *alias;
};

struct sudoers_sink {
	void *ctx;
	void (*found)(void *ctx, const struct sudoers_found *);
};

/* In the order of the lines. What cannot be understood is skipped. NULL: this
 * host's. False: path itself cannot be read. */
bool sudoers_read(const char *path, const struct sudoers_sink *);

#endif
