/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records: found, read, changed one key at a time, printed. */
#ifndef TWOFA_RECORDS_H
#define TWOFA_RECORDS_H

#include "lib/rules/rules.h"
#include "twofactl/client/client.h"

struct record_place;
struct record_text_change;

/* command_user.c: the account of a command, or one of its people. */

struct target {
	const char *typed; /* the account as typed; NULL if not given */
	char account[USER_NAME_MAX + 1]; /* its name; "" for no account */
	char person[USER_NAME_MAX + 1];  /* "" for no person */
	char owner[OWNER_MAX + 1];       /* of both (values.h) */
	/* the account, even if the person has a user's factors; "" for no
	 * person */
	char of_account[USER_NAME_MAX + 1];
	/* the user whose factors the person has; "" for the person's own */
	char factors_of[USER_NAME_MAX + 1];
	bool unknown; /* no such account exists, and the command needs none */
};

/* For messages: "alice", or "anna of deploy". Valid until the next call. */
const char *command_target_text(const struct target *);

/* For commands to type: "deploy --person anna". Valid until the next call. */
const char *command_target_arguments(const struct target *);

/* Fills in the target as typed; account may be NULL. The person is not looked
 * up. Unless needed, an account that no longer exists keeps its name. Returns
 * CTL_DONE, or CTL_USAGE or CTL_FAILED after reporting. */
enum ctl_exit command_user_find(
    struct target *, const char *account, const char *person, bool needed);

/* The start of a command about a user. */
struct command_user {
	struct run run;
	struct target target;
	struct settings *conf;
};

/* Runs a command; one about a user after command_user_find, settings_load and
 * command_person_find. Returns the command's status, or that of the first of
 * these that failed; CTL_SETTINGS for wrong settings. */
enum ctl_exit command_user_run(
    const struct command *, const struct arguments *);

/* Warns of a name without an account: it may be a typing error. */
void command_user_warn_unknown(const struct target *);

/* The targets that a command accepts; OR of these. */
enum command_whom {
	COMMAND_GONE = 1 << 0,  /* an unknown person, who may have left data */
	COMMAND_WHOLE = 1 << 1, /* the account with all its people */
	COMMAND_ENTRY = 1 << 2, /* the person's own entry in the account */
	COMMAND_THERE = 1 << 3, /* no account that is gone */
	COMMAND_UNSOUGHT = 1 << 4, /* the command looks up the person itself */
};

/* Looks up the person after command_user_find. A person with a user's factors
 * is replaced by that user, with a message, unless the command is about the
 * entry. Returns CTL_DONE, or after reporting CTL_USAGE (listing the people) or
 * CTL_SETTINGS. */
enum ctl_exit command_person_find(struct command_user *, unsigned whom);

/* Finds the person with this key or certificate. Returns CTL_DONE, or after
 * reporting CTL_USAGE (no person has it) or CTL_SETTINGS. */
enum ctl_exit command_person_by_key(
    struct command_user *, const struct ssh_identity *);

/* Reads the record of an owner (values.h), a user or a person; *who is that
 * person, or NULL. Reports errors, but not USER_ABSENT. The caller wipes the
 * record. */
enum user_result command_owner_record(const struct settings *,
    const char *owner, const struct settings_report *, struct user_person *who,
    struct user_record *);

/* Like command_owner_record(), of the command's user or, at a shared account,
 * of the person whom it names. */
enum user_result command_user_record(const struct command_user *,
    const struct settings_report *, struct user_record *);

/* The valid records of an account, one after the other: the user's own, or
 * those of the people who share it. One walk at a time. */
struct record_walk {
	const struct settings *conf;
	const char *account;
	const struct settings_report *report;
	const struct user_person *who; /* of this record; NULL: the user */
	struct user_record record;
	bool begun, wrong; /* wrong: a record was invalid, which is reported */
};
/* Reads the next record, at first the first one. False after the last. */
bool record_walk_next(struct record_walk *);
/* Wipes the last record that was read. */
void record_walk_end(struct record_walk *);

/* Returns the person with that name, or NULL. */
const struct user_person *command_person_named(
    const struct user_people *, const char *name);

/* Prints who shares the account, and a command to type for each. */
void command_person_list(
    const struct command_user *, const struct user_people *);

/* cmd_list.c: prints bypass codes of a user, or of all for NULL. tail follows
 * in JSON. */
enum ctl_exit list_bypass_codes(
    const struct run *, const char *owner, const char *tail);

/* name_list.c: lists of users' names. */

struct name_list {
	size_t count, cap;
	char (*name)[USER_NAME_MAX + 1];
};

/* For qsort and bsearch: compares texts, or structs that begin with one, by
 * bytes. */
int name_list_compare(const void *a, const void *b);

/* Grows a list of count so that one more item fits, if need be by moving it.
 * False with errno if there is no memory; the list is then unchanged. */
#define NAME_LIST_ROOM(list, cap, count)                                       \
	__extension__({                                                        \
		void *room_ =                                                  \
		    name_list_reserve(list, &(cap), count, sizeof(*(list)));   \
		if (room_ != NULL)                                             \
			(list) = room_;                                        \
		room_ != NULL;                                                 \
	})
void *name_list_reserve(void *list, size_t *cap, size_t count, size_t size);

/* The list must be zeroed before the first call. Return 0, or -1 with errno. */
int name_list_add(struct name_list *, const char *name);
int name_list_add_all(struct name_list *, const struct name_list *from);
/* Sorts by bytes and removes duplicates. name_list_has needs a sorted list. */
void name_list_sort(struct name_list *);
bool name_list_has(const struct name_list *, const char *name);
void name_list_free(struct name_list *);

/* Adds the accounts in users, "alice,bob" or NULL, and sorts. Returns 0, or -1
 * after reporting a name that is of none. */
int name_list_take_accounts(struct name_list *, const char *users);

/* Writes the user of a record's file USER.conf, "" for another name. False if
 * no login would read that file. */
bool name_list_user_of_file(const char *file, char user[USER_NAME_MAX + 1]);

/* Returns the next account after setpwent(); a directory service may have more.
 * NULL at the end, with *rc -1 and errno after a failure, and while *rc is not
 * 0. */
const struct passwd *name_list_next_account(int *rc);

/* Returns the number of accounts with a login shell, counted up to a thousand.
 */
size_t name_list_count_login_accounts(void);

enum name_list_found {
	NAME_LIST_FAILED = 0, /* with errno; the list is empty */
	NAME_LIST_LISTED,
	NAME_LIST_ABSENT,
};

/* Lists the members of a group, sorted: those in its entry, and the accounts of
 * getpwent whose primary group it is. */
enum name_list_found name_list_members(struct name_list *, const char *group);
/* Adds the members of a group. Returns 0, or -1 with errno. */
int name_list_add_members(struct name_list *, const char *group);

/* place_file.c: files of root that the helper may read. Each is written
 * completely next to its place, synced, then moved there in one step, so that a
 * login never reads half a file. */

/* root:twofa; in unit tests the user who runs them. */
struct place_file_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode; /* 0: 0640 */
	/* file whose SELinux label and access control list are copied, if it
	 * has any; or NULL */
	const char *like;
	bool unsynced; /* many are written, and synced together */
};

/* Only root can open it, so only root can lock it. It exists while a twofactl
 * runs; a leftover does no harm. */
#define PLACE_FILE_LOCK ".twofactl.lock"

struct place_file_folder {
	int fd, lock; /* -1: not open; lock: not held */
};

/* Opens a folder if it is safe, and locks it against other twofactl processes.
 * lock stays -1 where no file can be made. Returns 0, or -1 with cause, and
 * nothing is open. */
int place_file_open_folder(
    struct place_file_folder *, const char *path, uid_t owner);
/* Releases the lock and closes the folder. May be repeated. */
void place_file_close_folder(struct place_file_folder *);

/* True if the file still has the text that was read, or is still missing
 * (then->text is NULL). False also if it cannot be read. */
bool place_file_is_unchanged(const char *path, enum trusted_file_kind,
    uid_t owner, const struct trusted_file *then);

/* Removes files and empty folders whose names begin with head and end with
 * tail: leftovers, also of a process that was killed. The caller holds the
 * lock. */
void place_file_sweep(int folder, const char *head, const char *tail);

/* Returns the contents of an open file of fewer than most bytes, with a NUL
 * after them, for the caller to free; or NULL with errno, EFBIG if there are
 * more. */
char *place_file_read_descriptor(int fd, size_t most, size_t *len);

/* Reads a file that an admin names; "-" is stdin. Returns 0, or -1 after
 * reporting, and nothing to free. */
int place_file_read_path_or_stdin(struct trusted_file *, const char *path);

/* Writes a new file of that owner; removes an old one first. Returns 0, or -1
 * with errno, and no file. */
int place_file_write(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

/* Syncs a file's folder, so that the moved file stays. Returns 0, or -1 with
 * errno. */
int place_file_sync_folder(const char *path);

/* Moves a file or folder to a name in a folder that is then synced. Returns 0,
 * or -1 with errno, if it is not moved or may not be on the disk yet. */
int place_file_rename(const char *from, const char *to);

/* Makes a folder in home, or takes a leftover, and locks it: others than owner
 * have at most the rights in mode. Returns a descriptor, or -1 with errno:
 * EAGAIN if another process has it, EPERM if it is somebody else's. */
int place_file_open_private(
    int home, const char *name, uid_t owner, mode_t mode);
/* Removes it unless keep, and closes it; fd may be -1. */
void place_file_close_private(int home, const char *name, int fd, bool keep);

/* Moves a file from one folder to its place in another. Returns 0; 1 with errno
 * if the file is moved, but may not be on the disk yet; -1 with errno. */
int place_file_move(int from, const char *name, int to, const char *place);

/*
 * record_file.c: changes keys in users' records, also of a shared account's
 * people. The new text is checked as by a login before it replaces the old one,
 * so a broken record is never installed. One user: open or lock, stage, then
 * commit or drop. Many: open, stage each, sync, move each, drop. user is an
 * owner (values.h).
 */

#define RECORD_FILE_SUFFIX ".conf"
#define RECORD_FILE_NAME_MAX (USER_NAME_MAX + sizeof(RECORD_FILE_SUFFIX))
/* Prefix of a file that will be moved to its place: no user name. */
#define RECORD_FILE_STAGED ".twofactl."
#define RECORD_FILE_TEXT_MAX (65 * 1024)

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
	bool loses_app;     /* enrolled by its user: no file has its secret */
	bool staged_before; /* another person of the account was tried before */
	bool moved;         /* a record was moved into its place */
	char text[RECORD_FILE_TEXT_MAX]; /* the newest text; stays after drop */
	size_t len;
};

/* These return CTL_DONE; CTL_SETTINGS if the new record is wrong, CTL_NO for a
 * record of another account, unless the key "left" changes, or CTL_FAILED for
 * an I/O error: then the old record stays. */

/* Moves the record into its place. */
enum ctl_exit record_file_commit(struct record_file *);
/* Ends the changes and removes what was tried but not moved. May be repeated.
 */
void record_file_drop(struct record_file *);

/* Locks users_dir. Unless CTL_DONE, nothing is left. */
enum ctl_exit record_file_open(struct record_file *, const struct settings *,
    const struct place_file_owner *, const struct settings_report *);
/* Adds or replaces keys; makes a record of these if there is no other; with no
 * keys removes the person. What is written gets the account's uid, if it has
 * none. user must be valid. Sets existed and same. With an owner that is
 * unsynced, record_file_sync is to follow. People of one account are added to
 * each other; moving the first one moves them all. */
enum ctl_exit record_file_stage(struct record_file *, const char *user,
    const struct record_text_change *, size_t count);
/* Syncs everything that was tried to the disk. */
enum ctl_exit record_file_sync(struct record_file *);
/* Moves the record of a user who was tried and is not the same into its place.
 * It is durable only after drop. */
enum ctl_exit record_file_move(struct record_file *, const char *user);

/* Sets the files' owner: root, with group twofa. Returns 0, or -1 after
 * reporting if there is no user twofa. */
int record_file_default_uid_gid(struct place_file_owner *);

/* Removes a file that only says that its user has left, so that the record
 * which they enrolled, and which no file can have, counts again. Returns CTL_NO
 * if there is no such file or record. */
enum ctl_exit record_file_drop_mark(const struct settings *, const char *user);

/* Changes these keys of the user's record, with users_dir locked. Reports
 * errors. */
enum ctl_exit record_file_change(const struct settings *, const char *user,
    const struct record_text_change *, size_t count);

/* For a change that depends on the present record: lock, read the record, end.
 * Like record_file_open with the default owner; reports errors. */
enum ctl_exit record_file_lock(struct record_file *, const struct settings *);
/* Stages and commits these changes if so_far is CTL_DONE; then drops, whatever
 * failed. Returns the first status that is not CTL_DONE. */
enum ctl_exit record_file_end(struct record_file *, enum ctl_exit so_far,
    const char *user, const struct record_text_change *, size_t count);
/* record_owner.c: whether a record is for the account that has its name. */

/* Like accounts_find(), also for thousands of names. */
enum account_result record_owner_account(const char *name, struct account *);
struct record_owner {
	enum user_owner is;
	/* without a name if there is none: then `is` is USER_LEFT or USER_OWN
	 */
	struct account account;
};
/* Reads the user's record, or text instead, as a login does: it is absent from
 * USER_LEFT on. The caller wipes the record. */
enum user_result record_owner_read(const struct settings *, const char *user,
    const char *text, struct record_owner *, struct user_record *,
    const struct settings_report *);
/* Like record_owner_read(), without the record. */
struct record_owner record_owner_find(
    const struct settings *, const char *user, const char *text);
/* Returns CTL_NO, after reporting the remedy, from USER_LEFT on. */
enum ctl_exit record_owner_refuse(
    const struct settings *, const char *user, const char *text);
/* Adds the uid of the user's account, unless the text has one or no account is
 * found. Returns 0, or -1 if it does not fit. */
int record_owner_add_uid(
    const char *user, char text[RECORD_FILE_TEXT_MAX], size_t *len);
#define RECORD_OWNER_OTHER                                                     \
	"%s: the account of this name now has another uid, so no login takes " \
	"it; run: twofactl remove %s; for the same user run: twofactl enroll " \
	"%s --again"

/* record_place.c: the place of users' records: in users_dir, a file each, or in
 * the state that hosts share. A file of this host precedes the user's record in
 * the state. Commands use a place's functions, whichever it is. */

struct record_place {
	const char *word;   /* in a table: "file", "state" */
	const char *within; /* in a sentence: "the state"; NULL: users_dir */

	/* A change; 0, or -1 after reporting. */

	/* Finds the text to change: another person's change that is staged, or
	 * the record; NULL if it is not a text. It is valid until stage.
	 * Returns NONE for a new record, FAILED or OUTAGE after reporting. */
	enum record_source_found (*text)(
	    struct record_file *, const char **text);
	/* Keeps the new text until it is written. */
	int (*stage)(struct record_file *);
	int (*write)(struct record_file *);
	void (*unstage)(struct record_file *);
	/* Returns CTL_DONE; CTL_NO if there is no such record; or another
	 * status after reporting. folder is users_dir, locked. */
	enum ctl_exit (*remove)(
	    const struct settings *, const char *user, int folder);
};

extern const struct record_place record_place_files, record_place_state;

/* Returns the place of this user's record, or of a new one. */
const struct record_place *record_place_of(
    const struct settings *, const char *user);
/* For messages: the whole path of the user's file, or "the state". Valid until
 * the next call. */
const char *record_place_describe(const struct settings *, const char *user);
/* Ends a change of twofactl self that the file's phones overrule, as it would
 * count again with the phones before; counts: also one that counts. An app that
 * replaced one of the record stays. */
enum ctl_exit record_place_end_change(
    const struct settings *, const char *user, bool counts);
/* Returns the host where the user enrolled at a login, or "". Writes " at
 * web01, DAY TIME" for a line, or "". */
#define RECORD_ENROLLED_MAX (SETTINGS_STORE_HOST_MAX + DAY_TIME_MAX + 8)
const char *record_place_enrolled_by(
    const struct settings *, const char *user, char out[RECORD_ENROLLED_MAX]);
/* Lists users with a record, in users_dir or in the state, sorted. Reports an
 * unsafe users_dir. Returns 0, or -1 and an empty list. */
int name_list_enrolled(struct name_list *, const struct settings *,
    const struct settings_report *);
/* True if name_list_enrolled can list all users with a record here. */
bool record_place_can_list(const struct settings *);
/* Like record_place_can_list(), but reports why not. */
bool record_place_can_list_or_report(const struct settings *);
/* Reports a problem of the record that is to change, as "PLACE: what". */
void record_place_report_problem(const struct record_file *, const char *what);

/* record_state.c: records in the state, read and written by the helper. The
 * administrator's machine reads all of them at once; others read one user's at
 * a time, which is recorded as a read of that host. Users whose record was not
 * read have no groups and no host here. */

/* With users = "state" makes these settings read records there until the
 * process ends. */
void record_state_use(const struct run *, struct settings *);
/* Adds the users who have a record there, if they can be listed here. Returns
 * NULL, or why it failed. */
const char *record_state_list(struct name_list *);
/* Returns where all records can be listed, or NULL if here. */
const char *record_state_unlisted(void);
/* Records are read again: they may have changed meanwhile. */
void record_state_forget(void);
/* Replaces a record's text at once. */
int record_state_put(const char *user, const char *text);
/* Groups whose hosts may read a record; "" if it names no group, or
 * there is no record. */
const char *record_state_groups(const char *user);
/* Returns the host where the user enrolled at a login, "" for other records;
 * and when. */
const char *record_state_enrolled_by(const char *user, int64_t *at);
/* Sets groups for records that are staged from here on; with NULL, as at first,
 * these keep their own. given: true if the record has them. */
void record_state_give(const char *groups);
bool record_state_given(const char *user);

/* record_print.c: a record for show, list and other commands. person is one of
 * that account's people, or NULL; full: numbers and addresses are not masked.
 */

void record_print_json(const struct settings *, const char *user,
    const struct user_person *, const struct user_record *, bool full);

/* Writes what a user is asked for: "sms,voice,app". */
void record_write_factors(const struct user_record *, char *out, size_t cap);

/* Prints a line for each value. */
void record_print_lines(const char *user, const struct user_person *,
    const struct user_record *, bool full);

/* Prints a line for each phone, app and token, with its number for --device.
 * width: of the user. */
void record_print_devices(const char *user, const struct user_person *,
    int width, const struct user_record *, bool full);
/* Prints a line of list. Its first column is the owner, of the given width. A
 * NULL record prints the heading. */
void record_print_row(const struct settings *, const char *user,
    const struct user_person *, int width, const struct user_record *,
    bool full);

/* record_shape.c: the most common shape of users' records (rules.h), which the
 * helper stores for decoys. */

/* Finds the most common shape, of several the first by bytes, and how many
 * users have a record. Returns 0, or -1 if there are no records or no memory.
 */
int record_shape_find(
    const struct settings *, char out[DECOY_SHAPE_MAX], size_t *users);

/* Finds and sends the shape, after a change of records. Reports failures; the
 * change stays. */
void record_shape_renew(const struct run *, const struct settings *);

/*
 * record_text.c: one key in the text of a record, replaced in its place or
 * added at the end; all other bytes stay, comments too. In a file with people
 * the key belongs to one of them. It reads just enough of libconfig's form to
 * find where a value begins and ends; misreadings do no harm, because
 * user_record_parse reads a changed text before it is used. Pure.
 */

/* From begin to before end; NULL if not found. */
struct record_span {
	const char *begin, *end;
};

/* Skips blanks and comments, and with ends also the ends of settings. Returns
 * NULL if a comment does not end. */
const char *record_reader_skip_blanks(const char *p, bool ends);
/* p is at a quote. Returns the position after the closing one, or NULL if the
 * string does not end. */
const char *record_reader_skip_string(const char *p);

/* Finds key's value between p and the byte last, where *stop then points.
 * Returns 0, or -1 if the text is not in libconfig's form. */
int record_reader_find_value(const char *p, char last, const char *key,
    struct record_span *, const char **stop);

struct record_text_change {
	const char *key;
	const char *value;
	bool literal;        /* write value as it is: a list; else in quotes */
	const char *instead; /* the key that it replaces, or NULL */
	/* The key is a list of groups: value is one more, or NULL; the group
	 * cut is removed, from 1, or none for 0. */
	bool list;
	size_t cut;
};

/* Writes the changed text with a NUL to out[cap]; *len is its length. old is a
 * text as user_record_read accepts it. The key is changed for person, who is
 * added if new, or with NULL for the user. Returns 0, or -1 if old has another
 * form or out is too small. */
int record_text_put_key(const char *old, const char *person,
    const struct record_text_change *, char *out, size_t cap, size_t *len);

/* Writes the text without that person. Like record_text_put_key(), but returns
 * -1 also if the person is unknown or the only one. */
int record_text_drop_person(
    const char *old, const char *person, char *out, size_t cap, size_t *len);

/* Returns how many phones the text lists for person or, with NULL, the user;
 * *listed: number is one of them. */
size_t record_text_phones(
    const char *text, const char *person, const char *number, bool *listed);

/* Returns 1 if that person is in the text, 0 if not, -1 for another form. */
int record_text_has_person(const char *text, const char *person);

struct record_text {
	char *out;
	size_t cap, len;
	bool failed; /* out is too small */
};

void record_text_add(struct record_text *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds "KEY = VALUE;". */
void record_text_add_setting(
    struct record_text *, const struct record_text_change *);
/* Adds the old text with that setting among those between from and the byte
 * last. Returns 0, or -1 if old has another form or out is too small. */
int record_text_put(struct record_text *, const char *old, const char *from,
    char last, const struct record_text_change *);

/* secret_file.c: files of app secrets. */

#define SECRET_FILE_MORE 9 /* "++1.totp" and so on: no name has a + */

#define SECRET_FILE_NAME_MAX (OWNER_MAX + 20)

/* Returns the folder secrets in the folder of twofa.conf, valid until the next
 * call. */
const char *secret_file_folder(const char *conf);

/* Writes the file name of an owner's secret, with prefix and suffix: "",
 * ".totp". A person's has a + for the slashes of the owner (values.h). */
void secret_file_name(char out[SECRET_FILE_NAME_MAX], const char *prefix,
    const char *owner, const char *suffix);

/* Of the nth app of an owner: 0 is totp_secret_file's. Up to SECRET_FILE_MORE.
 */
void secret_file_name_nth(
    char out[SECRET_FILE_NAME_MAX], const char *owner, unsigned n);

struct secret_file {
	struct place_file_folder folder;
	char name[SECRET_FILE_NAME_MAX], old[SECRET_FILE_NAME_MAX];
	bool had_old, replaced; /* replaced: undo restores or removes name */
};

/* Writes the secret to the file name in folder, for the caller to remove.
 * Returns 0, or -1 with errno and no such file. */
int secret_file_write(int folder, const char *name, const struct secret *,
    const struct place_file_owner *);

/* Puts the secret into folder/name. Returns 0, or -1 with cause: then nothing
 * has changed or is open. */
int secret_file_put(struct secret_file *, const char *folder, const char *name,
    const struct secret *, const struct place_file_owner *);

/* Ends the change: keeps the new secret, or restores what was there before. */
void secret_file_end(struct secret_file *, bool keep);

#endif
