/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login as its parts see it: the user at the other end (struct ui), where a
 * code is checked (struct challenge), clock, network and peer (struct
 * environment), its result, and struct login, which ties them together. A
 * session here is one process's work for one login, or for one request of
 * twofactl.
 */
#ifndef TWOFA_SESSION_H
#define TWOFA_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * The person at the other end. The dialogue only uses this interface, so that
 * frames, a terminal and unit tests run the same code.
 */

#define UI_ANSWER_MAX 256

enum ui_result {
	UI_GONE = 0,      /* the peer left, or broke the protocol */
	UI_ANSWER,        /* answer is filled */
	UI_TIMEOUT,       /* the deadline passed */
	UI_NO_ANSWER,     /* the conversation failed or gave NULL */
	UI_PASSWORD_SEEN, /* it was the login password, and is kept back */
};

struct ui_answer {
	char text[UI_ANSWER_MAX + 1]; /* "" when longer; the caller wipes */
	size_t typed;                 /* bytes that were typed */
};

/* Something to do while a prompt is open. */
struct ui_idle {
	void *ctx;
	/* Called at once, and again when it is due: returns the ms until the
	 * next call, or -1 when nothing is left to do. */
	int64_t (*tick)(void *ctx);
};

struct ui {
	void *ctx;
	/* Show a line. sshd holds it back until the next prompt. */
	void (*say)(void *ctx, const char *text);
	/* Show a prompt and wait until deadline (frame_clock_ms); idle may be
	 * NULL. */
	enum ui_result (*ask)(void *ctx, const char *prompt, int64_t deadline,
	    const struct ui_idle *, struct ui_answer *);
};

/*
 * Where the code is checked: a provider's verification (verification.c), all
 * factors of a user (factors.c) or a decoy (decoy.c). The dialogue treats all
 * three alike, so that they cannot be told apart.
 */

/* Why a login ends without success, or why another method is asked for. */
enum ending {
	END_NOT_SENT = 0, /* no provider accepted it */
	END_NUMBER,       /* the number was refused */
	END_BUSY,         /* another verification to the number is open */
	END_SPENT,        /* too many wrong codes */
	END_LIMIT,        /* too many messages */
	END_CANCELLED,
	END_TIMEOUT,
	END_DENIED,
	END_OFFLINE, /* the state is away: the app or a break-glass code */
	END_CLOCK,   /* the app's code: this host's clock or the state's */
};

#define CHALLENGE_RECEIVER_MAX 32
_Static_assert(CHALLENGE_RECEIVER_MAX >= PHONE_MASK, "a masked number fits");
_Static_assert(CHALLENGE_RECEIVER_MAX >= EMAIL_MASK, "a masked address fits");

/* What a prompt shows of the running verification. */
struct challenge_view {
	/* masked phone or address; "": not told */
	char receiver[CHALLENGE_RECEIVER_MAX];
	enum method method;
	const char *says; /* "by ntfy"; NULL: as the method */
	unsigned code_length;
	int64_t age_s;       /* joined: seconds since it was sent; -1: new */
	bool same_code;      /* the newest message repeated the code */
	bool none_sent;      /* no message has a valid code */
	int64_t resend_s;    /* seconds until another message is allowed */
	bool can_resend;     /* by the same method, before the deadline */
	unsigned keys;       /* METHOD_BITs that a key can still switch to */
	char push_digits[3]; /* METHOD_PUSH: also shown on the phone */
	int64_t push_s;      /* seconds until it ends */
	bool push_early;     /* it was asked about before it was approved */
	unsigned tries_left;
	int64_t locked_s; /* until the lock ends; 0: until an admin opens it */
	int64_t next_s;   /* STEP_USED: until the next code; 0: no wait */
	bool refused;     /* the lock comes from a push denied on the phone */
	enum ending why;  /* STEP_INSTEAD: what did not work */
};

enum challenge_step {
	STEP_DENY = 0, /* over; see the result */
	STEP_ASK,      /* continue; see the view */
	STEP_RIGHT,    /* the code was right and lets this login in */
	STEP_ADMIT,    /* every provider is down and on_outage = allow */
	STEP_WRONG,    /* the code was wrong, tries are left */
	STEP_USED,    /* right, but used before: not a try, wait for the next */
	STEP_TAKEN,   /* another login used it; see view.none_sent */
	STEP_RENEWED, /* it had expired; a new one was sent */
	STEP_SENT,    /* another message was sent */
	STEP_WAIT,    /* not yet: see view.resend_s */
	STEP_INSTEAD, /* no code could be sent; another method is asked for */
	STEP_LOCKED,  /* locked; a recovery code is asked for */
	STEP_NO_RECOVERY, /* not a recovery code of this user */
};

#define CHALLENGE_QUIET (-1)
#define CHALLENGE_OVER (-2)

struct challenge {
	void *ctx;
	/* Send a code or join: ASK, ADMIT, DENY. */
	enum challenge_step (*begin)(void *ctx);
	/* RIGHT, WRONG, USED, TAKEN, RENEWED, DENY; after TAKEN as
	 * verify_resend_kind. */
	enum challenge_step (*check)(void *ctx, const char *code);
	/* SENT, WAIT, TAKEN, DENY; ASK when only the method changed. */
	enum challenge_step (*send_another)(void *ctx, enum method);
	/* A recovery code, normalised: RIGHT, NO_RECOVERY, DENY. NULL: none
	 * is right. */
	enum challenge_step (*recover)(void *ctx, const char *code);
	void (*quit)(void *ctx);
	void (*view)(void *ctx, struct challenge_view *);
	/* Called while a prompt is open, or while only text is shown: returns
	 * the ms until the next call, CHALLENGE_QUIET when there is nothing to
	 * wait for, or CHALLENGE_OVER when any answer would be too late. NULL:
	 * nothing to do. */
	int64_t (*tick)(void *ctx);
	/* The result of a push: RIGHT, LOCKED, DENY; ASK: nothing yet, or it
	 * ended without an answer and another method is asked for; INSTEAD.
	 * NULL: no METHOD_PUSH. */
	enum challenge_step (*look)(void *ctx);
	bool standin; /* only an answer's length counts */
};

/*
 * What a login gets from outside: the application's facts, settings,
 * clocks, the person, the network. This struct is the only way in, so that
 * tests run the same code on scripts.
 */

struct http_reply;
struct http_request;
struct login_result;
struct provider_conf;

/* Sends a request to a provider; net/http.c behind it (providers.h). */
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
	const char *host; /* the application's name; NULL: not shown */
	uid_t owner;      /* of the settings: 0 */
	int64_t deadline; /* frame_clock_ms */
	int64_t
	    store_session_id_new; /* random: this session's name in the store */
	/* The name of a made-up person: no provider is asked (provider_call.c),
	 * and no code is right. NULL: a real person. */
	const char *decoy_person;
	void *ctx;
	/* CLOCK_BOOTTIME milliseconds: everything that the store keeps */
	int64_t (*now)(void *ctx);
	/* the wall clock in seconds: limits, locks, remembered logins, TOTP */
	int64_t (*wall)(void *ctx);
	/* store_session_process_is_dead */
	bool (*dead)(void *ctx, int64_t process);
	/* Wait that long; false as soon as the peer leaves. */
	bool (*pause)(void *ctx, int64_t ms);
	/* Before the first word to the person: this process gives up what the
	 * dialogue needs no longer. alone: it asks its keepers, and no provider
	 * itself. NULL: nothing. */
	void (*confine)(bool alone);
	/* Tell how it ended before the login's own end: what follows is not
	 * the person's business. NULL: it is told at the end. */
	void (*tell)(struct login_result *);
};

/* True when a line is shown at once. sshd keeps it for the next prompt. */
bool login_env_may_show_text(const struct environment *);

/* How a login ended, for VERDICT. A zeroed one is a denial. */

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
	bool told; /* denied; a last prompt says so and waits for Enter */
	const char *would; /* observe: how the login would have ended */
	size_t rule;       /* from 1; 0: none matched */
	enum method method;
	char person[USER_NAME_MAX + 1]; /* of a shared account; "" */
	char asked[USER_NAME_MAX + 1];  /* the caller of su who was asked; "" */
	char provider[RESULT_TEXT_MAX];
	char number[PHONE_MASK]; /* masked */
	char request[RESULT_TEXT_MAX + 1];
	unsigned tries;
	enum event alert;             /* the user is told of it (alert_owner) */
	int64_t start_ms, check_ms;   /* -1: none */
	char store[RESULT_STORE_MAX]; /* HOST@SERVER of the state; "": a file */
	int64_t store_ms;             /* waited for that one; -1: a file */
	char until[DAY_TEXT_MAX];     /* of an exception that let in; "" */
	char why[FRAME_WHY_MAX + 1];
	char by[STORE_BY_MAX]; /* of a code with an end; "" */
	int64_t total_ms;
};

/* A denial without details. */
void login_result_init(struct login_result *);

/* Deny for this reason. The first reason stays. */
void login_result_deny(struct login_result *, enum frame_verdict, enum reason);

/* The one place that says ALLOW. */
void login_result_allow(struct login_result *, enum login_outcome, enum reason);

/* Write VERDICT. */
void login_result_write_frame(const struct login_result *, struct frame *);

/*
 * The login that all its parts work for: who it is, by which rule, and what
 * they may use. Each part points to the same struct login.
 */

/* All pointers outlive the login. */
struct login {
	const struct environment *env;
	/* what the state calls him: pw_name, or values.h; of a made-up
	 * login: as it was typed */
	const char *user;
	/* as twofactl has it, "deploy --person anna"; NULL: the user */
	const char *shown;
	const struct user_record *record;
	const struct decision *decision;
	const char *source; /* values.h */
	bool office;        /* from one of office_networks */
	/* the service to note a right code for; NULL: for a test */
	const char *service;
	/* what a right code has the login remembered by; NULL: nothing */
	const unsigned char *binding;
	const char *remembered_as; /* whose it is then; NULL: the user's */
	int64_t remember_s;        /* so long */
	struct store *store;       /* NULL: a made-up login, which has none */
	struct store
	    *decoy_store; /* of a made-up one: login_decoy_step; NULL: none */
	/* Made up, but with a first factor: an invitation in decoy_store lets
	 * in. */
	bool unenrolled;
	bool proves; /* PURPOSE_PROVE */
	/* Too many names were typed at this account: each login is told what
	 * the first one of a name is, whether it is a person's or not. */
	bool alike;
	bool quiet;   /* nothing is told: a decoy speaks for it */
	bool offline; /* no server of the state can be reached: its store is
		       * this host's alone */
	/* what it may do to the world (verification.h); NULL as well */
	const struct verify_steps *steps;
	struct verify_batch *begun; /* verification.h; NULL as well */
	struct login_result *result;
};

/* For a line in the log and the commands in it. */
const char *login_display_name(const struct login *);

/* The clocks of the environment. */
int64_t login_now_ms(const struct login *);
int64_t login_wall_s(const struct login *);

/* Wait so many ms, unless the peer leaves: then false. */
bool login_pause(const struct login *, int64_t ms);

/* Has that holder of a row certainly died? */
bool login_session_is_dead(const struct login *, int64_t holder);

/* source_for_counting */
const char *login_counting_source(const struct login *);

/* The log's line for a limit on messages, or pushes: for how long, and what
 * resets it. limit: its key in twofa.conf. */
void login_log_limit(
    const struct login *, const char *what, int64_t wait_s, const char *limit);

/* Show a line, where there is anybody. sshd keeps it back until the next
 * prompt. */
void login_show_line(const struct login *, const char *text);

/* What a right code of this method brings with it. provider: "" for one that
 * needs none; it must outlive what is returned. */
struct store_right login_right(
    const struct login *, enum method, const char *provider);

/* Deny for this reason; the first one stays. STEP_DENY. */
enum challenge_step login_deny(
    const struct login *, enum frame_verdict, enum reason why);

/* Why a login is denied that this store failed; NULL: its opening did. */
enum reason login_state_reason(const struct store *);

/* A made-up login asks the state where a real one does: so it takes as long,
 * and fails when that would. Nothing is done there. false: it failed, which the
 * log tells; deny for login_state_reason(seems). Of a real login, true. */
bool login_decoy_step(const struct login *);

/* The process's confine, unless this login goes on with what this host has. */
void login_confine(const struct login *);

/* Deny so after the store failed, which the log tells. */
enum challenge_step login_deny_state(const struct login *);

/* ui.c: the person behind the module's socket, struct ui over frames. */

struct ui_frames {
	int fd;
	bool gone;    /* the peer left or broke the protocol: send no more */
	bool aborted; /* it sent ABORT */
};

/* Say an item. Its line is wiped. */
void ui_item(const struct ui *, enum item_kind, const char *const *text,
    const int64_t *number);

/* Connect ui to the socket of u; both must outlive it. */
void ui_frames_init(struct ui_frames *, int fd, struct ui *);

/* Has the peer left without ABORT? Only when nothing more can be sent. */
bool ui_frames_peer_left(struct ui_frames *);

/* Wait ms; false as soon as the peer leaves. 0: only check. */
bool ui_frames_pause(struct ui_frames *, int64_t ms);

/* twofactl behind the socket: as in a login, but for thousands of lines: SAY
 * waits until the other end has read some. */
struct ui_items {
	struct ui_frames frame;
	struct ui inner;
	int64_t deadline; /* frame_clock_ms */
};

/* Make ui speak to fd until deadline; p must outlive it. */
void ui_items_init(struct ui_items *p, int fd, int64_t deadline, struct ui *ui);

/* Wait until there is room for another frame, so that the verdict is not lost
 * behind many lines. */
void ui_items_drain(const struct ui_items *);

/* A request of twofactl's. What the purposes that answer it have in common:
 * they report in records (items.h). */
struct request {
	const struct facts *facts;
	const struct ui *ui;
	uid_t owner;      /* of the settings: 0, except in unit tests */
	int64_t deadline; /* frame_clock_ms */
	bool (*dead)(
	    int64_t process); /* store_session_process_is_dead; NULL: none */
	/* sandbox_enter; NULL: not in a process of its own */
	void (*confine)(const struct settings *);
	/* While a purpose runs. */
	const struct settings *conf;
	struct store *store;
	struct login_result *result;
};

/* Runs a purpose, with the state open or as a login. Fills the result. */
typedef void request_with_state(const struct request *);

/* It is done; or denied for this reason. */
void request_allow(const struct request *);
void request_deny(const struct request *, enum reason);

/* Send a record. */
void request_send_item(const struct request *, enum item_kind,
    const char *const *text, const int64_t *number);
/* Report an error, in the log as well. */
void request_error(const struct request *, const char *line);
/* What was done, for whom and by whom, in the log; f->ruser: "" none. An event
 * is one of this user's. */
#define REQUEST_BY_MAX 128
void request_log(
    const struct facts *f, enum event, const char *what, const char *user);
const char *request_caller_text(
    const struct facts *f, char out[REQUEST_BY_MAX]);
/* Report the store's cause, in the log as well, and deny. */
void request_deny_state(const struct request *);

#endif
