/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal of an admin: questions, error messages, QR codes, JSON and the
 * command line. */
#ifndef TWOFA_TERMINAL_H
#define TWOFA_TERMINAL_H

#include "lib/settings/settings.h"

/* Exit statuses, as listed in twofactl(8). */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_NO = 1,       /* the answer is no */
	CTL_USAGE = 2,    /* the command line */
	CTL_SETTINGS = 3, /* twofa.conf or a user's file */
	CTL_FAILED = 4,   /* a provider or I/O failed */
	CTL_JOURNAL = 5,  /* there is no journal of systemd */
};

/* options.c: the command line and its help. */

#define CTL_PATH_MAX 4096
#define CTL_OPERANDS_MAX 3
#define CTL_OWN_MAX 44
#define CTL_OPTIONS_MAX 128

/* The part of the command line that all functions of a command need. */
struct run {
	const char *command;
	const char *conf; /* the path of twofa.conf, absolute */
	const char *helper;
	bool json;
};

/* The command line, for options.c and a command's first function only. Texts
 * are unchecked, as typed; NULL if not given. */
struct arguments {
	struct run run;
	const char *operand[CTL_OPERANDS_MAX];
	const char *user;   /* the first operand, if it is a USER */
	const char *person; /* one of the people of that account */
	bool yes, left, no_verify, replace, dry_run, full, prometheus, upgrade;
	bool codes;         /* list: bypass codes */
	bool list;          /* code: those of the user instead */
	bool add;           /* enroll, totp, self: one more */
	bool devices;       /* list: a line for each */
	const char *device; /* remove, self: its number */
	const char *end;    /* code: the number of the one to end, or "all" */
	bool invite;        /* code: also allows an enrolment */
	bool csv;           /* people: the invitations */
	bool members_left, remove; /* people: the records of those who left */
	const char *hours;         /* of a code: its validity */
	bool sends; /* unlock: the message limits, not the locks */
	bool local; /* recovery-codes: for an outage, on this host */
	/* of a record */
	const char *phone, *channel, *email, *provider, *country;
	const char *key, *cert_id, *ca, *as_user; /* of a person */
	const char *sk, *sk_removed;              /* security keys of a user */
	const char *expect, *unproven;            /* of an account */
	const char *missing;                      /* a group */
	const char *secret_file;                  /* totp */
	const char *token, *resync, *counter;     /* totp: of a token */
	const char *tokens;                       /* import */
	const char *since;                        /* report, list */
	bool events;
	bool send;              /* rollout: the mail; notices: a test */
	bool google, app_first; /* import */
	const char *file;       /* to be checked */
	const char *service, *from, *caller; /* of a login */
	bool ask_field;    /* test: one field, as in a program; asks for it */
	const char *field; /* explain: the kind of code in that field */
	/* of enable, confirm, rollback */
	const char *login, *within, *timer, *prove_as;
	const char *exempt; /* enable: users */
	bool skip;
	const char *until, *why; /* end and reason of their rule; of code */
	bool exceptions;         /* report */
	bool files_only;         /* doctor */
	bool app;                /* init, helpdesk, self */
	bool own_phone;          /* self */
	bool own_codes;
	const char *own_removed;
	const char *etc; /* doctor: copies of future files */
	bool anyway, look, no_trial, no_input, boot, all;
	/* of a first twofa.conf */
	const char *brand, *prefixes, *office, *base_url, *ca_file;
	const char *own[CTL_OWN_MAX]; /* values of option_key_nth(index) */
	bool rehearsal;
	/* of state */
	bool print, push, renew;
	const char *url, *groups, *output, *networks;
	const char *users_per_hour, *sends_per_hour;
	bool enrols, no_enrols, end_records;
	const char *enrolled_by; /* list: at a login of this host */
	/* of a record in a state that hosts share */
	const char *give_groups; /* hosts of these groups may read it */
	bool again; /* the account has the record of a user who left */
	bool here;  /* in users_dir of this host instead */
	unsigned count;
	/* used only in options.c */
	struct {
		const char *config, *count;
		bool help, version;
		bool seen[CTL_OPTIONS_MAX]; /* rows of its table */
	} raw;
};

/* Returns "90", "90s", "10m", "2h" or "14d" in seconds, or 0 if invalid. */
int64_t options_span(const char *text);
/* Reads the argument of --since: "14d" is 14 days ago, "2027-01-31" that day.
 * *since is in seconds since 1970. Returns 0, or -1 after an error. */
int options_since(const char *text, int64_t *since);

/* Returns an option that was given and is neither of every command nor among
 * these words, or NULL. Valid until the next call. */
const char *options_other(const struct arguments *, const char *words);

struct command_user;

typedef enum ctl_exit command_run(const struct arguments *);
typedef enum ctl_exit command_run_user(
    struct command_user *, const struct arguments *);

struct command {
	const char *name;
	/* "USER SERVICE [ADDR]": one word each, optional ones last and in
	 * brackets; may be "" */
	const char *operands;
	/* names of its options in the table of options.c, with blanks between
	 */
	const char *options;
	const char *summary;
	const char *details; /* lines of the help; may be "" */
	/* one of these; command_user_run prepares the second by whom, an OR of
	 * enum command_whom (records.h) */
	command_run *run;
	command_run_user *run_user;
	unsigned whom;
};

command_run cmd_check, cmd_confirm, cmd_disable, cmd_doctor, cmd_edit,
    cmd_enable, cmd_helpdesk, cmd_init, cmd_notices, cmd_rollback, cmd_self,
    cmd_state;
command_run_user cmd_code, cmd_enroll, cmd_explain, cmd_forget, cmd_import,
    cmd_key, cmd_account, cmd_leave, cmd_list, cmd_people, cmd_push,
    cmd_recovery_codes, cmd_remove, cmd_report, cmd_rollout, cmd_show,
    cmd_status, cmd_test, cmd_totp, cmd_unlock;

#define OPTIONS_COMMON "config helper help version" /* of every command */
#define OPTIONS_OWN "own" /* stands for all keys of provider types */

enum options_result {
	OPTIONS_WRONG = 0, /* reported */
	OPTIONS_RUN,       /* *command is to be run */
	OPTIONS_HELPED,    /* --help or --version was printed */
};

/* Reads the command line. commands[count] is in the order of the help. */
enum options_result options_read(int argc, char **argv,
    const struct command *commands, size_t count, struct arguments *,
    const struct command **command);

/* A key of provider types as an option of a command: api_key is --api-key. Made
 * from the types' own tables. */
struct option_key {
	const struct setting_key *key;
	char option[32]; /* its name, without the dashes */
	char types[96];  /* the types that have it, for the help */
};

/* True if the keys of this type are options: it sends codes to any phone
 * number, without registration, or its users have accounts there. */
bool option_keys_include_type(const struct provider_type *);

/* Returns the nth key, each once, in the order of the types; NULL at the end. n
 * is its index in arguments.own. */
const struct option_key *option_key_nth(size_t n);

/* Returns the option of a key, or NULL if it is not an option. */
const struct option_key *option_key_find(const char *key);

/* Returns the value of this key on the command line, or NULL if not given. */
const char *option_key_value(const struct arguments *, const char *key);

/* progress.c: a progress bar on stderr, if that is a terminal. */

/* done: of all, more than 0. */
void progress_show(const char *what, size_t done, size_t all);
/* Removes the bar: before a line of stdout, and at the end. */
void progress_clear(void);

/* qr_code.c: QR codes, by libqrencode. A scanner needs dark modules on a light
 * background with a margin, so the terminal's own colours are not used. */

struct qr_text_style {
	bool halves;    /* UTF-8: two modules in a character */
	bool colours;   /* by escape sequences */
	size_t columns; /* of the terminal; 0 if unknown */
};

/* Returns the columns that the code takes. */
size_t qr_text_columns(const struct qr_code *, const struct qr_text_style *);

void qr_text_draw(const struct qr_code *, const struct qr_text_style *, FILE *);

/* Draws the text's code on stdout, if that is a terminal; reports if it is too
 * narrow. */
void qr_text_show(const char *text);

/* terminal.c: questions to the admin. Prompts go to stderr, so that stdout has
 * only the output. */

/* True if stdin is a terminal for questions. */
bool terminal_is_open(void);

/* Reads a line of stdin into out[cap], without its newline; "" if it is too
 * long. Returns 0, or -1 at the end of input. The caller wipes. */
int terminal_read_line(const char *prompt, char *out, size_t cap);

/* Like terminal_read_line(), but a terminal does not echo the input. */
int terminal_read_hidden(const char *prompt, char *out, size_t cap);

/* Makes the signals that end a process (INT, TERM, HUP, QUIT) act like the end
 * of input for the present question and all later ones, so that files can be
 * cleaned up. Returns 0, or -1 with errno. */
int terminal_hold_signals(void);
/* Ends the hold; a signal that came meanwhile ends the process. */
void terminal_release_signals(void);
/* Ends the hold; signals that came meanwhile are dropped. */
void terminal_drop_signals(void);
/* Returns a descriptor that is readable once such a signal came; -1 if they are
 * not held. */
int terminal_signal_fd(void);

/* Returns 1 for y or yes, 0 for another answer, -1 at the end of input. */
int terminal_read_yes(const char *question);
/* True if the answer is y or yes. Without a terminal asks nothing. */
bool terminal_ask_yes(const char *question);

/* Returns CTL_DONE for y or yes, else CTL_NO after printing that nothing was
 * changed. */
enum ctl_exit terminal_confirm(const char *question);
/* Without a terminal reports this in place of the question: CTL_USAGE. */
#define terminal_confirm_or(question, ...)                                     \
	(terminal_is_open() ? terminal_confirm(question)                       \
			    : terminal_error_status(CTL_USAGE, __VA_ARGS__))

#define SHELL_WORD_MAX 2048 /* a name of 255 bytes, and its folder */
#define SHELLWORDS 4        /* words that may be in use at once */

/* Quotes a path or a name for a command that an admin is asked to run. Users
 * other than root choose names of files in the helper's folder and of a
 * directory's accounts and groups, so each must reach the program as one word.
 * Returns plain ASCII: unquoted if no byte is special, else in quotes.
 * Unprintable bytes become $'\xNN', which bash, ksh, mksh and zsh know; dash
 * and fish read a different, harmless word. A word that begins with - gets ./
 * before it; one that is too long is replaced by a note. Valid until SHELLWORDS
 * more calls. */
const char *terminal_shell_quote(const char *text);

/* terminal_error.c: twofactl's messages on stderr, "twofactl: cause; remedy".
 * Control bytes are escaped: file names and the helper's text may hold any. */

/* Long enough for a line with all the shell words it may hold: if cut within
 * quotes, a command pasted after it would become part of them. */
#define COMPLAIN_MAX (SHELLWORDS * SHELL_WORD_MAX + 2048)

/* Returns -1, for the caller to return. */
int terminal_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Reports "FILE: cause", by errno. Returns -1. */
int terminal_error_file(const char *path);

/* Like terminal_error(), but returns the given status. */
#define terminal_error_status(status, ...)                                     \
	((void)terminal_error(__VA_ARGS__), (enum ctl_exit)(status))

/* Sends messages there, unescaped; NULL: to stderr again. */
void terminal_set_error_sink(const struct settings_report *);

/* Hands a line to the receiver of a report. */
void terminal_error_to(const struct settings_report *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints problems of settings as messages. */
extern const struct settings_report complain_report;

/* terminal_json.c: JSON on stdout, as in ",{name:%s,at:%jd,shut:%d}". Names are
 * quoted, and a comma is left out at the start of a line and after {, [ or :.
 * %s: a text, in quotes and with JSON's escapes (RFC 8259 section 7);
 * %d: true or false; %u, %zu, %jd: numbers. */
void terminal_json(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
