/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an admin sees and types: questions, complaints, QR codes, JSON, and the
 * command line.
 */
#ifndef TWOFA_TERMINAL_H
#define TWOFA_TERMINAL_H

#include <stdio.h>

#include "lib/settings/settings.h"

/*
 * The administrator at the terminal. Prompts go to stderr, so that stdout only
 * has the output.
 */

/* True when there is a terminal for questions. */
bool terminal_is_open(void);

/* Read a line of stdin into out[cap], without its end; too long: "". 0, or -1
 * at the end of input. The caller wipes. */
int terminal_read_line(const char *prompt, char *out, size_t cap);

/* The same without showing the input, if stdin is a terminal. */
int terminal_read_hidden(const char *prompt, char *out, size_t cap);

/* From now on the signals that end a process (INT, TERM, HUP, QUIT) act like
 * the end of input for the present question and all later ones, so that files
 * can be cleaned up. After terminal_let_end such a signal ends the process. 0,
 * or -1 with errno. */
int terminal_hold_end(void);
void terminal_let_end(void);
/* The same, but those that came meanwhile are dropped. */
void terminal_drop_end(void);
/* Becomes readable once such a signal has come; -1: they are not held. */
int terminal_end(void);

/* True for y or yes. */
bool terminal_ask_yes(const char *question);

/* Exit statuses, as listed in twofactl(8). */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_NO = 1,       /* the answer is no */
	CTL_USAGE = 2,    /* the command line */
	CTL_SETTINGS = 3, /* twofa.conf or a user's file */
	CTL_FAILED = 4,   /* a provider or I/O failed */
	CTL_JOURNAL = 5,  /* there is no journal of systemd */
};

/*
 * twofactl's messages on stderr: "twofactl: cause; remedy". Control bytes are
 * escaped, because file names and the helper's text may hold any.
 */

/* Long enough for a line with all the shellwords it may hold: if it were cut
 * within quotes, a command pasted after it would become part of the
 * quotation. */
#define COMPLAIN_MAX (SHELLWORDS * SHELL_WORD_MAX + 2048)

/* -1, for the caller to return. */
int terminal_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "FILE: why", by errno. -1. */
int terminal_error_file(const char *path);

/* CTL_DONE for y or yes, else CTL_NO after saying that nothing was changed. */
enum ctl_exit terminal_confirm(const char *question);

/* The same, but gives back that status. */
enum ctl_exit terminal_error_exit(enum ctl_exit, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Send complaints there instead, unchanged; NULL: to stderr again. */
void terminal_set_error_sink(const struct settings_report *);

/* Lines about settings, as settings_load reports them. */
extern const struct settings_report complain_report;

/* A progress bar on stderr; only on a terminal. */

struct progress {
	const char *what;
	size_t all, done, shown; /* shown: of 100 */
	bool on;
};

void progress_begin(struct progress *, const char *what, size_t all);
void progress_step(struct progress *);
/* Remove the bar: before any other line, and at the end. */
void progress_clear(struct progress *);

/*
 * Paths and names in commands that an administrator is told to run. Users other
 * than root choose names of files in the helper's folder and of a directory's
 * accounts and groups: such a name must reach the program as this one word.
 */

#define SHELL_WORD_MAX 2048 /* a name of 255 bytes, and its folder */
#define SHELLWORDS 4        /* words that may be in use at once */

/* Plain ASCII that a shell reads as this text: unquoted when no byte is
 * special, else in quotes. Unprintable bytes are $'\xNN', which bash, ksh, mksh
 * and zsh know; in dash and fish that is a different, harmless word. A word
 * that begins with - gets ./ before it. A word that is too long is replaced by
 * one that says so. Valid until SHELLWORDS more have been made. */
const char *terminal_shell_quote(const char *text);

/* JSON on stdout, as in ",{name:%s,at:%jd,shut:%d}". Names get their quotes,
 * and a comma is left out where nothing is before it: at the beginning, in a
 * list, in an object. %s: a text, in quotes and with JSON's escapes (RFC 8259
 * section 7); %d: true or false; %u, %zu, %jd: numbers. */
void terminal_json(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * qr_code.c: QR codes (ISO/IEC 18004), the only file that knows libqrencode. A
 * scanner needs dark modules on a light background with a margin, so the
 * terminal's own colours are not used.
 */

#define QR_CODE_WIDTH_MAX 177 /* version 40 */

/* Too large for a stack. It contains the text: the caller wipes. */
struct qr_code {
	size_t width;
	unsigned char dark[QR_CODE_WIDTH_MAX]
			  [QR_CODE_WIDTH_MAX]; /* row, column */
};

/* The smallest one that holds the text. 0, or -1 with errno. */
int qr_code_make(const char *text, struct qr_code *);

struct qr_text_look {
	bool halves;    /* UTF-8: two modules in a character */
	bool colours;   /* the terminal knows escape sequences */
	size_t columns; /* of the terminal; 0: not known */
};

/* How many columns the code takes. */
size_t qr_text_columns(const struct qr_code *, const struct qr_text_look *);

/* Draw it. */
void qr_text_draw(const struct qr_code *, const struct qr_text_look *, FILE *);

/* Draw the text's code on stdout; nothing when that is no terminal, and a line
 * that says so when the code has no room there. */
void qr_text_show(const char *text);

#define CTL_PATH_MAX 4096
#define CTL_OPERANDS_MAX 3
#define CTL_OWN_MAX 24

/* The command line, for options.c and a command's first function alone. Texts
 * are unchecked, as typed; NULL: not given. */
struct arguments {
	const char *command;
	char conf[CTL_PATH_MAX]; /* absolute */
	const char *helper;
	const char *operand[CTL_OPERANDS_MAX];
	const char *user;   /* the first operand, if it is a USER */
	const char *person; /* one of the people of that account */
	bool json, yes, left, no_verify, replace, dry_run, full, prometheus,
	    upgrade;
	bool codes;        /* list: those with an end */
	bool invite;       /* code: for who is not enrolled */
	const char *hours; /* ... how long it is good */
	bool sends;        /* unlock: the messages' limits, not the locks */
	bool local; /* recovery-codes: of this host alone, for an outage */
	/* of a record */
	const char *phone, *channel, *email, *provider, *country;
	const char *key, *cert_id, *ca, *as_user; /* of a person */
	const char *sk, *taken_out;               /* keys of a user */
	const char *missing;                      /* a group */
	const char *secret_file;                  /* totp */
	const char *since;                        /* report */
	bool events;
	const char *file;                    /* to be checked */
	const char *service, *from, *caller; /* of a login */
	bool ask_field;    /* no prompts: asks for what would be typed */
	const char *field; /* the same, only the kind of code */
	/* of enable, confirm, rollback */
	const char *login, *within, *timer, *prove_as;
	const char *exempt;      /* of enable: users */
	const char *until, *why; /* ... their rule's end and reason; of code */
	bool exceptions;         /* of report */
	bool files_only;         /* of doctor */
	bool app, on, off;       /* of self */
	const char *etc;         /* doctor: copies of future files */
	bool anyway, look, no_trial, no_input, boot, all;
	/* of a first twofa.conf */
	const char *brand, *prefixes, *office, *base_url, *ca_file;
	const char *own[CTL_OWN_MAX]; /* keys of a provider: terminal.h */
	bool rehearsal;
	/* of state */
	bool print, renew;
	const char *url, *groups, *output, *networks;
	const char *users_per_hour, *sends_per_hour;
	/* of a record in a state that hosts share */
	const char *give_groups; /* hosts of these may read it */
	bool here;               /* in users_dir of this host instead */
	unsigned count;
	/* used only in options.c */
	struct {
		const char *config, *count;
		bool help, version;
	} raw;
};

/* What one run of twofactl is, below its command. */
struct run {
	const char *command;
	const char *conf; /* the path of twofa.conf, absolute */
	const char *helper;
	bool json;
};

/* "90", "90s", "10m", "2h", "14d" as seconds; 0: it is none. */
int64_t options_span(const char *text);

/* It points into the arguments. */
struct run options_run(const struct arguments *);

struct command_user;

typedef enum ctl_exit command_run(const struct arguments *);
typedef enum ctl_exit command_run_user(
    struct command_user *, const struct arguments *);

struct command {
	const char *name;
	/* "USER SERVICE [ADDR]": one word each; optional ones in brackets, at
	 * the end; "" none */
	const char *operands;
	/* The words of its options in the table of options.c, with blanks
	 * between */
	const char *options;
	const char *summary;
	const char *details; /* lines of help; "" none */
	/* one of these; the second by command_user_run, and whom: OR of enum
	 * command_whom (records.h) */
	command_run *run;
	command_run_user *run_user;
	unsigned whom;
};

command_run cmd_check, cmd_confirm, cmd_disable, cmd_doctor, cmd_edit,
    cmd_enable, cmd_enroll, cmd_explain, cmd_helpdesk, cmd_init, cmd_rollback,
    cmd_self, cmd_state;
command_run_user cmd_code, cmd_forget, cmd_import, cmd_key, cmd_list, cmd_push,
    cmd_recovery_codes, cmd_remove, cmd_report, cmd_show, cmd_status, cmd_test,
    cmd_totp, cmd_unlock;

/* Of every command. */
#define OPTIONS_COMMON "config helper help version"
#define OPTIONS_OWN "own" /* the word for all keys of provider types */

enum options_result {
	OPTIONS_WRONG = 0, /* see stderr */
	OPTIONS_RUN,       /* *command is to be run */
	OPTIONS_HELPED,    /* --help or --version was printed */
};

/* commands[count] in the order of the help. */
enum options_result options_read(int argc, char **argv,
    const struct command *commands, size_t count, struct arguments *,
    const struct command **command);

/*
 * Keys of provider types as options of a command: api_key is --api-key. Made
 * from the types' own tables.
 */

struct option_key {
	const struct setting_key *key;
	char option[32]; /* its name, without the dashes */
	char types[96];  /* the types that have it, for the help */
};

/* Does it send codes to any phone number, without registration there? The keys
 * of these types are options. */
bool option_keys_of(const struct provider_type *);

/* Each key once, in the order of the types; NULL at the end. n is its index in
 * arguments.own. */
const struct option_key *option_key_nth(size_t n);

/* That of this key; NULL: it is none. */
const struct option_key *option_key_of(const char *key);

/* The value of this key on the command line; NULL: not given. */
const char *option_key_from_text(const struct arguments *, const char *key);

#endif
