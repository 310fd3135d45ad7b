/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface between the processes of a login: the module's arguments, the
 * helper's start, frames, facts and the log line. The module uses no other
 * component. */
#ifndef TWOFA_WIRE_H
#define TWOFA_WIRE_H

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "lib/wire/reasons.h"

/* module_arguments.c: the module's arguments, as written in /etc/pam.d. The
 * module and `twofactl doctor` read them with this same code. */

/* default of conf= */
#define MODULE_ARGUMENTS_CONF "/etc/twofa/twofa.conf"
#define MODULE_ARGUMENTS_DEADLINE_MIN 10 /* seconds */
#define MODULE_ARGUMENTS_DEADLINE_MAX 3600
#define MODULE_ARGUMENTS_SOCKET_MAX 290 /* maximum through a socket */
#define MODULE_ARGUMENTS_NO_PROMPT 30   /* default with no_prompt */

/* The task of a PAM line. */
enum module_task {
	TASK_ASK = 0,   /* ask for a code, allow or deny */
	TASK_NO_PROMPT, /* check a code typed after the password: no prompt */
	TASK_SPLIT,     /* separate password and such a code; never allows */
	TASK_WHEN,      /* test for some methods of sshd; never allows */
};

enum transport {
	/* socket; at effective uid 0 spawn when that fails */
	TRANSPORT_AUTO = 0,
	TRANSPORT_SPAWN,
	TRANSPORT_SOCKET,
};

/* The texts point into argv or at constants. */
struct module_arguments {
	const char *conf;
	const char *helper;
	const char *socket; /* NULL if not given */
	enum transport transport;
	int64_t deadline_ms; /* of the whole login */
	enum module_task task;
	unsigned when; /* for TASK_WHEN: SSH_METHOD_*, at least one; else 0 */
	bool debug;
};

/* sshd's methods that leave no password, as named by when= in PAM files and by
 * SSH_AUTH_INFO_0 in a login. */
#define SSH_METHOD_PUBLICKEY 1u
#define SSH_METHOD_HOSTBASED 2u
#define SSH_METHOD_GSSAPI 4u /* gssapi-with-mic */
#define SSH_METHOD_ALL 7u

/* The default of deadline= for a service, in seconds. sshd ends a login after
 * 120 s, login after 60 s, password included. */
int64_t module_arguments_default_deadline(const char *service);

/* Fills args; the default deadline depends on service and task. Returns -1, or
 * the index in argv of an argument that is unknown, repeated or not allowed:
 * split and when= go only with debug. The task of a refused line is set too,
 * unless the bad argument comes first. */
int module_arguments_parse(struct module_arguments *, const char *service,
    int argc, const char *const *argv);

/* The path of the helper's socket: socket=, or the default for services of root
 * or for others. */
const char *module_arguments_socket_path(
    const struct module_arguments *, bool root);

/* True if one of these methods succeeded: SSH_AUTH_INFO_0 has a line for each
 * that did, such as "publickey ssh-ed25519 AAAA...". */
bool module_arguments_method_passed(unsigned methods, const char *auth_info);

/* helper_start.c: the checks of the helper's file, the account that runs it,
 * and the limits, signal actions and privileges of its processes. */

#define HELPER_USER "twofa"

/* The command that creates this account. */
#define HELPER_USER_ADD                                                        \
	"useradd --system --user-group --no-create-home --home-dir "           \
	"/nonexistent --shell /usr/sbin/nologin " HELPER_USER

enum helper_path_fault {
	HELPER_PATH_FORM = 0, /* not absolute, "/", or PATH_MAX bytes or more */
	HELPER_PATH_UNSEEN,   /* lstat failed */
	HELPER_PATH_LINK,
	HELPER_PATH_KIND,   /* not a regular file; above it, not a folder */
	HELPER_PATH_OWNER,  /* not root */
	HELPER_PATH_OTHERS, /* others can write */
	HELPER_PATH_GROUP,  /* the group can write, or an ACL entry */
	HELPER_PATH_CLOSED, /* the helper's user cannot execute it */
	HELPER_PATH_FIT,
};

/* The part of the path at which the check ended. */
struct helper_path {
	char part[PATH_MAX]; /* "" after FORM */
	bool last;           /* part is the file itself */
	int error;           /* errno after UNSEEN, else 0 */
};

/* Returns HELPER_PATH_FIT, or what is wrong. No part of the path may be a
 * symbolic link, belong to another user than root, or be writable by others;
 * the last must be a regular file. gid, unless NULL, is the group of the user
 * who must be able to execute it. */
enum helper_path_fault helper_path_check(
    struct helper_path *, const char *path, const gid_t *gid);

/* A resource limit, which the module sets for a helper that it starts, and the
 * listener for each worker. Root raises the service's own limit where it may.
 * least must be far below the kernel's default: NPROC is 1,820 on a host with
 * 512 MiB of memory. */
struct helper_limit {
	const char *name; /* as in RLIMIT_ */
	uint64_t most;    /* the limit that is set */
	uint64_t least;   /* a lower one is refused */
};

/* Indexed by the kernel's number of the limit. */
extern const struct helper_limit helper_limits[RLIM_NLIMITS];

#define SIGNAL_COUNT 64 /* of the kernel, in a mask of 8 bytes */

/* Sets the default action of all signals, in the parent of a helper that the
 * module starts and in the listener; the kernel refuses KILL and STOP. Makes
 * only system calls, so a child of a process with threads may call it. */
void helper_start_reset_signals(void);

/* Drops groups, gid, uid and capabilities for good, and verifies it; system
 * calls only, too. Inheritable capabilities would survive a change of uid, and
 * the helper refuses them. */
bool helper_start_drop_privileges(uid_t, gid_t);

/*
 * frame.c: the messages between twofa-helper and the program that started it,
 * pam_twofa.so or twofactl: one SOCK_SEQPACKET datagram each, with a fixed
 * header and typed fields. docs/protocol.md shows the bytes.
 *
 * Header, 12 bytes, all numbers big-endian:
 *   u32 magic  u8 version  u8 type  u16 reserved (0)  u32 length of the rest
 * Field: u16 tag, u16 length, bytes. A text ends with its only NUL; a number is
 * a 64 bit two's complement value. No tag twice.
 */

/* Tests build programs of the next version: -DFRAME_VERSION=2. */
#ifndef FRAME_VERSION
#define FRAME_VERSION 1
#endif
/* The helper also accepts the previous version, because an upgrade replaces the
 * files one after the other. */
#define FRAME_VERSION_OLDEST (FRAME_VERSION > 1 ? FRAME_VERSION - 1 : 1)
#define FRAME_HEADER 12
#define FRAME_BEGIN_MAX 65536  /* SSH_AUTH_INFO_0 can hold certificates */
#define FRAME_MAX 4096         /* every other type */
#define FRAME_ANSWER_MAX 256   /* longest answer passed on, without NUL */
#define FRAME_PROMPT_MAX 1024  /* longest prompt or line, without NUL */
#define FRAME_RECORD_MAX 57344 /* longest user record */
#define STATE_ADMIN_LEN 64     /* hex digits of twofa_operator's password */
#define FRAME_WHY_MAX 120      /* reason given for an exception or code */
#define FRAME_BY_MAX 185       /* maker of a bypass code: name, blank, why */

enum frame_type {
	FRAME_NONE = 0,
	FRAME_BEGIN,  /* module -> helper, first: purpose and facts */
	FRAME_SAY,    /* helper -> module: a line for the user */
	FRAME_ASK,    /* helper -> module: a prompt, wants ANSWER or ABORT */
	FRAME_ANSWER, /* module -> helper: what was typed */
	FRAME_ABORT,  /* module -> helper: no answer will come; wants VERDICT */
	FRAME_VERDICT, /* helper -> module: result and log fields; last */
	/* only over the listener's socket */
	FRAME_HELLO, /* helper -> module, first: BEGIN may come now */
	FRAME_END,   /* helper -> module, after VERDICT: ended cleanly */
};

/* Every field of a frame, numbered from 1: its name; the longest text without
 * NUL, or 0 for a number; the frames that may have it, and if they must; its
 * key in the log line, or NULL. This is the only table. */
/* clang-format off */
#define FRAME_FIELDS(X) \
	/* BEGIN: see struct facts */ \
	X(PURPOSE, 0, IN(BEGIN), true, NULL) \
	X(CONF, 4095, IN(BEGIN), true, NULL) \
	X(DEADLINE_MS, 0, IN(BEGIN), true, NULL) \
	X(USER, 1024, IN(BEGIN), true, NULL) \
	X(SERVICE, FACTS_SERVICE_MAX, IN(BEGIN), true, NULL) \
	X(TTY, 1024, IN(BEGIN), true, NULL) \
	X(RHOST, 1024, IN(BEGIN), true, NULL) \
	X(SSH_ADDRESS, 64, IN(BEGIN), true, NULL) \
	X(RUSER, 1024, IN(BEGIN), true, NULL) \
	X(REAL_UID, 0, IN(BEGIN), true, NULL) \
	X(SESSION_ID, 0, IN(BEGIN), true, NULL) \
	X(LEADER_START, 0, IN(BEGIN), true, NULL) \
	X(BOOT_ID, 64, IN(BEGIN), true, NULL) \
	X(CONVERSATION, 0, IN(BEGIN), true, NULL) \
	X(FIRST_FACTOR, 0, IN(BEGIN), true, NULL) \
	X(AUTH_INFO, 57344, IN(BEGIN), true, NULL) \
	X(TEXT, FRAME_PROMPT_MAX, IN(SAY) | IN(ASK), true, NULL) \
	X(ECHO, 0, IN(ASK), true, NULL) \
	/* the answer, which is empty when it was longer than \
	 * FRAME_ANSWER_MAX, and how many bytes were typed */ \
	X(ANSWER, FRAME_ANSWER_MAX, IN(ANSWER), true, NULL) \
	X(TYPED, 0, IN(ANSWER), true, NULL) \
	X(ABORT, 0, IN(ABORT), true, NULL) /* an enum frame_abort */ \
	/* an enum frame_verdict, then the log line's values */ \
	X(VERDICT, 0, IN(VERDICT), true, NULL) \
	X(RULE, 32, IN(VERDICT), false, "rule") \
	X(METHOD, 32, IN(VERDICT), false, "method") \
	X(PROVIDER, 128, IN(VERDICT), false, "provider") \
	X(OUTCOME, 32, IN(VERDICT), false, "outcome") \
	X(REASON, 256, IN(VERDICT), false, "reason") \
	X(WOULD, 64, IN(VERDICT), false, "would") \
	X(NUMBER, 64, IN(VERDICT), false, "number") \
	X(TRIES, 0, IN(VERDICT), false, "tries") \
	X(START_MS, 0, IN(VERDICT), false, "start_ms") \
	X(CHECK_MS, 0, IN(VERDICT), false, "check_ms") \
	X(TOTAL_MS, 0, IN(VERDICT), false, "total_ms") \
	X(REQUEST, 256, IN(VERDICT), false, "request") \
	/* of twofactl */ \
	X(ADMIN_REQUEST, 256, IN(BEGIN), false, NULL) \
	X(RECORD, FRAME_RECORD_MAX, IN(BEGIN), false, NULL) \
	/* of a login; of one without prompts */ \
	X(LEADER_TTY, 0, IN(BEGIN), false, NULL) \
	X(ONE_FIELD, ONE_FIELD_MAX, IN(BEGIN), false, NULL) \
	/* of a shared account; of su that asked its caller */ \
	X(PERSON, 64, IN(VERDICT), false, "person") \
	X(ASKED, 64, IN(VERDICT), false, "asked") \
	X(STATE_ADMIN, STATE_ADMIN_LEN, IN(BEGIN), false, NULL) /* of twofactl */ \
	/* with a state server */ \
	X(STORE, 304, IN(VERDICT), false, "store") \
	X(STORE_MS, 0, IN(VERDICT), false, "store_ms") \
	/* of an exception */ \
	X(UNTIL, 10, IN(VERDICT), false, "until") \
	X(WHY, FRAME_WHY_MAX, IN(VERDICT), false, "why") \
	/* of a bypass code: who made it, and why */ \
	X(BY, FRAME_BY_MAX, IN(VERDICT), false, "by")

/* clang-format on */

enum frame_field {
	FIELD_NONE = 0,
#define FIELD_OF(name, max, types, must, key) FIELD_##name,
	FRAME_FIELDS(FIELD_OF)
#undef FIELD_OF
	    FIELD_END, /* not a field: their count */
};

/* Why there is no answer. */
enum frame_abort {
	ABORT_CONVERSATION = 0, /* the conversation failed or gave NULL */
	ABORT_PASSWORD,         /* the answer was the login password */
};

/* The helper's verdict. Zero refuses. */
enum frame_verdict {
	VERDICT_DENY = 0,
	VERDICT_MAXTRIES, /* tries used up: asking again does not help */
	VERDICT_CONV_ERR, /* the prompt could not be answered */
	VERDICT_ALLOW,
};

enum frame_result {
	FRAME_BAD = 0, /* malformed, oversized, empty or of a wrong type */
	FRAME_OK,
	FRAME_EOF,     /* the peer closed its end */
	FRAME_TIMEOUT, /* the deadline passed */
	FRAME_FAILED,  /* a system call failed, with errno */
	/* a frame of another version; only type and bytes[4] may be used */
	FRAME_OTHER_VERSION,
};

/* A frame being written or just read; the bytes belong to the caller. */
struct frame {
	enum frame_type type;
	unsigned char *bytes;
	size_t len; /* used, header included */
	size_t cap;
	bool failed; /* a field did not fit: frame_send refuses */
};

/* Milliseconds of CLOCK_MONOTONIC: the clock of every deadline here. */
int64_t frame_clock_ms(void);
/* poll(2) until that time of frame_clock_ms(), at least once; signals do not
 * end it. */
int frame_poll(struct pollfd *, nfds_t count, int64_t until);

/* Sets the version to write, and the only one to accept. The helper sets that
 * of BEGIN (bytes[4]); the module sets an older one if the helper refused its
 * own. */
void frame_set_version(unsigned char version);

/* Starts a frame of this type in bytes[cap]; cap must be at least
 * FRAME_HEADER. */
void frame_init(
    struct frame *, enum frame_type, unsigned char *bytes, size_t cap);

/* Appends a field. If it does not fit, or is longer than its maximum, the frame
 * is marked as failed. A NULL text is left out. */
void frame_put_text(struct frame *, enum frame_field, const char *text);
void frame_put_number(struct frame *, enum frame_field, int64_t number);

/* Sends the frame as one datagram, without SIGPIPE. Returns 0, or -1 with errno
 * (EMSGSIZE for a failed frame, EPIPE if the peer is gone). */
int frame_send(int fd, const struct frame *);

/* Waits until deadline (frame_clock_ms) for one datagram and checks all of it:
 * the header; the type, which must be in the mask allowed (bits 1u << type);
 * the version (for BEGIN any from FRAME_VERSION_OLDEST on). Every field must be
 * known, of its kind, within its length, allowed in that type and present at
 * most once; required ones must be present. The frame points into bytes[cap],
 * which the caller wipes. */
enum frame_result frame_recv(int fd, struct frame *, unsigned allowed,
    unsigned char *bytes, size_t cap, int64_t deadline);
/* The same checks of a datagram that has been received. Pure. */
enum frame_result frame_read(
    struct frame *, unsigned allowed, unsigned char *bytes, size_t len);

/* The text of a received field, NUL-terminated, in the frame's bytes; NULL if
 * absent. For a number: returns 0, or -1 if absent. */
const char *frame_text(const struct frame *, enum frame_field);
int frame_number(const struct frame *, enum frame_field, int64_t *number);

/* True if root called listen() on the peer's socket. SO_PEERCRED keeps that
 * user even if the process changes it later. */
bool frame_listener_is_root(int sock);

/* one_field.c: password and code in one field, for programs that ask for only
 * one: "password,123456". */

#define ONE_FIELD_MAX 19 /* the longest part: a recovery code in groups */

/* Kinds of text after the password. */
enum one_field {
	ONE_FIELD_NONE = 0, /* no known kind: part of the password */
	ONE_FIELD_CODE,     /* 4 to 10 digits */
	/* as on paper: XXXX-XXXX-XXXX-XXXX, or 16 of A-Z and 2-7 in capitals
	 * with at least one letter */
	ONE_FIELD_RECOVERY,
	ONE_FIELD_SMS,  /* "sms": send a code */
	ONE_FIELD_CALL, /* "call": send one by a call */
	ONE_FIELD_PUSH, /* "push" */
};

/* The kind of this part. */
enum one_field one_field_kind_of(const char *part);

/* Splits at the last comma if the part after it is of a known kind or empty:
 * "foo," is the password "foo", but "foo,1234," is the password "foo,1234".
 * Returns the password's length. *part points to the part after the comma, at
 * most ONE_FIELD_MAX bytes, or to "". */
size_t one_field_split(const char *text, const char **part);

/* facts.c: what the module knows of a login, as BEGIN carries it. */

enum facts_purpose {
	PURPOSE_NONE = 0,
	PURPOSE_LOGIN,
	/* of twofactl, about this user: see docs/protocol.md */
	PURPOSE_UNLOCK,
	PURPOSE_RECOVERY_CODES,
	PURPOSE_TOTP, /* a new app: use up the step that proved it */
	/* end remembered logins; user "": of all; request: at an account */
	PURPOSE_FORGET,
	PURPOSE_STATUS, /* user "": of all */
	/* the other facts are a login's; asks providers */
	PURPOSE_TEST,    /* a login that only reports its verdict */
	PURPOSE_ENROL,   /* send a code to the phone or address in record */
	PURPOSE_LOOKUP,  /* look up the phone number in request */
	PURPOSE_PUSH,    /* enrol a phone's app */
	PURPOSE_EXPLAIN, /* what a login would meet, by the state */
	PURPOSE_DOCTOR,  /* check the providers */
	PURPOSE_SHAPE,   /* store the most common shape of records: request */
	PURPOSE_PATHS,   /* report unusable paths in the settings */
	PURPOSE_UPGRADE, /* report the version of the state */
	PURPOSE_GOT_IN,  /* last login of each user; request: a service */
	PURPOSE_IMPORT,  /* request: a host and its state file */
	PURPOSE_RECORDS, /* users' records in the state; user "": of all */
	PURPOSE_RECORD_PUT,    /* write those in record to the state */
	PURPOSE_RECORD_REMOVE, /* remove one from there; request: its seal */
	PURPOSE_REKEY,         /* seal all there with the key in record */
	PURPOSE_REGISTER, /* record's phone at a provider; request: is it new */
	PURPOSE_ALERT,    /* notify; request: EVENT, or EVENT and a number */
	PURPOSE_SELF,     /* of twofactl self, at user.sock alone */
	PURPOSE_DESK,     /* a code that a caller reads back to the help desk */
	PURPOSE_COUNT,    /* not a purpose */
};

#define FACTS_SERVICE_MAX 256 /* longest name of a service */

/* Evidence of a first factor. "Seen" proves nothing: PAM_AUTHTOK is also set
 * after a wrong password. Only the PAM stack proves the password
 * (docs/guide/by-hand.md). */
enum first_factor {
	FIRST_NONE = 0,
	FIRST_PASSWORD_SEEN, /* PAM_AUTHTOK set, not empty, not sshd's stand-in
			      */
	FIRST_SSH_METHODS,   /* auth_info names the methods; real uid 0 only */
};

/* Values of facts.request, by purpose. PURPOSE_UNLOCK: */
#define PURPOSE_UNLOCK_SENDS "sends"
#define PURPOSE_UNLOCK_LOCAL                                                   \
	"local" /* only this host's locks, which count during an outage */
/* PURPOSE_RECOVERY_CODES: break-glass codes, valid on this host only */
#define PURPOSE_RECOVERY_LOCAL "local"
/* ... or, for a bypass code: HOURS, "+" for an invitation, " WHY"; or "-" and
 * the number of the one to end, "-0" for all */
/* PURPOSE_TOTP: the number of a token whose counter is set; or: is each known
 */
#define PURPOSE_TOTP_KNOWN "known"
/* PURPOSE_STATUS: bypass codes only, of the user or of all */
#define PURPOSE_STATUS_CODES "codes"
/* PURPOSE_SELF: change that, not only show the devices. A phone's number among
 * the user's follows, or for one more the sign; or nothing for the only one */
#define PURPOSE_SELF_PHONE "phone"
#define PURPOSE_SELF_REMOVE "remove"
#define PURPOSE_SELF_MORE "+"
#define PURPOSE_SELF_APP "app"
#define PURPOSE_SELF_CODES "codes"
/* PURPOSE_DESK: the caller reads back a code of the app */
#define PURPOSE_DESK_APP "app"
/* PURPOSE_REKEY: dry run */
#define PURPOSE_REKEY_LOOK "look"

/* A text is "" if unknown, and NULL only where a comment says so. In the module
 * texts are PAM's items, in the helper parts of the received frame; neither
 * side frees them. */
struct facts {
	enum facts_purpose purpose;
	const char *conf;    /* absolute path of twofa.conf */
	int64_t deadline_ms; /* of the whole login, from the module's entry */
	const char *user;    /* PAM_USER, as given; of twofactl, see purpose */
	const char *service; /* PAM_SERVICE */
	const char *tty;     /* PAM_TTY */
	const char *rhost;   /* PAM_RHOST, as given */
	const char
	    *ssh_addr;     /* first word of SSH_CONNECTION, real uid 0 only */
	const char *ruser; /* PAM_RUSER */
	int64_t real_uid;  /* of the application */
	/* The uid of a service at user.sock, from SO_PEERCRED; 0 for root's
	 * services. BEGIN carries it only for PURPOSE_EXPLAIN. */
	int64_t socket_uid;
	int64_t session_id; /* getsid of the application */
	int64_t
	    leader_start; /* start time of its leader, clock ticks; 0 unknown */
	/* device number of the leader's terminal, if tty names it; else 0 */
	int64_t leader_tty;
	const char *boot_id; /* of the kernel; "" unknown */
	bool conversation;   /* the application can ask and show */
	/* Without prompts: the text typed after the password, or ""; wipe it
	 * after use, as it may be a code. NULL in a login with prompts. */
	const char *one_field;
	enum first_factor first_factor;
	const char *auth_info; /* SSH_AUTH_INFO_0, real uid 0 only */
	/* of twofactl; "" or NULL in a login: see docs/protocol.md */
	const char *request; /* argument of the purpose */
	/* ENROL, REGISTER: the text of a record that is not saved yet;
	 * RECORD_PUT: records; REKEY: a key, which is wiped after use */
	const char *record;
	/* password of twofa_operator at the state server, or NULL; wiped after
	 * use */
	const char *state_admin;
};

/* Appends all facts to a BEGIN frame; sets frame->failed on overflow. */
void facts_put(struct frame *, const struct facts *);

/* Reads the facts of a received BEGIN. Returns 0, or -1 for an invalid value.
 */
int facts_get(const struct frame *, struct facts *);

/* reason.c: reasons.h has the table of all reasons. */

enum reason {
	REASON_NONE = 0,
#define REASON_OF(name, ...) REASON_##name,
	REASONS(REASON_OF)
#undef REASON_OF
	    REASON_COUNT, /* not a reason */
};

/* The word; "" for REASON_NONE and for unknown numbers. */
const char *reason_word(enum reason);

/* The reason of this word; REASON_NONE if the table does not have it, such as a
 * word of a helper of another version. */
enum reason reason_from_word(const char *word);

/* True if the state failed, in any way. */
bool reason_is_state_failure(enum reason);

/* True if every login is denied for this reason until an administrator fixes
 * it. word may be NULL. */
bool reason_denies_everyone(const char *word);

/* logline.c: the line of a login in the log, as text, which the module writes
 * and twofactl predicts; and events. All values are hostile bytes; control and
 * non-ASCII ones are escaped, long ones cut. */

/* Events, for auditors and alarms: every word that can follow event= in the
 * log. This is the only table. */

/* clang-format off */
#define EVENTS(X) \
	X(LOCKED, "locked") \
	X(SHUT, "shut") /* locked until twofactl unlock */ \
	X(PUSH_DENIED, "push-denied") \
	X(RECOVERY_USED, "recovery-used") \
	X(BYPASS_MADE, "bypass-made") \
	X(BYPASS_USED, "bypass-used") \
	X(ENROLLED, "enrolled") \
	X(NUMBER_CHANGED, "number-changed") \
	X(REMOVED, "removed") \
	X(EXCEPTION_USED, "exception-used") \
	X(TRIAL_BEGUN, "trial-begun") \
	X(TRIAL_CONFIRMED, "trial-confirmed") \
	X(TRIAL_ENDED, "trial-ended") \
	X(ENABLED, "enabled") /* without a trial */ \
	X(DISABLED, "disabled") \
	X(UNLOCKED, "unlocked") \
	X(BYPASS_ENDED, "bypass-ended") \
	X(NUMBER_CHANGING, "number-changing") /* the notice before the change */ \
	X(DESK_CHECKED, "desk-checked") /* passed or not */ \
	X(CODES_MADE, "codes-made") /* by twofactl self; its notice before */

/* clang-format on */

enum event {
	EVENT_NONE = 0,
#define EVENT_OF(name, word) EVENT_##name,
	EVENTS(EVENT_OF)
#undef EVENT_OF
	    EVENT_COUNT, /* not an event */
};

/* The word; "" for EVENT_NONE. */
const char *logline_event_word(enum event);

/* The start of a log line about an event: "event=locked user=alice ", or "" for
 * EVENT_NONE. Valid until the next call. */
const char *logline_event_prefix(enum event, const char *user);

/* Starts as { 0 }; always NUL-terminated. */
struct logline {
	char text[4096];
	size_t len;
};

/* Appends ` key=value`, the value quoted if it is empty or not plain. */
void logline_put_value(struct logline *, const char *key, const char *value);
/* Appends ` key="value"`. */
void logline_put_quoted_value(
    struct logline *, const char *key, const char *value);

/* How the login ended; ENDED: the service disconnected before the verdict. */
enum logline_end { LOGLINE_DENIED = 0, LOGLINE_ALLOWED, LOGLINE_ENDED };

/* Appends the helper's VERDICT with the real outcome, this reason (REASON_NONE:
 * the one in VERDICT) and the total time. */
void logline_put_verdict(struct logline *, const struct frame *verdict,
    enum logline_end, enum reason reason, int64_t total_ms);

/* Takes the next key=value off a line that these functions wrote, without its
 * leading blank: terminates both texts within the line; the value loses its
 * quotes and keeps its \xNN. Returns 1, 0 at the end of the line, or -1 if the
 * line is malformed. */
int logline_parse(char **line, const char **key, const char **value);

/* Takes off what logline_event_prefix() wrote, after log_set_subject()'s text
 * if that precedes it. Returns EVENT_NONE for a line that does not begin so. */
enum event logline_parse_event(char **line, const char **user);

/* Appends text with its unsafe bytes escaped. */
void logline_put_escaped(struct logline *, const char *text);

/* escape.c: hostile bytes for logs and terminals: every one that is not
 * printable ASCII becomes \xNN. Pure, without the locale. */

#define ESCAPE_MAX 4 /* longest escape of a byte */

/* Writes one byte into out[ESCAPE_MAX], without a NUL. Returns the number of
 * bytes written. */
size_t escape_byte(unsigned char byte, char out[ESCAPE_MAX]);

/* Copies text to out[cap] with a NUL, cut if it does not fit, but never within
 * an escape. cap must be at least 1. */
void escape_text(const char *text, char *out, size_t cap);

/* The length of the UTF-8 character (RFC 3629) at the start of a NUL-terminated
 * text; 0 if it is malformed, a control character (C0, DEL, C1) or NUL. */
size_t escape_utf8_char_len(const char *text);

#endif
