/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records: found, read, changed one key at a time, printed. */
#ifndef TWOFA_RECORDS_H
#define TWOFA_RECORDS_H

#include <pwd.h>

#include "lib/rules/rules.h"
#include "twofactl/terminal/terminal.h"

/*
 * Reads libconfig's outer form, just enough to find where a value begins and
 * ends. Misreadings do no harm: user_record_parse reads a changed text before
 * it is used.
 */

/* From begin to before end; NULL: not found. */
struct record_span {
	const char *begin, *end;
};

/* Skip blanks and comments, and with ends also the ends of settings. NULL: a
 * comment does not end. */
const char *record_reader_blank(const char *p, bool ends);

/* Find key's value between p and the byte last, where *stop then points. 0, or
 * -1: not in libconfig's form. */
int record_reader_find(const char *p, char last, const char *key,
    struct record_span *, const char **stop);

/*
 * One key in the text of a user's record: replaced in its place or added at the
 * end; all other bytes stay, comments too. In a file with people it belongs to
 * one of them. Pure.
 */

struct record_text_change {
	const char *key;
	const char *value;
	bool literal; /* write value as it is: a list; else in quotes */
};

/* old is a NUL-terminated text as user_record_read accepts it. person: whose
 * key it is, added if new; NULL: the user's. *len: bytes in out, followed by a
 * NUL. 0, or -1 when old has another form or out[cap] is too small. */
int record_text_put(const char *old, const char *person,
    const struct record_text_change *, char *out, size_t cap, size_t *len);

/* The text without that person; -1 also for an unknown person or the only
 * one. */
int record_text_drop(
    const char *old, const char *person, char *out, size_t cap, size_t *len);

/* Is that person in the text? 1, 0 or -1. */
int record_text_has(const char *text, const char *person);

struct record_text {
	char *out;
	size_t cap, len;
	bool failed; /* out is too small */
};

void record_text_add(struct record_text *, const char *bytes, size_t n);
void record_text_add_text(struct record_text *, const char *text);
/* KEY = VALUE; */
void record_text_add_setting(
    struct record_text *, const struct record_text_change *);
/* The old text with another value. */
void record_text_replace(struct record_text *, const char *old,
    const struct record_span *, const struct record_text_change *);

/* Whom a command is about: an account, or one of the people who share it. */
struct target {
	const char *typed; /* the account as typed; NULL: about nobody */
	char account[USER_NAME_MAX + 1]; /* pw_name; "" nobody */
	char person[USER_NAME_MAX + 1];  /* "" none */
	char owner[OWNER_MAX + 1];       /* both, in state and records */
	/* that account, even if the person turned out to be a user; "" no
	 * person */
	char of_account[USER_NAME_MAX + 1];
	char factors_of[USER_NAME_MAX + 1]; /* a user; "" the person's own */
	bool unknown; /* there is no such account, and the command needs none */
};

/* For an admin: "alice", or "anna of deploy". Valid until the next call. */
const char *command_target_text(const struct target *);

/* Fill it from what was typed: nothing for no account. The person is not looked
 * up. An account that no longer exists keeps its name, unless needed. CTL_DONE,
 * or after complaining CTL_USAGE or CTL_FAILED. */
enum ctl_exit command_user_find(
    struct target *, const char *account, const char *person, bool needed);

/* What a command about a user begins with. */
struct command_user {
	struct run run;
	struct target target;
	struct settings *conf;
	bool enrolled; /* for twofactl self: at its begin */
};

/* Run a command; one of a user after command_user_find, the settings and
 * command_person_find, if these are CTL_DONE: after complaining CTL_SETTINGS
 * when the settings are wrong. */
enum ctl_exit command_user_run(
    const struct command *, const struct arguments *);

/* Warn of a name that command_user_find accepted: it may be a typing error. */
void command_user_warn(const struct target *);

/*
 * Files of root's that the helper may read: written completely beside their
 * place, synced, then moved there in one step, so that a login never reads half
 * a file.
 */

/* root:twofa; in unit tests the user who runs them. */
struct place_file_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode; /* 0: 0640 */
	/* whose SELinux label and access control list it gets, if there are
	 * any; NULL: none's */
	const char *like;
	bool unsynced; /* many are written, and synced together */
};

/* Only root can open it, so only root can lock it. It exists while a twofactl
 * runs; a leftover does no harm. */
#define PLACE_FILE_LOCK ".twofactl.lock"

struct place_file_folder {
	int fd, lock; /* -1: not open; lock: not held */
};

/* Open a folder that is safe, and lock it against other twofactl processes. 0,
 * or -1 with cause, and nothing is open. */
int place_file_open(struct place_file_folder *, const char *path, uid_t owner,
    char cause[TRUSTED_FILE_CAUSE_MAX]);
/* Release the lock. */
void place_file_unlock(struct place_file_folder *);
/* Release the lock and close the folder. */
void place_file_close(struct place_file_folder *);

/* Is the file as it was read then? text NULL: it was not there. */
bool place_file_is(const char *path, enum trusted_file_kind, uid_t owner,
    const struct trusted_file *then);

/* Remove files and empty folders whose names begin and end so: what was not
 * moved, also by one that was killed. Who makes such files holds the lock. */
void place_file_sweep(int folder, const char *head, const char *tail);

/* All that an open file holds, fewer than most bytes, with a NUL behind them;
 * to be freed. NULL with errno; EFBIG: there are more. */
char *place_file_read_all(int fd, size_t most, size_t *len);

/* All of it, also after a signal. 0, or -1 with errno. */
int place_file_write_all(int fd, const void *bytes, size_t len);

/* Write a new file of that owner; an old one is removed first. 0, or -1 with
 * errno, and no file. */
int place_file_write(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

/* Sync a file's folder, so that the moved file stays. 0, or -1 with errno. */
int place_file_sync_folder(const char *path);

/* Move from's file into to. 0; 1 with errno: it is there, but may not be on the
 * disk yet; -1 with errno. */
int place_file_move(int from, const char *name, int to, const char *place);

/*
 * Changes keys in users' records, users_dir/NAME.conf, also of a shared
 * account's people. The new text is checked as by a login before it replaces
 * the old one, so a broken record is never installed. One user: prepare, then
 * commit or drop. Many: open, try each, settle, move each, drop. A user's name
 * may be a person's, ACCOUNT//PERSON (values.h).
 */

#define RECORD_FILE_SUFFIX ".conf"
#define RECORD_FILE_NAME_MAX (USER_NAME_MAX + sizeof(RECORD_FILE_SUFFIX))
/* Prefix of a file that will be moved to its place: no user name. */
#define RECORD_FILE_STAGED ".twofactl."
#define RECORD_FILE_TEXT_MAX (65 * 1024)

/* All of these give back CTL_DONE; CTL_SETTINGS: the new record is wrong, or
 * CTL_FAILED: an I/O error, and the old one stays. */

/* Changes in progress. Too large for a stack. Arguments must stay valid until
 * the end. */
struct record_file {
	const struct settings *conf;
	struct owner user;
	const struct place_file_owner *owner;
	const struct settings_report *report;
	char name[RECORD_FILE_NAME_MAX];
	char staged[sizeof(RECORD_FILE_STAGED) + RECORD_FILE_NAME_MAX];
	struct place_file_folder folder;
	const struct record_place *place; /* of the user's record */
	struct trusted_file old; /* its file, while the new text is made */
	bool existed;            /* the user had a record before */
	bool same;               /* and it has all these values already */
	bool staged_before; /* another person of the account was tried before */
	bool moved;         /* a record was moved into its place */
	char text[RECORD_FILE_TEXT_MAX]; /* the newest text; stays after drop */
	size_t len;
};

/* Add or replace keys; without a record, make one with only these; with none
 * the person is removed. user is valid already. Errors go to report, and
 * nothing is left. After DONE the record is ready and users_dir locked; the
 * caller commits or drops it. */
enum ctl_exit record_file_prepare(struct record_file *, const struct settings *,
    const char *user, const struct place_file_owner *,
    const struct record_text_change *, size_t count,
    const struct settings_report *);

/* Put it into its place. */
enum ctl_exit record_file_commit(struct record_file *);
/* End it; what was tried and not moved is removed. */
void record_file_drop(struct record_file *);

/* Lock users_dir for many users. After anything but DONE nothing is left. */
enum ctl_exit record_file_open(struct record_file *, const struct settings *,
    const struct place_file_owner *, const struct settings_report *);
/* Try one user's record and set existed and same. People of one account are
 * added to each other, and moving the first one moves them all. */
enum ctl_exit record_file_try(struct record_file *, const char *user,
    const struct record_text_change *, size_t count);
/* Sync everything that was tried to the disk. */
enum ctl_exit record_file_settle(struct record_file *);
/* Move the record of a user who was tried and is not the same into its place;
 * only after drop it is sure to stay there. */
enum ctl_exit record_file_move(struct record_file *, const char *user);

/* The files' owner: root, with group twofa. 0, or -1 after complaining: there
 * is no user twofa. */
int record_file_owner(struct place_file_owner *);

/* Prepare and commit, or complain. */
enum ctl_exit record_file_change(const struct settings *, const char *user,
    const struct record_text_change *, size_t count);

/*
 * Where users' records lie: in users_dir, a file each, or in the state that
 * hosts share. There a file of this host stands before what the state has of
 * that user. Commands ask the place of a record, not where it is.
 */

#define RECORD_PLACE_GROUPS_MAX 255  /* names of groups, with their commas */
#define RECORD_PLACE_SEALED_MAX 1024 /* of a sealed secret, with its NUL */

struct record_place {
	const char *word;   /* in a table: "file", "state" */
	const char *within; /* in a sentence: "the state"; NULL: users_dir */

	/* --- a change; 0, or -1 after reporting --- */

	/* Find the text to change: another person's change that is staged, or
	 * the record. It stays until stage; NULL: it is no text. NONE: a new
	 * record. FAILED, OUTAGE: after reporting. */
	enum record_source_found (*text)(
	    struct record_file *, const char **text);
	/* Keep the new text until it is written; many: others follow, and
	 * record_file_settle syncs. */
	int (*stage)(struct record_file *, bool many);
	int (*write)(struct record_file *);
	void (*unstage)(struct record_file *);
	/* CTL_DONE, or after complaining. */
	enum ctl_exit (*remove)(const struct settings *, const char *user);

	/* --- what hosts share; NULL in users_dir --- */

	/* Settings that say so read records there until the process ends. */
	void (*use)(const struct run *, struct settings *);
	/* Why it cannot list all of them here; NULL: it can. */
	const char *(*unlisted)(void);
	/* Replace a record's text at once. */
	int (*put)(const char *user, const char *text);
	/* Encrypt a secret of kept's, to stand in the record; elsewhere it has
	 * a file. 0 or -1, without reporting. */
	int (*seal)(const struct settings *, const char *kept,
	    const struct secret *, char out[RECORD_PLACE_SEALED_MAX]);
	/* Are these names of groups, with commas between? "" is fine. */
	bool (*groups_fit)(const char *groups);
	/* Hosts of which groups may read a record; "" none, and no record. */
	const char *(*groups)(const char *user);
	/* Of these, from the next that is staged on; NULL, as at first: a
	 * record's stay. given: has it these already? */
	void (*give)(const char *groups);
	bool (*given)(const char *user);
};

/* The one that hosts share, set by twofactl.c, since a fleet is above this;
 * NULL: users_dir alone. */
extern const struct record_place *record_place_shared;
extern const struct record_place record_place_files;

/* The one that hosts share, if these settings say so; else NULL. */
const struct record_place *record_place_shared_of(const struct settings *);

/* With users = "state" these settings read records there from here on. */
void record_place_use(const struct run *, struct settings *);
/* Of this user's record, or of a new one. */
const struct record_place *record_place_of(
    const struct settings *, const char *user);
/* For an admin: the whole path of the user's file, or "the state". Valid until
 * the next call. */
const char *record_place_text(const struct settings *, const char *user);
/* Can all users with a record be listed here, by name_list_enrolled? Without
 * complaining. */
bool record_place_can_list(const struct settings *);
/* The same; false after complaining. */
bool record_place_check_list(const struct settings *);
/* Report what is wrong with the record that is to change, as "PLACE: what". */
void record_place_report(const struct record_file *, const char *what);

/*
 * The most common shape of users' records (rules.h). It is sent to the
 * helper, which stores it for decoys.
 */

/* The most common shape, of several the first by bytes, and how many users have
 * a file. 0, or -1: there are none, or no memory. owner: required owner of the
 * files. */
int record_shape_find(const struct settings *, uid_t owner,
    char out[DECOY_SHAPE_MAX], size_t *users);

/* Find it and send it, after a change of records. Failures are reported; the
 * change stays. */
void record_shape_renew(const struct run *, const struct settings *);

#define SECRET_FILE_NAME_MAX (OWNER_MAX + 16)

/* The file name of a user's app secret, between these: "", ".totp". A person's
 * has a + for the slashes (values.h). */
void secret_file_name(char out[SECRET_FILE_NAME_MAX], const char *before,
    const char *kept, const char *behind);

struct secret_file {
	struct place_file_folder folder;
	char name[SECRET_FILE_NAME_MAX], old[SECRET_FILE_NAME_MAX];
	bool had_old, reached; /* its place was known and occupied */
};

/* Write it to the file name in folder; the caller removes it. 0, or -1 with
 * errno and no such file. */
int secret_file_try(int folder, const char *name, const struct secret *,
    const struct place_file_owner *);

/* Put the secret into folder/name. 0, or -1 with cause: then nothing has
 * changed or is open. */
int secret_file_put(struct secret_file *, const char *folder, const char *name,
    const struct secret *, const struct place_file_owner *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

/* End it: keep the new secret, or restore what was there before. */
void secret_file_keep(struct secret_file *);
void secret_file_undo(struct secret_file *);

/* What a command accepts; OR of these. */
enum command_whom {
	COMMAND_GONE = 1 << 0,  /* an unknown person: something may be left */
	COMMAND_WHOLE = 1 << 1, /* the account with all its people */
	COMMAND_ENTRY = 1 << 2, /* the person's own entry in the account */
	COMMAND_THERE = 1 << 3, /* no account that is gone */
};

/* After command_user_find. A person with a user's factors is replaced by that
 * user, with a message, unless the command is about the entry. CTL_DONE, or
 * after complaining CTL_USAGE (listing the people) or CTL_SETTINGS. */
enum ctl_exit command_person_find(const struct run *, struct target *,
    const struct settings *, unsigned whom);

/* Find the person with this key or certificate. CTL_DONE, or after complaining
 * CTL_USAGE (none has it) or CTL_SETTINGS. */
enum ctl_exit command_person_by_key(const struct run *, struct target *,
    const struct settings *, const struct ssh_identity *);

/* The record of the user or person; *who is that person. Errors are reported;
 * USER_ABSENT is not. The caller wipes the record. */
enum user_result command_person_record(const struct target *,
    const struct settings *, const struct settings_report *,
    struct user_person *who, struct user_record *);

/* Calls visit with each record of the account that is right: the user's own,
 * who being NULL, or those of the people who share it; until it is true. 1: it
 * was; -1: one was wrong, which is reported; else 0, also for none. */
int command_user_each_record(const struct settings *, const char *account,
    const struct settings_report *, void *ctx,
    bool (*visit)(
	void *ctx, const struct user_person *who, const struct user_record *));

/* NULL: there is none of that name. */
const struct user_person *command_person_named(
    const struct user_people *, const char *name);

/* Print who shares the account, and what to type. */
void command_person_list(
    const struct run *, const struct target *, const struct user_people *);

/* In the form to type: "deploy --person anna". Valid until the next call. */
const char *command_person_text(const struct target *);

/* full: show numbers and addresses whole. person: one of that account's people;
 * NULL: the user. */
void record_print_json(const struct settings *, const char *user,
    const struct user_person *, const struct user_record *, bool full);

/* A line for each value, as in `show`. */
/* "sms,voice,app": what a user is asked for. */
void record_print_factors(const struct user_record *, char *out, size_t cap);
void record_print_lines(const char *user, const struct user_person *,
    const struct user_record *, bool full);

struct name_list {
	size_t count, cap;
	char (*name)[USER_NAME_MAX + 1];
};

/* For qsort and bsearch: by bytes, of texts or of structs that begin with
 * one. */
int name_list_compare(const void *a, const void *b);

/* Has one more item room in this list of count, if need be in a larger one in
 * its place? False with errno, and the old one stays. */
#define NAME_LIST_ROOM(list, cap, count)                                       \
	__extension__({                                                        \
		void *room_ =                                                  \
		    name_list_reserve(list, &(cap), count, sizeof(*(list)));   \
		if (room_ != NULL)                                             \
			(list) = room_;                                        \
		room_ != NULL;                                                 \
	})
void *name_list_reserve(void *list, size_t *cap, size_t count, size_t size);

/* Zero a list before the first add. 0, or -1 with errno. */
int name_list_add(struct name_list *, const char *name);
int name_list_add_all(struct name_list *, const struct name_list *from);
/* Sort by bytes and remove duplicates. name_list_has needs a sorted list. */
void name_list_sort(struct name_list *);
bool name_list_has(const struct name_list *, const char *name);
void name_list_free(struct name_list *);

/* Users with a record, in users_dir or in the state, sorted. An unsafe
 * users_dir (owner: its required owner) is reported. 0, or -1 and an empty
 * list. */
int name_list_enrolled(struct name_list *, const struct settings *, uid_t owner,
    const struct settings_report *);

/* The accounts that the system lists (getpwent), sorted; a directory service
 * may have more. 0, or -1 with errno. */
int name_list_accounts(struct name_list *);

/* Adds those of them that fit; NULL: all. 0, or -1 with errno. */
int name_list_add_accounts(struct name_list *,
    bool (*fits)(const struct passwd *, const void *ctx), const void *ctx);

/* Has its shell a name by which people log in? */
bool name_list_person(const struct passwd *, const void *none);
/* How many of them that holds for, counted up to a thousand. */
size_t name_list_people(void);

enum name_list_found {
	NAME_LIST_FAILED = 0, /* see errno; the list is empty */
	NAME_LIST_LISTED,
	NAME_LIST_ABSENT,
};

/* Members of a group, sorted: those it names, and listed accounts with it as
 * their primary group. */
enum name_list_found name_list_members(struct name_list *, const char *group);

/* A file that an administrator names; "-" is stdin. 0, or -1 after complaining,
 * and nothing to free. */
int place_file_read_whole(struct trusted_file *, const char *path);

#endif
