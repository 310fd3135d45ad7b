/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads sshd's settings and files, and queries and reloads the running sshd.
 * Callers decide what to report. */
#ifndef TWOFA_SSHD_H
#define TWOFA_SSHD_H

#include "lib/settings/settings.h"

/* sshd_settings.c: the output of sshd -T. */

#define SSHD_SETTINGS_METHODS 1024
#define SSHD_SETTINGS_SERVICE 128

/* MaxStartups. begin, and now, that of the running sshd, are 0 if unknown. */
struct sshd_starts {
	long begin, rate, full, now;
};

struct sshd_settings {
	bool read; /* every required key was present */
	bool use_pam, kbdinteractive, password, use_dns;
	bool pubkey, hostbased, gssapi;
	bool empty_passwords;
	bool pin; /* PubkeyAuthOptions verify-required, for security keys */
	bool no_root, any_root; /* PermitRootLogin no, yes */
	long grace_s;           /* 0 if unlimited */
	long max_tries;
	struct sshd_starts starts;           /* MaxStartups */
	char methods[SSHD_SETTINGS_METHODS]; /* "any", or lists */
	/* PAMServiceName; "" if sshd has no such setting and uses "sshd" */
	char service[SSHD_SETTINGS_SERVICE];
};

/* Parses lines of "key value". read is set to false if UsePAM,
 * KbdInteractiveAuthentication, PasswordAuthentication, UseDNS, LoginGraceTime,
 * MaxAuthTries or AuthenticationMethods is missing. */
void sshd_settings_read(struct sshd_settings *, const char *text);

/* Overrides values by the lines of a Match block. */
void sshd_settings_override(struct sshd_settings *, const char *text);

/* In the text of a finding, precedes the KEY VALUE to set. */
#define SSHD_SETTINGS_SET "; set "

typedef void sshd_settings_problem(
    void *ctx, const char *name, const char *text);

/* Reports settings that hinder logins of deadline_s seconds or bypass PAM. */
void sshd_settings_check(const struct sshd_settings *, long deadline_s,
    void *ctx, sshd_settings_problem *);

#define SSHD_SETTINGS_STARTS 80

/* True if sshd may refuse some of this number of simultaneous logins. needed is
 * set to "MaxStartups 60:30:200", no value lower than the present one. */
bool sshd_settings_max_startups_is_low(const struct sshd_starts *,
    size_t people, char needed[SSHD_SETTINGS_STARTS]);

/* Returns what is enough without PAM's prompts, such as "a key", or NULL. */
const char *sshd_settings_bypass(const struct sshd_settings *);

/* Writes AuthenticationMethods that require the present first factors, each
 * followed by PAM's prompts: a user who needs a key today still needs it. */
void sshd_settings_methods_with_pam(
    const struct sshd_settings *, char out[SSHD_SETTINGS_METHODS]);

/* True for a word of AuthenticationMethods that is the method, perhaps with a
 * device: "keyboard-interactive:pam". */
bool sshd_method_is(const struct text_part *word, const char *method);

/* True if a login may begin with PAM's prompts. */
bool sshd_settings_may_begin_with_pam(const struct sshd_settings *);

/* Returns the KIND for twofactl enable sshd --login that still requires a key
 * if one is required today. password: enable wrote a stack that accepts one. */
const char *sshd_settings_login_kind(
    const struct sshd_settings *, bool password);

/* Returns the PAM service if it is not sshd, else NULL. */
const char *sshd_settings_other_service(const struct sshd_settings *);

/* True if root's login by key reaches PAM's prompts, but sshd discards the
 * answers, as it does unless PermitRootLogin is yes. */
bool sshd_settings_discards_root_answers(const struct sshd_settings *);

#define SSHD_ACCESS_WORDS 2048

struct sshd_access {
	/* patterns, each followed by a blank; "" if not set */
	char allow_users[SSHD_ACCESS_WORDS], deny_users[SSHD_ACCESS_WORDS];
	char allow_groups[SSHD_ACCESS_WORDS], deny_groups[SSHD_ACCESS_WORDS];
	char key_files[SSHD_ACCESS_WORDS]; /* as written */
	bool other_keys; /* AuthorizedKeysCommand or TrustedUserCAKeys is set */
	bool key_command; /* AuthorizedKeysCommand is set */
	bool cut;         /* a list did not fit */
};

void sshd_access_read(struct sshd_access *, const char *text);

/* True if sshd always denies the account, by its name or by groups, which are
 * names. False if a list did not fit. */
bool sshd_access_denies(const struct sshd_access *, const char *user,
    const char *const *groups, size_t count);

/* Writes the path of the account's nth key file, from 0. Returns 0, -1 if there
 * are no more, or 1 if the path does not fit. */
int sshd_access_key_file(const struct sshd_access *, size_t n, const char *user,
    unsigned uid, const char *home, char *path, size_t cap);

/* sshd_files.c: sshd_config and its includes. sshd -T evaluates Match blocks
 * for one login only. */

#define SSHD_MATCH_BLOCKS 64
#define SSHD_MATCH_WORDS 512
#define SSHD_MATCH_LINES 2048

struct sshd_match_block {
	char file[256];
	unsigned number;              /* of its Match line, from 1 */
	char words[SSHD_MATCH_WORDS]; /* the words after Match */
	/* the patterns of User and Group, or "" */
	char users[SSHD_MATCH_WORDS], groups[SSHD_MATCH_WORDS];
	bool other; /* it has other conditions, such as Address */
	/* "key value" lines as sshd -T prints them, the first of each key */
	char lines[SSHD_MATCH_LINES];
};

struct sshd_match {
	size_t count;
	bool cut; /* incomplete: something did not fit or was unreadable */
	struct sshd_match_block block[SSHD_MATCH_BLOCKS];
};

/* Reads the Match blocks of path. Relative includes start at its folder. */
void sshd_match_read(struct sshd_match *, const char *path);

/* True if a block's condition depends on the user, or not all could be read. */
bool sshd_match_depends_on_user(const struct sshd_match *);

/* True if the block's condition on users does not exclude the user. */
bool sshd_match_has_user(const struct sshd_match_block *, const char *user);

/* True if the block sets the key, which ends at a blank or the end. */
bool sshd_match_sets(const struct sshd_match_block *, const char *key);

/* True if the list of patterns, such as "a*,!ab", matches name. */
bool sshd_patterns_match(const char *patterns, const char *name);

#define SSHD_FILES_FIRST_PATH 256
/* written by twofactl enable */
#define SSHD_FILES_FIRST_NAME "/30-twofa.conf"
#define SSHD_FILES_FIRST_OURS "/etc/ssh/sshd_config.d" SSHD_FILES_FIRST_NAME

struct sshd_files_first {
	char file[SSHD_FILES_FIRST_PATH];
	unsigned number; /* of its line, from 1 */
};

/* Finds the line that sets key for every login: the first one before any Match.
 * Former names of KbdInteractiveAuthentication count, too. */
bool sshd_files_find_first_setting(
    struct sshd_files_first *, const char *config, const char *key);

/* True if sshd reads file for each login: before any Match, or after "Match
 * all". */
bool sshd_files_is_read_before_match(const char *config, const char *file);

/* sshd_running.c: output of programs about the running sshd. */

#define SSHD_ADDRESS_MAX 46
#define SSHD_METHODS_MAX 256

struct sshd_address {
	char address[SSHD_ADDRESS_MAX];
	unsigned port;
};

/* Reads the nth address, from 0, that sshd -T lists: the loopback address for a
 * wildcard. Returns 0, or -1 if there are no more. */
int sshd_running_read_address(
    struct sshd_address *, size_t n, const char *text);

bool sshd_running_address_is_local(const struct sshd_address *);

/* Reads the methods in ssh's "Permission denied (publickey,password).". Returns
 * 0, or -1 if text has no such list. */
int sshd_running_offer_read(char methods[SSHD_METHODS_MAX], const char *text);

/* Writes the methods that sshd offers first by these settings. */
void sshd_running_offer_expected(
    char methods[SSHD_METHODS_MAX], const struct sshd_settings *);

/* True for the same methods in any order. */
bool sshd_running_offer_is_same(const char *, const char *);

#define SSHD_OPTIONS_TEXT 4096
#define SSHD_OPTIONS_MAX 32

/* The options of sshd's command line that change its settings. */
struct sshd_options {
	char text[SSHD_OPTIONS_TEXT];       /* word and config point into it */
	const char *word[SSHD_OPTIONS_MAX]; /* -o and -p, each with its value */
	size_t count;
	char shown[SSHD_OPTIONS_TEXT]; /* these and -f, as text to show */
	const char *config;            /* value of -f, or NULL */
	long starts; /* first value of MaxStartups; 0 if unknown */
};

/* Parses /proc/PID/cmdline of a listening sshd: words separated by NULs, or a
 * title such as "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups". */
void sshd_options_from_cmdline(
    struct sshd_options *, const char *cmdline, size_t len);

/* Parses the output of systemctl show -p EnvironmentFiles,Environment,ExecStart
 * ssh.service, followed by the contents of these files. */
void sshd_options_from_unit(struct sshd_options *, const char *text);

/* sshd.c: runs sshd -T, and ssh for the list of methods. */

#define SSHD_ASK_OUT (256 * 1024)
#define SSHD_ASK_OFFER 4096

/* The output of the last sshd -T, or why there is none. */
extern char sshd_said[SSHD_ASK_OUT];

#define SSHD_PID_FILE "/run/sshd.pid" /* unless its settings say otherwise */

/* sshd's message, followed by the missing folder */
#define SSHD_ASK_NO_FOLDER "Missing privilege separation directory: "

enum sshd_ask_result {
	SSHD_ASK_FAILED = 0, /* sshd_said has the cause */
	SSHD_ASK_DONE,
	SSHD_ASK_INCOMPLETE, /* too old to print enough */
};

/* Reads the first line of a small file, after writing request to it unless
 * NULL. False if the line is empty or cannot be read. */
bool sshd_file_read_line(
    const char *path, const char *request, char *answer, size_t size);

/* Return the path of sshd, or NULL, and of its sshd_config. */
const char *sshd_ask_path(void);
const char *sshd_ask_config(void);

/* Returns the options that override sshd's files, such as "-o
 * AuthenticationMethods=any", or "": of the running sshd, else of its unit.
 * sshd_ask() passes them to sshd -T. */
const char *sshd_ask_options(void);

/* True if sshd -t, with these options, accepts the present files. out receives
 * its output. Creates the folder that sshd reports as missing, as its start
 * would. */
bool sshd_ask_accepts(char *out, size_t size);

/* Runs sshd -T for a login of user, which may be "", from and to this address,
 * or from an unused one if NULL. If user is NULL, no Match with a condition
 * applies; where sshd cannot print that, as for user "". */
enum sshd_ask_result sshd_ask(
    const char *user, const struct sshd_address *, struct sshd_settings *);

/* Connects once to the running sshd by an ssh client with this uid and gid. out
 * is for sshd_running_offer_read(). False if ssh could not be run. */
bool sshd_ask_offer(
    const struct sshd_address *, uid_t, gid_t, char out[SSHD_ASK_OFFER]);

/* Returns the unit that runs sshd, such as "ssh.service", or "". */
const char *sshd_ask_unit(void);

/* True if a socket unit listens for sshd and starts it for connections. */
bool sshd_ask_socket_is_active(void);

/* selinux.c: SELinux's decisions on logins by sshd. A test login from this
 * process runs in the admin's domain and cannot show them. */

#define SELINUX_SSHD_TEXT 768

/* True if a helper that sshd starts may not write to the state; text says so.
 * Else text is what a test login from here cannot show, or "". */
bool selinux_sshd_denies(
    const struct settings *, const char *helper, char text[SELINUX_SSHD_TEXT]);

/* sshd_offered.c: reloads sshd and checks the methods that it offers then. */

enum sshd_reload {
	SSHD_RELOAD_FAILED = 0, /* with trusted_file_cause */
	SSHD_RELOADED,
	SSHD_RELOAD_NONE, /* no sshd runs that would need a reload */
};

enum sshd_reload sshd_reload(void);

enum sshd_offered {
	SSHD_OFFERED_OTHER = 0, /* other methods, with trusted_file_cause */
	SSHD_OFFERED_SAME,
	SSHD_OFFERED_UNASKED, /* could not be checked, likewise */
};

/* Makes at most three connections, one second apart: MaxStartups may drop one
 * during a flood, and newer versions penalise clients that make more.
 * by_socket: a socket unit listens, perhaps not where sshd's files say. */
enum sshd_offered sshd_offered(bool by_socket);

#endif
