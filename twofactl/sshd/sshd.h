/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sshd as it is: its settings, its files, and the one that runs. Others judge
 * what this room reads.
 */
#ifndef TWOFA_SSHD_H
#define TWOFA_SSHD_H

#include "lib/settings/settings.h"

#define SSHD_SETTINGS_METHODS 1024
#define SSHD_SETTINGS_SERVICE 128

/* MaxStartups; begin 0: not known. now: the running sshd's begin, or 0. */
struct sshd_starts {
	long begin, rate, full, now;
};

struct sshd_settings {
	bool read; /* all of the following was there */
	bool use_pam, kbdinteractive, password, use_dns;
	bool pubkey, hostbased, gssapi;
	bool empty_passwords;
	bool pin; /* of a security key: PubkeyAuthOptions verify-required */
	bool no_root, any_root; /* PermitRootLogin no, yes */
	long grace_s;           /* 0: no end */
	long max_tries;
	struct sshd_starts starts;           /* MaxStartups */
	char methods[SSHD_SETTINGS_METHODS]; /* "any", or lists */
	/* PAMServiceName; "" when sshd has no such setting and uses "sshd" */
	char service[SSHD_SETTINGS_SERVICE];
};

/* Read the text, lines of "key value". read is false if one of the first four
 * keys, LoginGraceTime, MaxAuthTries or AuthenticationMethods is missing. */
void sshd_settings_read(struct sshd_settings *, const char *text);

/* Replace values by the lines of a Match block. */
void sshd_settings_change(struct sshd_settings *, const char *text);

/* In a finding before KEY VALUE, all that has to change. */
#define SSHD_SETTINGS_SET "; set "

struct sshd_settings_report {
	void *ctx;
	void (*problem)(void *ctx, const char *name, const char *text);
};

/* Report what hinders logins of deadline_s seconds, or lets them skip PAM. */
void sshd_settings_check(const struct sshd_settings *, long deadline_s,
    const struct sshd_settings_report *);

#define SSHD_SETTINGS_STARTS 80

/* True when sshd may refuse some of so many people who come together. needed:
 * "MaxStartups 60:30:200", in no part less than its own. */
bool sshd_settings_starts_low(const struct sshd_starts *, size_t people,
    char needed[SSHD_SETTINGS_STARTS]);

/* How a login can get in without PAM's questions: "a key", or NULL. */
const char *sshd_settings_bypass(const struct sshd_settings *);

/* AuthenticationMethods by which the same first factors are needed as today,
 * and PAM's questions after each: no one gets in by a password who needed a
 * key. */
void sshd_settings_asking(
    const struct sshd_settings *, char out[SSHD_SETTINGS_METHODS]);

/* Is that one of these words, with this between them? */
bool sshd_settings_list_has(
    const char *words, const char *between, const char *word, size_t len);

/* May PAM's questions come first in a login? */
bool sshd_settings_may_begin_with_pam(const struct sshd_settings *);

/* The KIND of twofactl enable sshd --login by which no password lets in who
 * needs a key today. password: enable wrote a stack that takes passwords. */
const char *sshd_settings_login_kind(
    const struct sshd_settings *, bool password);

/* The PAM service if it is not sshd, or NULL. */
const char *sshd_settings_other_service(const struct sshd_settings *);

/* Does root's key lead to PAM's questions although root's answers do not count?
 * sshd hides them unless PermitRootLogin is yes. */
bool sshd_settings_discards_root_answers(const struct sshd_settings *);

#define SSHD_ACCESS_WORDS 2048

struct sshd_access {
	/* patterns, each followed by a blank; "" no such list */
	char allow_users[SSHD_ACCESS_WORDS], deny_users[SSHD_ACCESS_WORDS];
	char allow_groups[SSHD_ACCESS_WORDS], deny_groups[SSHD_ACCESS_WORDS];
	char key_files[SSHD_ACCESS_WORDS]; /* as written */
	bool other_keys; /* also keys from a program or an authority */
	bool cut;        /* a list did not fit */
};

void sshd_access_read(struct sshd_access *, const char *text);

/* Is the account always shut out? Groups are names. A cut list excludes no
 * account. */
bool sshd_access_denies(const struct sshd_access *, const char *user,
    const char *const *groups, size_t count);

/* The nth file (from 0) of the account's keys: 0; -1 when there are no more; 1
 * when its name does not fit. */
int sshd_access_key_file(const struct sshd_access *, size_t n, const char *user,
    unsigned uid, const char *home, char *path, size_t cap);

/*
 * sshd_files.c: sshd_config and its includes. sshd -T shows only one case of
 * their Match blocks.
 */

#define SSHD_MATCH_BLOCKS 64
#define SSHD_MATCH_WORDS 512
#define SSHD_MATCH_LINES 2048

struct sshd_match_block {
	char file[256];
	unsigned number;              /* of its Match line, from 1 */
	char words[SSHD_MATCH_WORDS]; /* the words after Match */
	/* the patterns of User and Group; "" none */
	char users[SSHD_MATCH_WORDS], groups[SSHD_MATCH_WORDS];
	bool other; /* has other conditions, like Address */
	/* "key value" lines as sshd -T prints them, the first for each key */
	char lines[SSHD_MATCH_LINES];
};

struct sshd_match {
	size_t count;
	bool cut; /* something does not fit or cannot be read */
	struct sshd_match_block block[SSHD_MATCH_BLOCKS];
};

/* Relative includes start at the file's folder. */
void sshd_match_read(struct sshd_match *, const char *path);

/* True when a block's condition depends on the user. */
bool sshd_match_depends_on_user(const struct sshd_match *);

/* Does the list of patterns, "a*,!ab", match the name? */
bool sshd_patterns_match(const char *patterns, const char *name);

/* Which line of sshd_config, or of its includes, sets a key for every login:
 * the first one counts. */

#define SSHD_FILES_FIRST_PATH 256
/* What twofactl enable writes. */
#define SSHD_FILES_FIRST_NAME "/30-twofa.conf"
#define SSHD_FILES_FIRST_OURS "/etc/ssh/sshd_config.d" SSHD_FILES_FIRST_NAME

struct sshd_files_first {
	char file[SSHD_FILES_FIRST_PATH];
	unsigned number; /* of its line, from 1 */
};

/* Searched before any Match. False: there is none. A key's former name counts
 * as well. */
bool sshd_files_first_find(
    struct sshd_files_first *, const char *config, const char *key);

/* Is this file read before any Match? */
bool sshd_files_first_reads(const char *config, const char *file);

#define SSHD_ADDRESS_MAX 46
#define SSHD_METHODS_MAX 256

struct sshd_address {
	char address[SSHD_ADDRESS_MAX];
	unsigned port;
};

/* The nth address (from 0) that `sshd -T` lists; loopback where it lists all
 * addresses. 0, or -1: there are no more. */
int sshd_running_read_address(
    struct sshd_address *, size_t n, const char *text);

/* True for an address of this host. */
bool sshd_running_is_local(const struct sshd_address *);

/* The methods in ssh's "Permission denied (publickey,password).": 0, or -1 when
 * the text has none. */
int sshd_running_offer_read(char methods[SSHD_METHODS_MAX], const char *text);

/* The methods that these settings offer first. */
void sshd_running_offer_expected(
    char methods[SSHD_METHODS_MAX], const struct sshd_settings *);

/* True for the same methods in any order. */
bool sshd_running_offer_is_same(const char *, const char *);

#define SSHD_OPTIONS_TEXT 4096
#define SSHD_OPTIONS_MAX 32

/* The words of a command line that change its settings. */
struct sshd_options {
	char text[SSHD_OPTIONS_TEXT];       /* word and config point into it */
	const char *word[SSHD_OPTIONS_MAX]; /* -o and -p, each with its value */
	size_t count;
	char shown[SSHD_OPTIONS_TEXT]; /* these and -f, for people */
	const char *config;            /* of -f; NULL: none */
	long starts;                   /* MaxStartups' first; 0: not told */
};

/* Reads /proc/PID/cmdline of a listening sshd, which has its words there with
 * NULs between, or as a title: "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100
 * startups". */
void sshd_options_from_cmdline(
    struct sshd_options *, const char *cmdline, size_t len);

/* Reads the output of `systemctl show -p EnvironmentFiles,Environment,ExecStart
 * ssh.service` and, behind it, what is in these files. */
void sshd_options_from_unit(struct sshd_options *, const char *text);

/* Reads the output of `systemctl is-active ssh.service sshd.service ssh.socket
 * sshd.socket`: the unit that runs sshd, or NULL. *fresh: none runs, but a
 * socket starts one for each connection, which reads the present files. */
const char *sshd_running_unit(const char *text, bool *socket_activated);

#define SSHD_ASK_OUT (256 * 1024)
#define SSHD_ASK_OFFER 4096
/* sshd prints this, followed by the folder that is missing. */
#define SSHD_ASK_NO_FOLDER "Missing privilege separation directory: "

enum sshd_ask_result {
	SSHD_ASK_FAILED = 0, /* out says why */
	SSHD_ASK_DONE,
	SSHD_ASK_INCOMPLETE, /* too old to print enough */
};

/* The first line of a small file, after this question to it if there is one.
 * False: it has none. */
bool sshd_file_read_line(
    const char *path, const char *request, char *answer, size_t size);

/* The path of sshd, NULL: there is none; and the sshd_config it reads. */
const char *sshd_ask_path(void);
const char *sshd_ask_config(const char *sshd);

/* What the running sshd was started with beside its files, or where none runs
 * what its unit starts it with, as "-o AuthenticationMethods=any"; "" nothing.
 * It is asked with the same. */
const char *sshd_ask_options(const char *sshd);

/* sshd -t: could it start with its present files? out has its output. */
bool sshd_ask_accepts(const char *sshd, char *out, size_t size);

/* The output of sshd -T for a user, or for "", from that place; NULL: from an
 * unused address. user NULL: without any Match that has a condition. out has
 * SSHD_ASK_OUT bytes. */
enum sshd_ask_result sshd_ask(const char *sshd, const char *user,
    const struct sshd_address *, char *out, struct sshd_settings *);

/* If sshd has printed that its folder is missing, make it as sshd's start does.
 * False: that is not the problem. */
bool sshd_ask_make_folder(const char *out);

/* Connect once to the running sshd, as that user and group.
 * sshd_running_offer_read takes ssh's output. False: ssh could not be run. */
bool sshd_ask_offer(
    const struct sshd_address *, uid_t, gid_t, char out[SSHD_ASK_OFFER]);

/* The unit that runs sshd, "ssh.service"; "" none. *fresh: see
 * sshd_running_unit. */
const char *sshd_ask_unit(bool *socket_activated);

/* Does a socket unit listen for sshd and start it for connections? */
bool sshd_ask_socket(void);

/*
 * What SELinux makes of a login by ssh, of which a login from this process, in
 * the admin's domain, shows nothing.
 */

#define SELINUX_SSHD_TEXT 768

/* Is a helper that sshd starts kept from the state? Then text says so. Else it
 * is what a login from here cannot show, or "" where nothing is enforced. */
bool selinux_sshd_denies(
    const struct settings *, const char *helper, char text[SELINUX_SSHD_TEXT]);

enum sshd_reload {
	SSHD_RELOAD_FAILED = 0, /* cause says why */
	SSHD_RELOADED,
	SSHD_RELOAD_NONE, /* none runs: each login starts a new one */
};

#define SSHD_RELOAD_CAUSE 512

enum sshd_reload sshd_reload(char cause[SSHD_RELOAD_CAUSE]);

#define SSHD_OFFERED_CAUSE 1024

enum sshd_offered {
	SSHD_OFFERED_OTHER = 0, /* cause says what */
	SSHD_OFFERED_SAME,
	SSHD_OFFERED_UNASKED, /* it could not be asked; cause says why */
};

/* Makes at most three connections, one second apart: one may be dropped during
 * a flood (MaxStartups), and newer versions penalise more of them. by_socket: a
 * unit listens for it, maybe elsewhere than the files say. */
enum sshd_offered sshd_offered(bool by_socket, char cause[SSHD_OFFERED_CAUSE]);

#endif
