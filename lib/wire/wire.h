/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What passes between the processes of a login, and all of the house that the
 * module sees: its arguments, the helper's start, frames, facts and the log
 * line.
 */
#ifndef TWOFA_WIRE_H
#define TWOFA_WIRE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * module_arguments.c: the module's arguments, as written in /etc/pam.d. The
 * module and `twofactl doctor` read them with this same code.
 */

/* the settings when conf= is not given */
#define MODULE_ARGUMENTS_CONF "/etc/twofa/twofa.conf"
#define MODULE_ARGUMENTS_DEADLINE_MIN 10 /* seconds */
#define MODULE_ARGUMENTS_DEADLINE_MAX 3600
#define MODULE_ARGUMENTS_SOCKET_MAX 290 /* the same, through a socket */
#define MODULE_ARGUMENTS_NO_PROMPT 30   /* of no_prompt without deadline= */

/* What a line of the module is for. */
enum module_task {
	TASK_ASK = 0, /* ask for a code, let in */
	/* the same for a code typed behind the password: no prompt */
	TASK_NO_PROMPT,
	TASK_SPLIT, /* separate the password from such a code; never lets in */
	TASK_WHEN,  /* true after these methods of sshd; never lets in */
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
	const char *socket; /* NULL: the usual one */
	enum transport transport;
	int64_t deadline_ms; /* of the whole login */
	enum module_task task;
	unsigned when; /* for TASK_WHEN: SSH_METHOD_*, at least one; else 0 */
	bool debug;
};

/* sshd's methods that leave no password: when= names them in PAM files,
 * SSH_AUTH_INFO_0 names them in a login. */
#define SSH_METHOD_PUBLICKEY 1u
#define SSH_METHOD_HOSTBASED 2u
#define SSH_METHOD_GSSAPI 4u /* gssapi-with-mic */
#define SSH_METHOD_ALL 7u

/* Seconds for a whole login of this service where deadline= is not given. sshd
 * ends a login after 120 s, login after 60 s, password included. */
int64_t module_arguments_deadline(const char *service);

/* Fill args; the deadline's default depends on service and task. Returns -1, or
 * the index in argv of an argument that is unknown, repeated or not allowed:
 * split and when= allow only debug beside them. The task of a refused line is
 * set too, unless the bad argument comes first. */
int module_arguments_parse(struct module_arguments *, const char *service,
    int argc, const char *const *argv);

/* Where the helper listens for a service: socket=, or the default, which
 * differs for services of root and others. */
const char *module_arguments_socket_path(
    const struct module_arguments *, bool root);

/* True when one of these methods was passed. SSH_AUTH_INFO_0 has a line for
 * each that was: "publickey ssh-ed25519 AAAA..."; "" none. */
bool module_arguments_method_passed(unsigned methods, const char *auth_info);

/*
 * helper_start.c: is the helper's file safe for root to start, which account
 * runs it, and what each process of it starts with.
 */

#define HELPER_USER "twofa"

/* The command that creates this account. */
#define HELPER_USER_ADD                                                        \
	"useradd --system --user-group --no-create-home --home-dir "           \
	"/nonexistent --shell /usr/sbin/nologin " HELPER_USER

enum helper_path_fault {
	HELPER_PATH_FORM = 0, /* not absolute, "/", or PATH_MAX bytes or more */
	HELPER_PATH_UNSEEN,   /* lstat failed */
	HELPER_PATH_LINK,
	HELPER_PATH_KIND,   /* no regular file, or on its way no folder */
	HELPER_PATH_OWNER,  /* not root */
	HELPER_PATH_OTHERS, /* can write */
	HELPER_PATH_GROUP,  /* the same; an access control list shows so */
	HELPER_PATH_CLOSED, /* the helper's user cannot execute it */
	HELPER_PATH_FIT,
};

/* Where the check ended. */
struct helper_path {
	char part[PATH_MAX]; /* "" after FORM */
	bool last;           /* it is the file itself */
	int error;           /* errno after UNSEEN, else 0 */
};

/* No part of the path may be a symbolic link, belong to another user than root,
 * or be writable by others; the last part must be a regular file. gid: the
 * group of the user who runs it and must be able to; NULL: not checked. */
enum helper_path_fault helper_path_check(
    struct helper_path *, const char *path, const gid_t *gid);

/* Resource limits: the module sets them for a helper that it starts, the
 * listening helper for each of its copies. */

/* The limit that it gets, and the least that it can work with. Root raises the
 * service's own where it may. least must be far below what the kernel gives by
 * itself: NPROC is 1,820 on a host with 512 MiB of memory. */
struct helper_limit {
	const char *name; /* as in RLIMIT_ */
	uint64_t most;
	uint64_t least;
};

/* Indexed by the kernel's number of the limit. */
extern const struct helper_limit helper_limits[RLIM_NLIMITS];

/* How signals are reset: in the last process before a started helper, and in
 * the listening one. */

#define SIGNAL_COUNT 64 /* of the kernel, in a mask of 8 bytes */

/* Set the default action for all signals; the kernel refuses KILL and STOP.
 * Makes only system calls, so a child of a process with threads may use it. */
void helper_start_reset_signals(void);

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
/* The helper also understands a module of the version before, because an
 * upgrade replaces the files one after the other. */
#define FRAME_VERSION_OLDEST (FRAME_VERSION > 1 ? FRAME_VERSION - 1 : 1)
#define FRAME_HEADER 12
#define FRAME_BEGIN_MAX 65536  /* SSH_AUTH_INFO_0 can hold certificates */
#define FRAME_MAX 4096         /* every other type */
#define FRAME_ANSWER_MAX 256   /* longest answer passed on, without NUL */
#define FRAME_PROMPT_MAX 1024  /* longest prompt or line said, without NUL */
#define FRAME_RECORD_MAX 57344 /* longest text of a user's record */
#define STATE_ADMIN_LEN 64     /* the administrator's password at the state */
#define FRAME_WHY_MAX 120      /* why a rule lets in */
#define FRAME_BY_MAX 185       /* who made a code: a name, a blank, why */

enum frame_type {
	FRAME_NONE = 0,
	FRAME_BEGIN,  /* module -> helper, first: purpose and facts */
	FRAME_SAY,    /* helper -> module: a line for the person */
	FRAME_ASK,    /* helper -> module: a prompt, wants ANSWER or ABORT */
	FRAME_ANSWER, /* module -> helper: what was typed */
	FRAME_ABORT,  /* module -> helper: no answer will come; wants VERDICT */
	FRAME_VERDICT, /* helper -> module: result and log fields; last */
	/* only over the socket of helper/listener */
	FRAME_HELLO, /* helper -> module, first: BEGIN may come now */
	FRAME_END,   /* helper -> module, after VERDICT: ended cleanly */
};

enum frame_field {
	FIELD_NONE = 0,
	/* BEGIN: see struct facts */
	FIELD_PURPOSE,
	FIELD_CONF,
	FIELD_DEADLINE_MS,
	FIELD_USER,
	FIELD_SERVICE,
	FIELD_TTY,
	FIELD_RHOST,
	FIELD_SSH_ADDRESS,
	FIELD_RUSER,
	FIELD_REAL_UID,
	FIELD_SESSION_ID,
	FIELD_LEADER_START,
	FIELD_BOOT_ID,
	FIELD_CONVERSATION,
	FIELD_FIRST_FACTOR,
	FIELD_AUTH_INFO,
	/* SAY, ASK */
	FIELD_TEXT,
	FIELD_ECHO,
	/* ANSWER: the text and the number of bytes typed. The text is empty
	 * when it was longer than FRAME_ANSWER_MAX. */
	FIELD_ANSWER,
	FIELD_TYPED,
	/* ABORT: an enum frame_abort */
	FIELD_ABORT,
	/* VERDICT: an enum frame_verdict, then the log line's values */
	FIELD_VERDICT,
	FIELD_RULE,
	FIELD_METHOD,
	FIELD_PROVIDER,
	FIELD_OUTCOME,
	FIELD_REASON,
	FIELD_WOULD,
	FIELD_NUMBER,
	FIELD_TRIES,
	FIELD_START_MS,
	FIELD_CHECK_MS,
	FIELD_TOTAL_MS,
	FIELD_REQUEST,
	/* BEGIN of twofactl */
	FIELD_ADMIN_REQUEST,
	FIELD_RECORD,
	/* BEGIN of a login */
	FIELD_LEADER_TTY,
	/* BEGIN of a login that asks nothing */
	FIELD_ONE_FIELD,
	/* VERDICT: for a shared account, or for su that asked its caller */
	FIELD_PERSON,
	FIELD_ASKED,
	/* BEGIN of twofactl */
	FIELD_STATE_ADMIN,
	/* VERDICT: of a login whose state is at a server */
	FIELD_STORE,
	FIELD_STORE_MS,
	/* VERDICT: of an exception */
	FIELD_UNTIL,
	FIELD_WHY,
	FIELD_BY,  /* of a code with an end: who made it, and why */
	FIELD_END, /* not a field: their count */
};

/* Why no answer came. */
enum frame_abort {
	ABORT_CONVERSATION = 0, /* the conversation failed or gave NULL */
	ABORT_PASSWORD,         /* the answer was the login password */
};

/* The helper's verdict. Zero refuses. */
enum frame_verdict {
	VERDICT_DENY = 0,
	VERDICT_MAXTRIES, /* tries used up: asking again does not help */
	VERDICT_CONV_ERR, /* the question could not be answered */
	VERDICT_ALLOW,
};

enum frame_result {
	FRAME_BAD = 0, /* malformed, oversized, empty or of a wrong type */
	FRAME_OK,
	FRAME_EOF,     /* the peer closed its end */
	FRAME_TIMEOUT, /* the deadline passed */
	FRAME_FAILED,  /* a system call failed; errno says which way */
	/* of this protocol, but of another version; only type and bytes[4] may
	 * be used */
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

/* The version to write, and the only one to accept. The helper sets BEGIN's
 * once it knows it (bytes[4]); the module sets an older one when the helper
 * refused its own. */
void frame_set_version(unsigned char version);

/* Begin a frame of this type in bytes[cap]; cap is at least FRAME_HEADER. */
void frame_init(
    struct frame *, enum frame_type, unsigned char *bytes, size_t cap);

/* Append a field. What does not fit, or is longer than the field may be, marks
 * the frame as failed. A NULL text is left out. */
void frame_put_text(struct frame *, enum frame_field, const char *text);
void frame_put_number(struct frame *, enum frame_field, int64_t number);

/* Send the frame as one datagram, without SIGPIPE. 0, or -1 with errno
 * (EMSGSIZE for a failed frame, EPIPE when the peer is gone). */
int frame_send(int fd, const struct frame *);

/* Wait until deadline (frame_clock_ms) for one datagram and check all of it:
 * the header; the type, which must be in the mask allowed (bits 1u << type);
 * the version (for BEGIN any from FRAME_VERSION_OLDEST on). Every field must be
 * known, of its kind, within its length, allowed in that type and present at
 * most once; required ones must be present. bytes[cap] holds the result; the
 * caller wipes. */
enum frame_result frame_recv(int fd, struct frame *, unsigned allowed,
    unsigned char *bytes, size_t cap, int64_t deadline);

/* A received text, NUL-terminated, pointing into the frame's bytes; NULL when
 * absent. A received number: 0, or -1 when absent. */
const char *frame_text(const struct frame *, enum frame_field);
int frame_number(const struct frame *, enum frame_field, int64_t *number);

/* True when root made the peer's socket listen. SO_PEERCRED keeps that user
 * even if the process changes it later. */
bool frame_listener_is_root(int sock);

/*
 * facts.c: what the module knows of a login, as BEGIN carries it; and password
 * and code in one field, for programs that ask for only one:
 * "password,123456".
 */

#define ONE_FIELD_MAX 19 /* the longest part: a recovery code in groups */

/* What stands behind the password. */
enum one_field {
	ONE_FIELD_NONE = 0, /* no known kind */
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

/* Split at the last comma if the part behind it is known or empty: "foo," is
 * the password "foo", but "foo,1234," is the password "foo,1234". Everything
 * else is password. Returns the password's length; *part is what follows, ""
 * for nothing. It points into the text and has at most ONE_FIELD_MAX bytes. */
size_t one_field_split(const char *text, const char **part);

enum facts_purpose {
	PURPOSE_NONE = 0,
	PURPOSE_LOGIN,
	/* Purposes of twofactl; user is the person concerned. More in
	 * control.h. */
	PURPOSE_UNLOCK,
	PURPOSE_RECOVERY_CODES,
	PURPOSE_TOTP,   /* a new secret: used steps are forgotten */
	PURPOSE_FORGET, /* remembered logins; user "": all; request: there */
	PURPOSE_STATUS, /* user "": all users */
	/* STATUS with the network; the other facts are a login's */
	PURPOSE_TEST,    /* a login's dialogue that admits no one */
	PURPOSE_ENROL,   /* send a code to the person of the record */
	PURPOSE_LOOKUP,  /* request: a number; what is known of it */
	PURPOSE_PUSH,    /* enrol a phone's app */
	PURPOSE_EXPLAIN, /* the part of an answer that needs the state */
	PURPOSE_DOCTOR,  /* check the providers */
	PURPOSE_SHAPE,   /* request: which shape most records have */
	PURPOSE_PATHS,   /* which paths in the settings are usable */
	PURPOSE_UPGRADE, /* which version the state has */
	PURPOSE_GOT_IN,  /* request: a service; who logged in through it last */
	PURPOSE_IMPORT,  /* request: a host and its state's file */
	PURPOSE_RECORDS, /* users' records in the state; user "": all */
	PURPOSE_RECORD_PUT,    /* record: those to be written there */
	PURPOSE_RECORD_REMOVE, /* request: which one of the user's */
	PURPOSE_REKEY,         /* request: look or do; record: the new key */
	PURPOSE_REGISTER, /* record's number at a provider; request: is new */
	PURPOSE_ALERT, /* tell the user; request: EVENT, or EVENT and a number
			*/
	PURPOSE_PROVE, /* by what counts for every login; request: for what */
	PURPOSE_COUNT, /* not a purpose */
};

/* sudo's PAM service for twofactl self */
#define FACTS_SELF_SERVICE "twofa-self"

/* Evidence of a first factor. "Seen" proves nothing: PAM_AUTHTOK is also set
 * after a wrong password. Only the PAM stack proves the password
 * (docs/guide/by-hand.md). */
enum first_factor {
	FIRST_NONE = 0,
	FIRST_PASSWORD_SEEN, /* PAM_AUTHTOK set, not empty, not sshd's stand-in
			      */
	FIRST_SSH_METHODS,   /* auth_info names the methods; real uid 0 only */
};

/* What facts.request says. PURPOSE_UNLOCK: */
#define PURPOSE_UNLOCK_SENDS "sends"
#define PURPOSE_UNLOCK_LOCAL                                                   \
	"local" /* the lock of this host alone, for an outage */
/* PURPOSE_RECOVERY_CODES: break-glass codes of this host alone */
#define PURPOSE_RECOVERY_LOCAL "local"
/* ... or one with an end: HOURS, "+" for an invitation, " WHY" */
/* PURPOSE_STATUS: codes with an end alone */
#define PURPOSE_STATUS_CODES "codes"
/* PURPOSE_PROVE: an app is to be replaced */
#define PURPOSE_PROVE_APP "app"
/* PURPOSE_REKEY: change nothing */
#define PURPOSE_REKEY_LOOK "look"

/* Texts are never NULL unless that is said: an unknown one is "". In the module
 * they point at PAM's items, in the helper into the received frame; neither
 * side frees them. */
struct facts {
	enum facts_purpose purpose;
	const char *conf;    /* absolute path of twofa.conf */
	int64_t deadline_ms; /* of the whole login, from the module's entry */
	const char *user;    /* PAM_USER, as given; or what the purpose says */
	const char *service; /* PAM_SERVICE */
	const char *tty;     /* PAM_TTY */
	const char *rhost;   /* PAM_RHOST, as given */
	const char
	    *ssh_addr;     /* first word of SSH_CONNECTION, real uid 0 only */
	const char *ruser; /* PAM_RUSER */
	int64_t real_uid;  /* of the application */
	/* The uid of a service that is not root's and asks through user.sock;
	 * 0: root's. The kernel tells it to the helper; BEGIN carries it only
	 * for a login that twofactl explains. */
	int64_t socket_uid;
	int64_t session_id; /* getsid of the application */
	int64_t
	    leader_start; /* start time of its leader, clock ticks; 0 unknown */
	/* device number of the leader's terminal, if tty names it; else 0 */
	int64_t leader_tty;
	const char *boot_id; /* of the kernel; "" unknown */
	bool conversation;   /* the application can ask and show */
	/* What was typed behind the password, "" for nothing;
	 * then nothing is asked or shown. NULL: an ordinary login. It may be a
	 * code: wipe it after use. */
	const char *one_field;
	enum first_factor first_factor;
	const char *auth_info; /* SSH_AUTH_INFO_0, real uid 0 only */
	/* twofactl's; "" or NULL in a login. control.h explains them. */
	const char *request; /* what the purpose needs beside the user */
	/* ENROL, REGISTER: the text of a record without a file; REKEY: a key,
	 * which is wiped after use */
	const char *record;
	/* password of twofa_operator at the state's server; NULL: none. It is
	 * wiped after use. */
	const char *state_admin;
};

/* Append all facts to a BEGIN frame; frame->failed is set on overflow. */
void facts_put(struct frame *, const struct facts *);

/* Read them back from a received BEGIN. 0, or -1 for a value out of range. */
int facts_get(const struct frame *, struct facts *);

/*
 * login_line.c: the line of a login in the log, as text: the module writes it,
 * twofactl shows what it would be. All values are hostile bytes; control and
 * non-ASCII ones are escaped, long ones cut.
 */

/* Why a login or a request of twofactl ended as it did: every word that can
 * follow reason= in the log. This is the only table. lib/items/items.h
 * explains the words; the module does not need it. */

/* clang-format off */
#define REASONS(X) \
	/* only the module's (docs/protocol.md) */ \
	X(ARGUMENTS, "arguments") \
	X(NO_TRANSPORT, "no-transport") \
	X(NO_USER, "no-user") \
	X(HELPER_USER, "helper-user") \
	X(HELPER_MISSING, "helper-missing") \
	X(HELPER_PATH, "helper-path") \
	X(RESOURCE_LIMIT, "resource-limit") \
	X(HELPER_START, "helper-start") \
	X(FACTS_TOO_LARGE, "facts-too-large") \
	X(HELPER_DIED, "helper-died") \
	X(SOCKET_MISSING, "socket-missing") \
	X(SOCKET_OWNER, "socket-owner") \
	X(SOCKET_SILENT, "socket-silent") \
	X(SOCKET_BUSY, "socket-busy") \
	X(HELPER_VERSION, "helper-version") \
	X(PROTOCOL, "protocol") \
	X(EXIT_STATUS, "exit-status") \
	X(LOGIN_PASSWORD, "login-password") \
	X(USER_CHANGED, "user-changed") \
	/* of the module and the helper */ \
	X(DEADLINE, "deadline") \
	X(NO_ANSWER, "no-answer") \
	X(DENIED, "denied") \
	/* settings, account and rules */ \
	X(SETTINGS, "settings") \
	X(USER_FILE, "user-file") \
	X(USER_NAME, "user-name") \
	X(ACCOUNT_LOOKUP, "account-lookup") \
	X(NO_ACCOUNT, "no-account") \
	X(NO_FIRST_FACTOR, "no-first-factor") \
	X(RULE, "rule") \
	X(DISABLED, "disabled") \
	X(UNENROLLED, "unenrolled") \
	X(PERSON_UNCLEAR, "person-unclear") \
	X(PERSON_UNKNOWN, "person-unknown") \
	X(CALLER_UNENROLLED, "caller-unenrolled") \
	X(SOCKET_REQUEST, "socket-request") \
	X(SOCKET_USER, "socket-user") \
	X(PREFIX, "prefix") \
	X(NO_METHOD, "no-method") \
	/* the host */ \
	X(STATE, "state") \
	X(STORE_OUTAGE, "store-outage") \
	X(STORE_BUSY, "store-busy") \
	X(STORE_UNKNOWN, "store-unknown") \
	X(STORE_SETTINGS, "store-settings") \
	X(RECORD_REFUSED, "record-refused") \
	X(NO_RANDOM, "no-random") \
	X(STALLED, "stalled") \
	X(CLOCK, "clock") \
	/* the dialogue */ \
	X(NO_CONVERSATION, "no-conversation") \
	X(PEER_GONE, "peer-gone") \
	X(PROMPTS, "prompts") \
	X(CANCELLED, "cancelled") \
	X(ANSWERS_REFUSED, "answers-refused") \
	X(PASSWORD_AS_CODE, "password-as-code") \
	X(DECOY, "decoy") \
	/* codes, locks and limits */ \
	X(WRONG_CODES, "wrong-codes") \
	X(CODE_USED, "code-used") \
	X(NO_CODE, "no-code") \
	X(CODE_SENT, "code-sent") \
	X(SPENT, "spent") \
	X(LOCKED, "locked") \
	X(LIMIT, "limit") \
	X(USED, "used") \
	X(EXPIRED, "expired") \
	X(ENDED, "ended") \
	X(NUMBER_BUSY, "number-busy") \
	X(TOTP_SECRET, "totp-secret") \
	X(PUSH_DENIED, "push-denied") \
	X(PUSH_OPEN, "push-open") \
	/* what a provider's reply means (helper/providers/providers.h) */ \
	X(DENY, "deny") \
	X(NUMBER, "number") \
	X(FRAUD, "fraud") \
	X(INFLIGHT, "inflight") \
	X(THROTTLE, "throttle") \
	X(CONFIG, "config") \
	X(ACCOUNT, "account") \
	X(TRANSIENT, "transient") \
	/* let in without a code */ \
	X(REMEMBERED, "grace") \
	X(OUTAGE, "outage") \
	/* requests of twofactl */ \
	X(NOTHING, "nothing") /* there was nothing to do */ \
	X(KEPT, "kept") /* ABORT: nothing changed */ \
	X(USAGE, "usage") /* a bad user name or answer */

/* clang-format on */

enum reason {
	REASON_NONE = 0,
#define REASON_OF(name, word) REASON_##name,
	REASONS(REASON_OF)
#undef REASON_OF
	    REASON_COUNT, /* not a reason */
};

/* The word; "" for REASON_NONE and for unknown numbers. */
const char *reason_word(enum reason);

/* The reason of this word; REASON_NONE when the table does not have it, for
 * example the word of a helper of another version. */
enum reason reason_from_word(const char *word);

/* Did the state fail, in whichever way? */
bool reason_is_state(enum reason);

/* True when every login is denied for this reason until an administrator fixes
 * it. NULL: no word. */
bool reason_denies_everyone(const char *word);

/* What an auditor asks for, or an alarm waits for: every word that can follow
 * event= in the log. This is the only table. */

/* clang-format off */
#define EVENTS(X) \
	X(LOCKED, "locked") \
	X(SHUT, "shut") /* locked until twofactl unlock */ \
	X(PUSH_DENIED, "push-denied") \
	X(RECOVERY_USED, "recovery-used") \
	X(BYPASS_MADE, "bypass-made") /* a code with an end */ \
	X(BYPASS_USED, "bypass-used") \
	X(ENROLLED, "enrolled") \
	X(NUMBER_CHANGED, "number-changed") \
	X(REMOVED, "removed") \
	X(EXCEPTION_USED, "exception-used") \
	X(TRIAL_BEGUN, "trial-begun") \
	X(TRIAL_CONFIRMED, "trial-confirmed") \
	X(TRIAL_ENDED, "trial-ended") \
	X(ENABLED, "enabled") /* without a trial */ \
	X(DISABLED, "disabled")

/* clang-format on */

enum event {
	EVENT_NONE = 0,
#define EVENT_OF(name, word) EVENT_##name,
	EVENTS(EVENT_OF)
#undef EVENT_OF
	    EVENT_COUNT, /* not an event */
};

/* The word; "" for EVENT_NONE. */
const char *event_word(enum event);

/* What a line of the helper's or of twofactl's about an event begins with:
 * "event=locked user=alice ", or "" for EVENT_NONE. Valid until the next
 * call. */
const char *logline_event_prefix(enum event, const char *user);

/* Starts as { 0 }; always NUL-terminated. */
struct logline {
	char text[4096];
	size_t len;
};

/* Append ` key=value`, the value quoted when it is empty or not plain. */
void logline_text(struct logline *, const char *key, const char *value);
/* The same, always quoted. */
void logline_quoted(struct logline *, const char *key, const char *value);

/* How the login ended; ENDED: the service left before the verdict. */
enum logline_end { LOGLINE_DENIED = 0, LOGLINE_ALLOWED, LOGLINE_ENDED };

/* Append the helper's VERDICT with the real outcome, the module's own reason
 * (REASON_NONE: use the helper's) and the total time. */
void logline_verdict(struct logline *, const struct frame *verdict,
    enum logline_end, enum reason reason, int64_t total_ms);

/* Takes the next key=value off a line as it is written here, without a blank
 * before the first one: both texts get their NUL within the line, and the
 * value, without its quotes, keeps its \xNN. 1; 0: nothing is left; -1: it is
 * not written so. */
int logline_parse(char **line, const char **key, const char **value);

/* The same for what logline_event_prefix wrote, behind log_set_subject's words,
 * if any; then line is the rest. EVENT_NONE: it does not begin so. */
enum event logline_parse_event(char **line, const char **user);

/* Append text with its unsafe bytes escaped. */
void logline_escape(struct logline *, const char *text);

/* Hostile bytes for logs and terminals: every one that is not printable ASCII
 * becomes \xNN, so ESCAPE_MAX bytes at most. */
#define ESCAPE_MAX 4

/* Writes one byte into out[ESCAPE_MAX], without a NUL. Returns the number of
 * bytes written. */
size_t escape_byte(unsigned char byte, char out[ESCAPE_MAX]);

/* Copy text to out[cap]. What does not fit is cut, never in the middle of an
 * escape; cap is at least 1, and a NUL ends it. */
void escape_text(const char *text, char *out, size_t cap);

/* What is well-formed UTF-8 (RFC 3629). Pure, without the locale. */

/* The length of the character at the start of a NUL-terminated text; 0 when
 * there is none, or a control character (C0, DEL, C1). */
size_t escape_utf8_len(const char *text);

#endif
