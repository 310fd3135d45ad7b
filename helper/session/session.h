/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces between the parts of a login: the user's prompts (struct ui),
 * the check of a code (struct challenge), clocks, network and peer (struct
 * environment), the result, and struct login, which refers to all of them. A
 * session is one process's work for one login, or for one request of twofactl.
 */
#ifndef TWOFA_SESSION_H
#define TWOFA_SESSION_H

#include "helper/store/store.h"
#include "lib/items/items.h"

/* The user's prompts. The dialogue uses only this interface, so it runs
 * unchanged over frames, at a terminal and in unit tests. */

#define UI_ANSWER_MAX 256

enum ui_result {
	UI_GONE = 0,      /* the peer disconnected or broke the protocol */
	UI_ANSWER,        /* the answer is filled in */
	UI_TIMEOUT,       /* the deadline passed */
	UI_NO_ANSWER,     /* the conversation failed or returned NULL */
	UI_PASSWORD_SEEN, /* the login password was typed; not passed on */
};

struct ui_answer {
	char text[UI_ANSWER_MAX + 1]; /* "" if too long; the caller wipes it */
	size_t typed;                 /* number of bytes typed */
};

/* Work to do while a prompt is open. */
struct ui_idle {
	void *ctx;
	/* Called at once, then whenever due. Returns the ms until the next
	 * call, or -1 if nothing is left to do. */
	int64_t (*tick)(void *ctx);
};

struct ui {
	void *ctx;
	/* Shows a line; sshd delays it until the next prompt. */
	void (*say)(void *ctx, const char *text);
	/* Shows a prompt and waits for the answer, until deadline
	 * (frame_clock_ms). idle may be NULL. */
	enum ui_result (*ask)(void *ctx, const char *prompt, int64_t deadline,
	    const struct ui_idle *, struct ui_answer *);
};

/* The check of a code: at a provider (verification.c), by all factors of a user
 * (factors.c) or by a decoy (decoy.c). The dialogue does not know which, so its
 * prompts do not reveal a decoy. */

/* Selects the end prompt of a denied login, or the words with which the next
 * prompt says why it asks for another method. */
enum ending {
	END_NOT_SENT = 0, /* no provider accepted the message */
	END_NUMBER,       /* the provider refused the number */
	END_BUSY,         /* the number has another verification */
	END_SPENT,        /* too many wrong codes */
	END_LIMIT,        /* a limit on messages is reached */
	END_INVITED,      /* no code is sent while an invitation is open */
	END_CANCELLED,
	END_TIMEOUT,
	END_DENIED,
	END_UNANSWERED, /* the provider has not said whether it is right */
	END_OFFLINE,    /* no state server: only app or break-glass codes */
	END_CLOCK,      /* wrong clock of host or state: app codes unchecked */
	END_UNCHECKED,  /* the state failed after a typed code */
};

#define CHALLENGE_RECEIVER_MAX 32
_Static_assert(CHALLENGE_RECEIVER_MAX >= PHONE_MASK, "a masked number fits");
_Static_assert(CHALLENGE_RECEIVER_MAX >= EMAIL_MASK, "a masked address fits");

/* Data for a prompt about the running verification. */
struct challenge_view {
	/* masked phone number or address; "" if not shown */
	char receiver[CHALLENGE_RECEIVER_MAX];
	enum method method;
	const char *says; /* "by ntfy"; NULL for the method's words */
	unsigned code_length, other_length; /* other: also one, or 0 */
	int64_t age_s;       /* joined: seconds since the message; -1 if new */
	bool same_code;      /* the newest message repeated the code */
	bool none_sent;      /* no message sent has a valid code */
	int64_t resend_s;    /* seconds until another message is allowed */
	bool can_resend;     /* key r works; after app or push: by phone */
	unsigned keys;       /* METHOD_BITs that keys can switch to; PAGE: k,
			      * for an app s, shows the QR code */
	char push_digits[3]; /* METHOD_PUSH: also shown on the phone */
	/* METHOD_PUSH by a page: what is opened and typed there; else "".
	 * METHOD_TOTP of an app that enrols: its URI, and its secret in fours;
	 * else NULL */
	const char *page, *user_code;
	int64_t push_s;  /* seconds until the push ends */
	bool push_early; /* Enter was typed before the approval */
	unsigned tries_left;
	int64_t locked_s; /* until the lock ends; 0 if locked until unlock */
	int64_t next_s;   /* STEP_USED: until the next code; 0 for no wait */
	bool refused;     /* a push denied on the phone caused the lock */
	enum ending why;  /* STEP_INSTEAD: the failure */
};

enum challenge_step {
	STEP_DENY = 0,    /* denied; see the result */
	STEP_ASK,         /* show the next prompt; see the view */
	STEP_RIGHT,       /* right code: allow this login */
	STEP_ADMIT,       /* every provider is down and on_outage = allow */
	STEP_WRONG,       /* wrong code, tries are left */
	STEP_USED,        /* right code, but used before: not a try */
	STEP_TAKEN,       /* another login used the code; see view.none_sent */
	STEP_RENEWED,     /* the code had expired; a new one was sent */
	STEP_SENT,        /* another message was sent */
	STEP_WAIT,        /* too early for a message: see view.resend_s */
	STEP_INSTEAD,     /* no code could be sent; ask for another method */
	STEP_LOCKED,      /* locked; ask for a recovery code */
	STEP_NO_RECOVERY, /* not a recovery code of this user */
	/* only of the dialogue, as notes of the next prompt: */
	STEP_MALFORMED, /* the answer was no code */
	STEP_NO_KEY,    /* a key that cannot be used here */
};

#define CHALLENGE_NEXT_PHONE METHOD_NONE /* also in challenge_view.keys */
#define CHALLENGE_QUIET (-1)
#define CHALLENGE_OVER (-2)

struct challenge {
	void *ctx;
	/* Sends a code or joins. Returns ASK, ADMIT, INSTEAD or DENY. */
	enum challenge_step (*begin)(void *ctx);
	/* Returns RIGHT, WRONG, USED, TAKEN, RENEWED, INSTEAD, LOCKED or
	 * DENY; after TAKEN as send_another(). */
	enum challenge_step (*check)(void *ctx, const char *code);
	/* Returns SENT, WAIT, TAKEN, INSTEAD or DENY; ASK if only the method
	 * changed. CHALLENGE_NEXT_PHONE: to the next phone of the record. */
	enum challenge_step (*send_another)(void *ctx, enum method);
	/* Checks a normalised recovery code. Returns RIGHT, NO_RECOVERY or
	 * DENY. NULL if no recovery code is valid. */
	enum challenge_step (*recover)(void *ctx, const char *code);
	void (*quit)(void *ctx);
	void (*view)(void *ctx, struct challenge_view *);
	/* Called while a prompt or only text is shown. Returns the ms until the
	 * next call, CHALLENGE_QUIET if there is nothing to wait for, or
	 * CHALLENGE_OVER if any answer would be too late. May be NULL. */
	int64_t (*tick)(void *ctx);
	/* Returns the result of a push: RIGHT, LOCKED, INSTEAD or DENY; ASK if
	 * it is open, or ended unanswered and another method follows. NULL if
	 * there is no METHOD_PUSH. */
	enum challenge_step (*look)(void *ctx);
	bool standin; /* of an answer only the length is used */
};

/* The inputs of a login: facts from the application, settings, clocks, prompts
 * and network. A login has no others, so tests can script all of them. */

struct http_reply;
struct login;
struct http_request;
struct login_result;
struct provider_conf;

/* Sends requests to providers; implemented by net/http.c (providers.h). */
struct connection {
	void *ctx;
	void (*send)(void *ctx, const struct provider_conf *,
	    const struct http_request *, int64_t deadline, struct http_reply *);
};

struct environment {
	const struct facts *facts;
	const struct settings *conf;
	const struct ui *ui;
	const struct connection *connection;
	const struct settings_report *report; /* errors in a user's file */
	struct store *store; /* of a request_with_state: open; else NULL */
	const char *host;    /* name of the host; NULL if not shown */
	int64_t deadline;    /* frame_clock_ms */
	int64_t
	    store_session_id_new; /* random id of this session in the store */
	/* Name of a decoy person: no provider is called (provider_call.c), no
	 * code is right. NULL for a real person. */
	const char *decoy_person;
	bool has_user_socket; /* the listener serves user.sock */
	void *ctx;
	/* other clocks than clock_ms(), for verifications and their messages,
	 * and clock_wall_s(): limits, locks, remembered logins, TOTP; or NULL
	 */
	int64_t (*now)(void *ctx);
	int64_t (*wall)(void *ctx);
	/* store_process_is_dead */
	bool (*dead)(void *ctx, int64_t process);
	/* Waits; returns false as soon as the peer disconnects. */
	bool (*pause)(void *ctx, int64_t ms);
	/* Confines this process before the first prompt. alone: brokers perform
	 * all store operations. May be NULL. */
	void (*confine)(bool alone);
	/* Called before verify_alert(), so that the user does not wait for it.
	 * Returns true if another process sends the alert; else sends the
	 * verdict, and the caller sends the alert. NULL: the verdict is sent
	 * after the alert. */
	bool (*begin_alert)(const struct login *);
};

bool login_env_is_sshd(const struct environment *);
/* True if lines are shown at once; sshd and Cockpit delay them until the next
 * prompt. */
bool login_env_text_is_immediate(const struct environment *);

int64_t login_env_wall_s(const struct environment *);

/* How long a wait may last before it is said what for. */
#define LOGIN_SLOW_MS 2000
/* Shows what is waited for, where a line is shown at once. */
void login_env_show_wait(const struct environment *, const char *text);
/* Waits as long as a real call has taken, which a decoy imitates; text: as for
 * a slow call, or NULL. Returns false as soon as the peer disconnects. */
bool login_env_imitate_call(
    const struct environment *, enum latency_kind, const char *text);

/* The result of a login, for VERDICT. All zeros is a denial. */

#define RESULT_TEXT_MAX 64
#define RESULT_STORE_MAX 305

enum login_outcome {
	LOGIN_DENIED = 0,
	LOGIN_ALLOWED,
	LOGIN_SKIPPED,
	LOGIN_OBSERVED,
};

struct login_result {
	enum frame_verdict verdict;
	enum login_outcome outcome;
	enum reason reason;
	bool told;         /* an end prompt was shown, which waits for Enter */
	const char *would; /* observe: how the login would have ended */
	size_t rule;       /* from 1; 0 if no rule matched */
	enum method method;
	char person[USER_NAME_MAX + 1]; /* of a shared account, or "" */
	char
	    asked[USER_NAME_MAX + 1]; /* caller of su who was prompted, or "" */
	char provider[RESULT_TEXT_MAX];
	char number[PHONE_MASK]; /* masked */
	char request[RESULT_TEXT_MAX + 1];
	unsigned tries;
	enum event alert;             /* to notify the user of (alert_owner) */
	int64_t start_ms, check_ms;   /* duration of the call; -1 if no call */
	char store[RESULT_STORE_MAX]; /* HOST@SERVER; "" for a state file */
	int64_t store_ms;             /* waited for the server; -1 for a file */
	char until[DAY_TEXT_MAX];     /* end of the exception used, or "" */
	char why[FRAME_WHY_MAX + 1];
	char by[STORE_BY_MAX]; /* creator of the bypass code, or "" */
	int64_t total_ms;
};

/* Initialises it as a denial without details. */
void login_result_init(struct login_result *);

/* Denies for this reason; an earlier reason is kept. */
void login_result_deny(struct login_result *, enum frame_verdict, enum reason);

/* The only function that sets VERDICT_ALLOW. */
void login_result_allow(struct login_result *, enum login_outcome, enum reason);
/* Of a request of twofactl: allows with REASON_NONE, else denies. */
void login_result_end(struct login_result *, enum reason);

void login_result_write_frame(const struct login_result *, struct frame *);

/* Logs a login whose service disconnected before its end, in place of the
 * module: with outcome=ended, or as denied if the end prompt was shown. */
void login_result_log_disconnect(
    const struct facts *, const struct login_result *);

/* The context of a login, shared by all its parts: user, rule, store. */

/* Everything that it points to outlives the login. */
struct login {
	const struct environment *env;
	/* name in the state: pw_name or an owner (values.h); of a decoy, the
	 * name as typed */
	const char *user;
	/* in twofactl's form, "deploy --person anna"; NULL for user */
	const char *shown;
	struct user_record *record; /* the phone in use changes */
	const struct decision *decision;
	const char *source; /* values.h */
	bool office;        /* source is in office_networks */
	/* service whose last success a right code sets; NULL in a test */
	const char *service;
	/* binding of the remembered login that a right code makes, or NULL */
	const unsigned char *binding;
	const char *remembered_as;  /* owner of the remembered login; or NULL */
	int64_t remember_s, idle_s; /* how long it is remembered */
	struct store *store;        /* NULL in a decoy login (decoy.c) */
	struct store
	    *decoy_store; /* of a decoy (login_decoy_imitate_store), or NULL */
	/* A decoy whose first factor was verified: an invitation in decoy_store
	 * allows the login. */
	bool unenrolled;
	/* Such a user may enrol by an invitation, which the code may be: NULL,
	 * or returns RIGHT, DENY, or NO_RECOVERY if it is not one. */
	enum challenge_step (*enrol)(const struct login *, const char *code);
	/* Too many names were typed at this shared account: each login by name
	 * gets the prompts of a first login, whether the name is known or not.
	 */
	bool alike;
	bool quiet;   /* show nothing: a decoy shows the prompts instead */
	bool offline; /* no state server can be reached: store has only data
		       * of this host */
	/* its external effects (verification.h); may be NULL */
	const struct verify_steps *steps;
	struct verify_batch *begun; /* verification.h; may be NULL */
	struct login_result *result;
};

/* The name for log lines and for the commands in them. */
const char *login_display_name(const struct login *);

/* The clock of the environment. */
int64_t login_now_ms(const struct login *);

/* Waits for ms. Returns false as soon as the peer disconnects. */
bool login_pause(const struct login *, int64_t ms);

/* True if the process that holds a row is known to have died. */
bool login_session_is_dead(const struct login *, int64_t holder);

const char *login_counting_source(const struct login *);

/* Logs that a limit on messages or pushes is reached, for how long, and the
 * command that resets it. limit: its key in twofa.conf. */
void login_log_limit(
    const struct login *, const char *what, int64_t wait_s, const char *limit);

/* Shows a line, if there is a conversation. sshd delays it until the next
 * prompt. */
void login_show_line(const struct login *, const char *text);
/* The user is asked or waited for, perhaps until the deadline: other logins get
 * this one's connection to the state. */
void login_leave_state(const struct login *);

/* Returns the effects of a right code by this method, for the store. provider:
 * "" for a method without one; it must outlive the returned struct. */
struct store_right login_right_code_effects(
    const struct login *, enum method, const char *provider);

/* Denies for this reason; an earlier one is kept. Returns STEP_DENY. */
enum challenge_step login_deny(
    const struct login *, enum frame_verdict, enum reason why);

/* Allows after RIGHT or ADMIT, and returns true. */
bool login_allow_step(const struct login *, enum challenge_step);

/* Returns the reason after a failure of this store; NULL if it could not be
 * opened. */
enum reason login_store_failure_reason(const struct store *);

/* A decoy calls the state where a real login does, to take as long and to fail
 * as often; nothing is changed. Returns true, or false after a log line: deny
 * for login_store_failure_reason(decoy_store). True if decoy_store is NULL. */
bool login_decoy_imitate_store(const struct login *);

/* Confines the process by env->confine(), unless the login is offline. */
void login_confine(const struct login *);

/* Logs the store's failure and denies. Returns STEP_DENY. */
enum challenge_step login_deny_store_failure(const struct login *);

/* ui.c: struct ui over frames on the PAM module's socket. */

struct ui_frames {
	int fd;
	bool gone; /* peer disconnected or broke the protocol: send no more */
	bool aborted;  /* the peer sent ABORT */
	int64_t until; /* frame_clock_ms: waits while the socket is full */
};

/* Sends a record by ui->say(); the line is wiped. */
void ui_item(const struct ui *, enum item_kind, const char *const *text,
    const int64_t *number);

/* Connects ui to the socket fd; the frames and fd must outlive ui. until: for
 * twofactl, which may get thousands of lines; 0 for the module. */
void ui_frames_init(struct ui_frames *, int fd, int64_t until, struct ui *);

/* True if the peer disconnected without ABORT. Discards unread answers: call it
 * only when nothing more can be sent. */
bool ui_frames_peer_left(struct ui_frames *);

/* Waits for ms; 0 only checks. Returns false as soon as the peer disconnects.
 */
bool ui_frames_pause(struct ui_frames *, int64_t ms);

/* Waits until the socket has room for another frame, so that the verdict after
 * many lines is not lost. */
void ui_frames_drain(const struct ui_frames *);

/* Requests of twofactl. The functions that serve them, one for each purpose,
 * report in records (items.h). */

/* Serves a purpose with the state open. Returns REASON_NONE if it is done, else
 * why it is denied. */
typedef enum reason request_with_state(const struct environment *);

/* Reports an error to twofactl and the log. Returns REASON_STATE. */
enum reason request_error(const struct environment *, const char *line);
/* Logs an action, the user it concerns and its caller; f->ruser may be "". The
 * event counts for that user. */
#define REQUEST_BY_MAX 128
void request_log(
    const struct facts *f, enum event, const char *what, const char *user);
const char *request_caller_text(
    const struct facts *f, char out[REQUEST_BY_MAX]);
/* Reports the store's cause to twofactl and the log. Returns REASON_STATE. */
enum reason request_store_failure(const struct environment *);

#endif
