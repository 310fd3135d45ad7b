/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages between a worker and its brokers: one table of operations, by
 * which both sides write, read and check them. For the files of this component
 * only. */
#ifndef TWOFA_BROKER_INSIDE_H
#define TWOFA_BROKER_INSIDE_H

#include "helper/broker/broker.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "lib/rules/rules.h"

/* A login's operations (store.h): name, request, reply, function. */
/* clang-format off */
#define BROKER_OP_TABLE(X) \
	/* at user.sock, before HELLO: the uid's account; without a reply */ \
	X(ACCOUNT, "account", q_account, a_none, do_not_here) \
	/* once, first, after BEGIN; like BIND, quiet: with the next reply */ \
	X(OPEN, "open", q_open, a_none, do_open) \
	/* store_record_read; before BIND only */ \
	X(RECORD, "record", q_record, a_record, broker_op_give_record) \
	/* store_bind, once; all below require it */ \
	X(BIND, "bind", q_bind, a_none, broker_op_bind) \
	X(BEGIN, "begin", q_begin, a_begin, do_begin) \
	X(CLAIM, "claim", q_claim, a_row, do_claim) \
	X(STARTED, "started", q_started, a_none, broker_op_note_started) \
	X(NUMBER_FREE, "number_free", q_number, a_none, do_number_is_unclaimed) \
	X(UNSENT, "unsent", q_row, a_none, do_row_remove_unsent) \
	X(UNKNOWN, "unknown", q_row, a_none, do_row_mark_unknown) \
	X(CODE_RIGHT, "code_right", q_right, a_none, do_code_right) \
	X(LOOK, "look", q_row, a_row, do_look) \
	X(REFUND, "refund", q_refund, a_none, do_row_refund_try) \
	X(FINISH, "finish", q_finish, a_none, do_finish) \
	X(SPEND, "spend", q_spend, a_none, do_row_spend) \
	X(END, "end", q_request, a_none, do_row_remove_ended) \
	X(REPLACE, "replace", q_replace, a_none, do_row_hold_for_replacing) \
	X(HOLDS, "holds", q_row, a_none, do_row_is_held) \
	X(DROP, "drop", q_row, a_none, do_row_remove_held) \
	X(RESTORE, "restore", q_row, a_none, do_row_restore) \
	X(GUESS_TAKE, "guess_take", q_none, a_guess, do_guess_take) \
	X(GUESS_LOOK, "guess_look", q_none, a_look, do_guess_look) \
	X(GUESS_REFUND, "guess_refund", q_guess, a_none, do_guess_refund) \
	X(REFUSE, "refuse", q_request, a_none, do_refuse) \
	X(ATTEMPT, "attempt", q_attempt, a_attempt, do_attempt) \
	X(SEND_TAKE, "send_take", q_message, a_message, do_send_take) \
	X(SEND_REFUND, "send_refund", q_row, a_none, do_send_refund) \
	X(RECOVERY_LIST, "recovery_list", q_none, a_list, do_recovery_list) \
	X(RECOVERY_CLAIM, "recovery_claim", q_recovery, a_left, do_recovery_claim) \
	X(RECOVERY_LEFT, "recovery_left", q_left, a_none, do_recovery_left) \
	X(TOTP, "totp_attempt", q_totp, a_totp, do_totp) \
	X(CODE_CLAIM, "code_claim", q_passed, a_none, do_code_claim) \
	X(CODE_RECENT, "code_recent", q_recent, a_none, do_code_recent) \
	X(PASS_OVER, "pass_over", q_passed, a_none, do_provider_pass_over) \
	X(PASSED, "passed", q_passed, a_passed, do_provider_passed_over_left) \
	X(DECOY, "decoy", q_decoy, a_none, broker_op_note_decoy) \
	X(NOOP, "noop", q_none, a_none, do_noop) \
	/* for a call to a provider */ \
	X(TICKET, "ticket", q_ticket, a_ticket, broker_op_issue_ticket) \
	/* a user without a record enrols: 1, or 0 without a reason */ \
	X(ENROL_OPEN, "enrol_open", q_enrol, a_none, broker_op_enrol_open) \
	/* the secret of an app that enrols: TOTP then compares with it */ \
	X(ENROL_SECRET, "enrol_secret", q_none, a_secret, broker_op_enrol_secret) \
	X(ENROL_COMMIT, "enrol_commit", q_uid, a_record, broker_op_enrol_commit) \
	/* the provider broker's receipt for it; without a reply */ \
	X(RECEIPT, "receipt", q_receipt, a_none, broker_op_accept_receipt) \
	/* the only one of a provider broker */ \
	X(CALL, "call", q_call, a_call, do_not_here)
/* clang-format on */

#define BROKER_OP_VALUE(op, name, request, reply, does) BROKER_##op,
enum broker_op {
	BROKER_NO_OP = 0,
	BROKER_OP_TABLE(BROKER_OP_VALUE) BROKER_OPS
};

#define BROKER_CALL_TEXT_MAX 512 /* more than settings or records allow */
#define BROKER_RECEIVER_MAX SETTINGS_EMAIL_MAX /* the longest is an address */
#define BROKER_CODE_MAX 16 /* more than the digits of any code */
#define BROKER_KEY_LEN 32
#define BROKER_MAC_LEN 32

/* A provider call (provider_call.c) that the provider's broker makes. */
struct broker_call {
	enum provider_call_kind kind;
	struct provider_ctx ctx; /* the table lists the fields that cross */
	const char *code;        /* typed code, CALL_CHECK only; else "" */
	int64_t ms;              /* until the deadline */
	int64_t serial;
	/* what is signed besides, and does not cross: the digest of the texts,
	 * the name of the provider */
	unsigned char to[BROKER_MAC_LEN];
	const char *provider;
	unsigned char mac[BROKER_MAC_LEN];
};

/* Its result. */
struct broker_call_result {
	enum outcome outcome;
	bool maybe_sent, unresolved, stalled;
	struct provider_call_facts told;
	char request_id[PROVIDER_ID_MAX + 1];
	enum http_fate fate;
	int64_t status, retry_after_s, took_ms;
	unsigned receipt; /* enum broker_receipt, signed in the reply's mac */
};

/* A worker's request. The table (broker_messages.c) lists the fields that
 * cross; others are zero. Texts and bytes point into the frame. */
struct broker_request {
	int64_t id;
	const char *request_id, *number, *user, *where;
	int64_t ms; /* a duration */
	/* number of a guess that the broker counted, or 0 */
	int64_t guess;
	bool flag;
	const char *like; /* of a decoy: the owner of its template */
	bool caller;      /* of su, or one of those who share that account */
	bool remembered;
	struct store_begin begin;
	struct store_candidate claim;
	struct store_started started;
	struct store_send_key message;
	unsigned tries;
	const char *provider;
	bool uses;
	struct broker_call call; /* with provider */
	int64_t uid;
	bool quiet; /* a reply is wanted only if it fails */
	/* the last member, as it is long: only hashes of it are wiped */
	size_t hashes;
	struct store_recovery hash[STORE_CODES_MAX];
};

/* A broker's reply: first the outcome, as by store_failure() and store_cause(),
 * then the fields of the operation. */
struct broker_reply {
	int64_t result;
	int failure; /* enum store_failure */
	bool keyless;
	char cause[STORE_CAUSE_MAX];
	char server[STORE_SPENT_MAX]; /* that answered, or "" */
	struct store_row row;
	struct store_begun begun;
	char which[SETTINGS_NAME_MAX];
	char *text; /* a record, codes or NULL; the reader frees it */
	int64_t id, wait_s, left_ms, guess;
	unsigned left;
	int claimed;
	bool locked;  /* the guess locks something */
	bool refused; /* a denial made the lock */
	enum store_guess guessed;
	enum store_try tried;
	unsigned char mac[HOST_KEY_LEN];
	struct store_recovery recovery;
	struct store_used_step used;
	struct broker_call_result said;
	char secret[SECRET_RANDOM_MAX + 1]; /* base32; wiped */
	size_t hashes;                      /* as in the request */
	struct store_recovery hash[STORE_CODES_MAX];
};

/* maximum frame: a user's record, or eight providers' receivers */
#define BROKER_FRAME_MAX 65536
#define BROKER_RECORD_MAX 60000

/* A frame, written or read from its beginning. */
struct broker_frame {
	size_t used, at;
	bool bad; /* too long to write, or not as the table says */
	unsigned char b[BROKER_FRAME_MAX];
};

/* Writes or reads an operation's request or reply. Writing returns false if a
 * value exceeds its limit. Reading requires exactly what the table lists: no
 * other length, no value beyond its limits, no trailing bytes. Texts and bytes
 * point into the frame. */
bool broker_request_write(
    struct broker_frame *, enum broker_op, const struct broker_request *);
/* Returns BROKER_NO_OP if the request is invalid. */
enum broker_op broker_request_read(
    struct broker_frame *, struct broker_request *);
bool broker_reply_write(
    struct broker_frame *, enum broker_op, const struct broker_reply *);
bool broker_reply_read(
    struct broker_frame *, enum broker_op, struct broker_reply *);
void broker_frame_wipe(struct broker_frame *);
/* Waits for a frame until then (frame_clock_ms). Returns its length; 0 on end
 * of file or timeout; or -1 with errno. */
ssize_t broker_frame_receive(struct broker_frame *, int fd, int64_t until);

const char *broker_op_name(enum broker_op);

/* broker_control.c: messages of the control socket, with at most two
 * descriptors each. A broker replies over a pipe, with single bytes, or a line
 * for the log. The listener closes the control socket when no more connections
 * come, and goes on reading the pipe. Where a descriptor is closed, its socket
 * may keep the process waiting: none goes to the listener. */

#define BROKER_CONTROL 3 /* its descriptor in the broker */
#define BROKER_SAYS 4    /* the pipe's */
/* exit status if settings cannot be read; as no login can read them, each is
 * denied */
#define BROKER_NO_SETTINGS 78

enum broker_control_byte {
	/* a worker's connection; for the state broker, the module's as well */
	BROKER_TAKE = 1,
	BROKER_KEY = 3, /* for the tickets of provider number uid */
	BROKER_PING,
	/* no more connections come, and all are to be returned */
	BROKER_LEAVE,
	/* sent by the broker */
	BROKER_ALIVE = 'a',
	BROKER_STALE = 's',  /* its configuration files have changed */
	BROKER_IDLE = 'i',   /* no request for an hour */
	BROKER_PROMPT = 't', /* waits for servers in threads alone */
	/* a connection, for a successor; login and used follow */
	BROKER_RETURN = 'r',
	/* it serves; of the state broker plus the number of providers */
	BROKER_PROVIDERS = 'A',
	BROKER_LINE = '0', /* plus its level; a line for the log follows */
};

struct broker_control_message {
	int64_t kind, uid, pid;
	int64_t login; /* random; equal for all brokers */
	union {
		unsigned char key[BROKER_KEY_LEN]; /* for BROKER_KEY */
		int64_t used;                      /* as in broker_peer */
	};
};

/* A broker that was dismissed is killed after this time. */
#define BROKER_LEAVE_MS INT64_C(1000)
#define BROKER_CONTROL_FDS 2
/* Neither blocks. fd has the descriptors, -1 after the last; NULL for none.
 * Receive returns 1; 0 if nothing is queued; or -1 on end of file or a message
 * of the wrong size. */
bool broker_control_send(
    int to, const struct broker_control_message *, const int *fd);
int broker_control_receive(
    int from, struct broker_control_message *, int fd[BROKER_CONTROL_FDS]);
/* Receives a worker's datagram, and closes what was passed with it. */
ssize_t broker_control_take_bytes(int from, struct broker_frame *);
/* Closes those that are not -1. */
void broker_control_close(const int fd[BROKER_CONTROL_FDS]);
/* By a broker's pipe. */
bool broker_control_return(int to, int64_t login, int64_t used);
/* Async-signal-safe. Lost if the pipe is full. */
void broker_control_send_line(
    int to, int level, const char *subject, const char *line);

/* broker_process.c: a broker's process, its control socket and pipe. Returns 0,
 * or -1 with errno. */
int broker_process_start(struct broker_slot *, struct broker_process *made,
    const char *program, int64_t now);
/* Returns true if twofa.conf has changed since the slot's newest broker was
 * started, or since the last call. */
bool broker_process_settings_changed(struct broker_slot *);
/* The keys for tickets and receipts, one for each provider; NULL with errno if
 * they cannot be made. */
#define BROKER_KEYS_LEN ((size_t)SETTINGS_PROVIDERS_MAX * BROKER_KEY_LEN)
unsigned char (*broker_process_keys(void))[BROKER_KEY_LEN];
/* Both log why: for want of a place for another one that is released; and one
 * that was released, and has not ended in time. */
void broker_process_kill_oldest(
    const struct broker_slot *, const struct broker_process *oldest);
void broker_process_kill_late(
    const struct broker_slot *, const struct broker_process *late);

/* broker_ping.c: asks the present broker whether it lives; if it has not
 * replied for long, kills it and logs that. To be called for a broker that
 * serves logins, by the returned instant. */
void broker_ping_ask(struct broker_slot *, int64_t now);
int64_t broker_ping_next(const struct broker_slot *);

/* broker_log.c: a broker in the log; lines of a provider broker, 40 in a
 * second. */

/* Its name; the listener has not read the name of a provider. Valid until the
 * next call. */
const char *broker_log_name(const struct broker_slot *);
/* The words after "logins" in a line that says they are denied without it:
 * users of a provider may have another one, an app or recovery codes. */
const char *broker_log_denied(const struct broker_slot *);
/* Writes a line, the first byte of which is BROKER_LINE plus its level. Changes
 * it. */
void broker_log_write(struct broker_slot *, char *line, int64_t now);
/* Says how many lines were left out, once their second is over. */
void broker_log_tick(struct broker_slot *, int64_t now);
int64_t broker_log_next_tick(const struct broker_slot *);

/* broker_logins.c: the connections that brokers have. */

/* Notes that the present brokers have the ends that are not -1, by this
 * message. Keeps them, and a duplicate of the module's connection. */
void broker_logins_add(struct broker_supervisor *,
    const struct broker_control_message *, const struct broker_fds *,
    int module);
/* Returns the end of that login if this broker has it; or NULL. */
struct broker_end *broker_logins_find(
    struct broker_supervisor *, size_t which, pid_t broker, int64_t login);
/* Gives the present broker of the slot, if there is one, what was returned.
 * Returns false if some has to wait. */
bool broker_logins_give(struct broker_supervisor *, const struct broker_slot *);
/* Ends the connections of logins that this broker of the slot holds (0: those
 * that a broker has returned). returned: takes them back instead, for the next
 * broker. */
void broker_logins_end(
    struct broker_supervisor *, size_t which, pid_t broker, bool returned);
/* ended: its connections, which it may have passed on, are shut. */
void broker_logins_remove(struct broker_supervisor *, pid_t worker, bool ended);

/* Requests of one login: the limit, and its growth for each second of age, as
 * a login that waits for another one repeats requests. */
#define BROKER_REQUESTS_MAX 200
#define BROKER_REQUESTS_PER_S 25
/* Calls to providers, likewise: each second one poll of a push, and another. */
#define BROKER_CALLS_MAX 80
#define BROKER_CALLS_PER_S 2
/* how long after its last use a server connection is assumed to work */
#define BROKER_TRUST_MS 2000
#define BROKER_IDS_MAX 96 /* handles of rows and messages */
#define BROKER_GUESSES_MAX 8
#define BROKER_MESSAGES_MAX 8 /* more than a login counts before it sends */
/* Verifications that one login begins. Each provider may have two, as it may
 * refuse the number for one channel, and once more when a code has expired; a
 * claim that waits is repeated, and does not count. */
#define BROKER_STARTS_MAX (2 * 2 * SETTINGS_PROVIDERS_MAX)
/* Rows that a login may hold. It needs one for each number that it names, which
 * are fewer; a row whose time is over takes a place until the login ends it. */
#define BROKER_HELD_MAX 16
#define BROKER_REQUEST_IDS_MAX 16
/* limit of a reply's price for one message, in millionths */
#define BROKER_PRICE_MAX 10000000

/* One connection, which is a login. First member of the struct that each kind
 * of broker has for it. */
struct broker_peer {
	int fd;
	uid_t uid;       /* of the service; from the listener */
	pid_t pid;       /* of the worker; from the listener */
	int64_t process; /* store_process_id_new(); state broker only */
	int64_t login;   /* its id in tickets; from the listener */
	int64_t used;    /* the newest ticket; provider brokers only */
	int64_t began;
	int module;  /* the module's connection until BEGIN is read, or -1 */
	int watched; /* of these two the one that is waited for, or -1 */
	bool polled; /* epoll does not take it */
	bool ready;  /* there is something to read */
	bool named;  /* user.sock: the name of the account has come */
	bool open;   /* a request has been read: it has no successor any more */
	bool waits;  /* for a reply */
	bool running; /* a lane does its request: it stays until then */
	bool refused; /* it is to be closed */
};

/* The module's BEGIN of a login, and the methods that the rules then allow. */
struct broker_begin {
	unsigned char *bytes; /* the frame, allocated; facts points into it */
	size_t len;
	struct facts facts; /* of user.sock: those that count there */
	struct admission_time came;
	char address[46], source[SOURCE_MAX + 1]; /* admission_fill_facts */
	struct policy_most most;
};

/* Which file a record is in: another one after each write. Zeros: none. */
struct broker_record_file {
	ino_t inode;
	struct timespec changed;
};

/* The user and the origin of a login, as the state broker has computed them;
 * each is "" until BIND. */
struct broker_bound {
	char user[OWNER_STATE_MAX];
	char source[SOURCE_MAX + 1], sent_from[SOURCE_MAX + 1];
	char service[FACTS_SERVICE_MAX + 1];
	char remembered_as[OWNER_REMEMBERED_MAX];
	char account[OWNER_STATE_MAX]; /* shared, by a typed name */
	char like[OWNER_STATE_MAX];    /* decoy: owner of the template */
	/* BEGIN's user, service and address, which a provider is told */
	char named[USER_NAME_MAX + 1], asking[FACTS_SERVICE_MAX + 1];
	char address[46];
	bool office, remembered;
	unsigned char binding[STORE_REMEMBERED_LEN]; /* if remembered */
	int64_t remember_s;
};

#define BROKER_RECORDS_MAX 4 /* the account, the target of su, its caller */
/* A record in the state. */
struct broker_known_record {
	char user[USER_NAME_MAX + 1];
	enum store_record found;
	char *text; /* allocated, or NULL */
};

/* A login, at the state broker. */
struct broker_session {
	struct broker_peer peer;
	char own[USER_NAME_MAX + 1]; /* user.sock: the uid's account */
	bool no_self;                /* ... which may not run twofactl self */
	int64_t number;              /* store_session_id_new() */
	int64_t deadline;
	int64_t real_uid; /* by BEGIN, of the program that asks */
	/* begun: begin is set, until it is bound */
	bool begun, opened, bound, next_key;
	bool stays; /* BEGIN is done, or a decoy's NOOP: no outage helps it */
	bool other_key;  /* it received STORE_RECORD_OTHER_KEY */
	bool noted;      /* BROKER_DECOY, which notes a name, came before */
	bool few;        /* ... and few are: rows are kept under a decoy's */
	bool unanswered; /* the last request was: the next may be there */
	/* a start may have been done: the server did not say in time */
	bool start_unanswered;
	unsigned ops; /* requests so far */
	struct broker_begin begin;
	size_t records;
	struct broker_known_record known[BROKER_RECORDS_MAX];
	struct broker_bound bound_to;
	struct user_record record; /* all "" if it has no receivers */
	bool unrecorded;    /* its own user has no record: may be invited */
	unsigned methods;   /* that its rule accepts */
	int64_t may_carry;  /* bits of providers that may have sent a message */
	int64_t may_push;   /* bits of those that may have sent a push */
	int64_t down;       /* of those that were out of order then */
	int64_t silent;     /* and of one: the newest receipt says: silent */
	size_t carried;     /* messages that count less because of them */
	int64_t generation; /* of the state that its ids are of */
	size_t ids;
	struct broker_handle {
		int64_t id;
		size_t of;          /* broker_handle_find_provider() of a row */
		enum method method; /* of a row */
		bool apart;         /* a row that it may only end */
	} handle[BROKER_IDS_MAX];
	size_t guesses;   /* number counted; the last ones are kept */
	size_t returned;  /* of these, taken back */
	size_t compared;  /* codes checked; each requires a guess */
	size_t recent;    /* comparisons with used codes; two for each guess */
	size_t app_guess; /* the newest one that was for a code of an app */
	bool replaced;    /* one replaced an app's guess, and stays counted */
	/* messages counted, with neither a ticket nor a refund; and that of
	 * the newest ticket, its id until a row has it, and by its receipt the
	 * verification and the price */
	size_t messages;
	struct broker_message {
		int64_t id;
		bool push, alert;
		size_t phone; /* of the record, that it counts for */
		bool carried; /* counts less */
	} message[BROKER_MESSAGES_MAX], sent;
	enum method sent_by; /* as the newest ticket for one says */
	int64_t sent_at;     /* of that ticket, frame_clock_ms() */
	char sent_as[PROVIDER_ID_MAX + 1];
	size_t sent_of; /* its provider: another one may give the same id */
	int64_t sent_price, right_price;
	/* of a code, made locally, that was right: how many messages the row
	 * had, as a message may have no count */
	unsigned right_sends;
	/* of the newest ticket for one; "" once a row has it. Its provider
	 * broker knows it, so it is right at no other provider. */
	char own_code[PROVIDER_CODE_MAX + 1];
	size_t own_code_of;
	size_t own_code_phone; /* of the record, to which it was sent */
	int64_t serial;        /* of the newest ticket */
	struct broker_ticket {
		int64_t serial; /* 0 once its receipt has come */
		int64_t at;     /* frame_clock_ms() */
		size_t of; /* its provider, whose broker alone attests to it */
		enum provider_call_kind kind;
		enum method method;
		enum event event;
		unsigned phone; /* index of the called phone in the record */
		unsigned char to[BROKER_MAC_LEN];
	} ticket;        /* the newest one */
	size_t requests; /* number of verifications; the last ones are kept */
	struct broker_verification {
		size_t of;
		/* of its own newest message that no row has; or NONE */
		enum method method;
		bool polled;    /* a push of its own, not approved yet */
		bool apart;     /* the login may end it, and nothing else */
		bool others;    /* its row belongs to another user */
		bool rowless;   /* a push or an app's code, which need no row */
		int64_t row;    /* its row in the state, or 0 */
		enum method by; /* the method that the row had for it */
		size_t phone;   /* of the record, that its own start named */
		int64_t at;     /* of that start's ticket, or 0 */
		char id[PROVIDER_ID_MAX + 1];
	} request[BROKER_REQUEST_IDS_MAX];
	/* receipts that are not used up yet: a verification with a right code,
	 * or ""; a push was sent; the providers, counted from 1, of a push that
	 * was approved (its row has another request id), and of an app whose
	 * code was right */
	struct broker_verification right;
	bool pushed;
	size_t approved, app_right;
	/* the code in the newest ticket of a CALL_CHECK, and the newest code
	 * that a receipt called right; or "" */
	char checked[BROKER_CODE_MAX + 1], right_code[BROKER_CODE_MAX + 1];
	int64_t clock_s; /* how far the state's clock is ahead, or 0 */
	int64_t resync[USER_APPS_MAX]; /* store_app_code */
	struct broker_guess {
		struct store_guess_token token;
		int64_t row, send; /* of the try that it made, or 0 */
		enum method by;    /* of that message */
		unsigned sends;    /* that the row had */
		bool compared;     /* a code was compared or checked for it */
	} guess[BROKER_GUESSES_MAX];
	/* the one of the newest ticket of a CALL_CHECK, or NULL */
	struct broker_guess *checked_by;
	unsigned verifications; /* begun by BEGIN or CLAIM */
	/* an enrolment of a user without a record, or a change by its user
	 * (PURPOSE_SELF); begin stays set */
	struct broker_enrolment {
		bool absent; /* no file, no record: at BIND */
		/* the change that BEGIN asks for and this user may make here,
		 * by the event of its notice before; or NONE */
		enum event change;
		char before[USER_PHONES_TEXT]; /* the present phones */
		size_t at; /* of these the changed one, or their count */
		bool removes;
		/* the number that goes, which proves nothing; or "" */
		char gone[PHONE_MAX + 1];
		bool shown;    /* a code of a phone was right */
		unsigned told; /* a bit for each phone that got a notice */
		unsigned char digest[SETTINGS_DIGEST_LEN]; /* of that record */
		struct broker_record_file file;            /* in which it was */
		int64_t newest; /* of the records that the state had then */
		/* the invitation that was typed; id 0: in the window */
		struct store_recovery invitation;
		/* to be proven, or ""; from then on the record's only one */
		char number[PHONE_MAX + 1];
		bool proven; /* this broker has ended its verification */
		/* or an app's, the only one of the record; len 0: none */
		struct secret app;
		unsigned tries; /* codes compared with that secret */
		char owner[OWNER_STATE_MAX + sizeof(STORE_ENROLMENT)];
	} enrol;
	bool gave_way; /* its row was ended: root's service needed the number */
	/* since when a login at root's service waits for rows of users' own, or
	 * 0; and when it last asked */
	int64_t waits_since, waited_at;
	/* rows that it starts or replaces, or 0; the newest ticket then; and
	 * the first one since for a message of a code, if that is not known to
	 * be unsent, or 0 */
	struct broker_hold {
		int64_t id, serial, sending;
		bool starts;
	} held[BROKER_HELD_MAX];
};

/* When a provider's credential last changed; zero or less without a file. */
struct broker_changed {
	int64_t ms;     /* clock_ms() */
	int64_t wall_s; /* clock_wall_s() */
};

/* The state broker's data for all logins. */
struct broker_context {
	unsigned char key[SETTINGS_PROVIDERS_MAX][BROKER_KEY_LEN];
	struct settings *conf;
	struct broker_changed credential[SETTINGS_PROVIDERS_MAX];
	struct store_server server;
	struct store *store; /* NULL if not open */
	/* A backup that was put back gives the ids of rows again: the newest
	 * one, and how often it was no higher than the one before, or another
	 * file was opened. */
	int64_t newest, generation;
	bool next_key;   /* conf has the fleet's next key */
	bool not_opened; /* the last operation found no open store */
	bool busy;       /* it was not done, as the server is busy */
	bool stale;      /* twofa.conf has changed since: conf enrols no user */
	/* frame_clock_ms() when it saw that a file has changed since, or 0 */
	int64_t changed_at;
	/* of a login that has begun: the reply says by then what became of its
	 * request; or 0 */
	int64_t until;
	/* why broker_store_sync() failed, until a reply says so; or "" */
	char unsynced[STORE_CAUSE_MAX];
	/* frame_clock_ms() of the last operation and of the one before; both
	 * now if the store was just opened */
	int64_t used, used_before;
	uint64_t ops, refused; /* requests */
};

/* Where a request is done. */
struct broker_lane {
	struct broker_context context;
	struct broker_frame question; /* then the reply's */
	struct broker_request request;
	struct broker_reply reply;
	int64_t since; /* when the request came */
	int64_t
	    until; /* what was not done is asked again if that ends by then */
	bool again;
};

/* An operation that is running. */
struct broker_op_call {
	enum broker_op op;
	struct broker_context *context;
	struct store *s;
	struct broker_session *session;
	const struct broker_request *request;
	struct broker_reply *reply;
	/* the guess of the request, or NULL */
	const struct store_counted *back;
	struct store_counted counted;
	bool first;      /* its connection had no ids before */
	const char *why; /* why the operation is refused; for the log */
	bool failed;     /* the store failed */
};

/* broker.c: the process of either kind, with its connections. */

struct broker_kind {
	size_t size; /* of its struct for a connection; zeroed */
	bool lanes;  /* has threads for requests: gets higher limits */
	bool (*accept)(struct broker_peer *); /* false to refuse; may be NULL */
	void (*drop)(struct broker_peer *);   /* may be NULL */
	/* answers one that waits for a reply: to ask again; may be NULL */
	void (*cut)(struct broker_peer *);
	/* reads a request; false ends the connection */
	bool (*serve)(struct broker_peer *);
	int64_t (*next_tick)(void);    /* when it has work; frame_clock_ms() */
	void (*tick)(int64_t now);     /* after each round */
	bool (*set_up)(size_t number); /* false, logged */
	void (*key)(size_t provider, const unsigned char key[BROKER_KEY_LEN]);
	void (*end)(void);
	/* like broker_poll(), which NULL stands for */
	int (*wait)(struct pollfd *, size_t count, int64_t until);
};

extern const struct broker_kind broker_provider; /* broker_provider.c */

/* Runs a broker of that kind; returns the exit status, as broker_run(). */
int broker_run_kind(const struct broker_kind *, size_t number);

/* Time of the last request or end of a login; number of connections now and in
 * all; true if the listener still sends it connections. */
int64_t broker_idle_since(void);
void broker_connection_counts(int64_t *now, int64_t *all);
bool broker_takes_connections(void);
int64_t broker_earlier_time(int64_t a, int64_t b);
/* Like poll(), but until an instant; INT64_MAX for no timeout. */
int broker_poll(struct pollfd *, size_t count, int64_t until);
/* Sends a byte to the listener; reads all messages from it, also called while
 * an operation waits. */
void broker_control_write_byte(char word);
/* For log_set_relay(): sends a line to the listener, also after that has sent
 * its last connection. Without a listener it is lost. */
void broker_control_write_line(
    int level, const char *subject, const char *line);
void broker_control_read_messages(void);
/* Handles SIGALRM from then on: a broker forks nobody and has no alarm. */
void broker_control_handle_alarm(void);

/* broker_begin.c: BEGIN, which this broker reads itself. */

/* Receives BEGIN, if it has come, and passes it on to the worker. Returns false
 * if the connection is to be closed. */
bool broker_begin_take(
    struct broker_session *, const struct settings *, struct broker_frame *);
/* Sets the session's begin to a copy of the frame. Sets begun if it is valid,
 * and the login may ask about that user. False if out of memory. */
bool broker_begin_set(struct broker_session *, const struct settings *,
    const void *bytes, size_t len);
/* Sets address, source and most of the session's begin, once. */
void broker_begin_apply_rules(struct broker_session *, const struct settings *);
/* The caller of su, if a rule may ask for that one's factor; or NULL. Not
 * before broker_begin_apply_rules(). */
const char *broker_begin_caller(const struct broker_session *);
/* Wipes and frees it. */
void broker_begin_free(struct broker_session *);

/* broker_record.c: users' records, as this broker reads them itself. */

/* The people of a shared account, which the caller frees; or NULL. Sets failed
 * in the call in an outage of the state. */
struct user_people *broker_record_people(
    struct broker_op_call *, const char *account);
/* Reads the session's record: the account's, or that of one of its people. It
 * is empty unless USER_FOUND and enabled. */
enum user_result broker_record_read(
    struct broker_op_call *, const char *account, struct user_person *);
/* True if this account has no record, its own or another's. */
bool broker_record_is_absent(struct broker_op_call *, const char *account);
/* Notes the file: who removes and writes a record again, like before or not,
 * ends a change that somebody has begun. */
void broker_record_note_file(
    const struct settings *, const char *account, struct broker_record_file *);
/* Reads the account's record again, and what the state has of it: NULL for
 * nothing; valid until broker_record_free(). */
enum user_result broker_record_again(struct broker_op_call *,
    const char *account, struct user_record *, const char **in_state);
/* Ends for good what an admin's phones or apps have replaced. */
void broker_record_end_overruled(struct broker_op_call *);
int64_t broker_op_give_record(struct broker_op_call *);
/* Wipes and frees the texts that were read from the state. */
void broker_record_free(struct broker_session *);

/* broker_bind.c */
int64_t broker_op_bind(struct broker_op_call *);
int64_t broker_op_note_decoy(struct broker_op_call *);

/* broker_enrol.c: a user without a record enrols at a login, or changes the
 * phone, the app or the recovery codes by twofactl self. All that counts this
 * broker knows itself: the first factor by BEGIN, the day, the service and the
 * numbers by its settings, that there is no record by reading, the proof of the
 * number by receipts or its own comparison. */

/* At BIND, with the session's record. */
void broker_enrol_bind(struct broker_op_call *);
/* True if BEGIN is needed after BIND. */
bool broker_enrol_may_follow(
    const struct broker_session *, const struct settings *);
/* The limits of its messages. */
struct limits_of_sends broker_enrol_limits(
    const struct broker_session *, const struct settings *);
/* Notes the result of store_row_finish(), and returns it. */
int broker_enrol_note_finished(
    struct broker_session *, enum method, int result);
/* After the state was opened: makes SETTINGS_ENROLLED_FILE if it is missing. */
void broker_enrol_keep_file(const struct settings *, struct store *);
/* False if no more codes of the app that enrols are compared. */
bool broker_enrol_takes_code(struct broker_session *);
int64_t broker_op_enrol_open(struct broker_op_call *);
int64_t broker_op_enrol_secret(struct broker_op_call *);
int64_t broker_op_enrol_commit(struct broker_op_call *);

/* broker_bounds.c: the limits of a login, whatever its worker says. */

/* True for the name under which this login's pushes count. */
bool broker_bounds_is_push(
    const struct broker_session *, const char *counted_as);
/* True for one of the receivers of its record; NULL: if there is one. A decoy
 * has none, nor has a user who is not enrolled: no code is right there, and
 * nothing may be counted for others. */
bool broker_bounds_is_receiver(const struct broker_session *, const char *text);
/* Returns the phone's index in the record, or USER_PHONES_MAX. */
size_t broker_bounds_phone(const struct broker_session *, const char *text);
/* True for two phones of the record that have one number: a message counts for
 * the first of these. */
bool broker_bounds_is_same_phone(
    const struct broker_session *, size_t one, size_t other);
/* True if another phone of the record has this one's number. */
bool broker_bounds_has_twice(const struct broker_session *, size_t at);
/* The owner of the session's verifications: an enrolment's are apart, so that
 * the owner of the number can end them. */
const char *broker_bounds_owner(const struct broker_session *);
/* The next four functions return true; or false, after setting why in the
 * call to the reason for the log. */

/* True for one of these receivers, for the names under which pushes and decoys
 * count, and for NULL. */
bool broker_bounds_allow_receiver(
    struct broker_op_call *, const char *receiver);
/* True for the one of these as which messages count, whatever they are sent to
 * (reach_counting_receiver), and for those names. */
bool broker_bounds_allow_counting(
    struct broker_op_call *, const char *counted_as);
/* True for a method of its rule and of these; a push is any approval. */
bool broker_bounds_accepts(
    const struct broker_session *, enum method, unsigned methods);
/* True for a channel of its record, if this is one of codes. */
bool broker_bounds_has_channel(const struct broker_session *, enum method);
/* True for a method of its rule and, of codes, a channel of its record. */
bool broker_bounds_counts(const struct broker_session *, enum method);
/* True for an app or account of its record at this provider, if the method is
 * one of those. */
bool broker_bounds_has_app(
    const struct broker_session *, const struct provider_conf *, enum method);
/* Like store_recovery_claim(), of those of the request's codes that its rule
 * accepts by what they are for, as the state has that. */
int broker_bounds_claim_code(
    struct broker_op_call *, const struct store_right *);
/* True if all its receivers are allowed. Shortens the time of its start, but
 * not to 0: only this broker says who has died (broker_held.c). */
bool broker_bounds_limit_candidate(
    struct broker_op_call *, struct store_candidate *);

/* The longest time that a verification of these settings is open. */
int64_t broker_bounds_life_max_ms(const struct settings *);
/* Shortens times to that. */
void broker_bounds_limit_started(
    const struct settings *, struct store_started *);
/* How the message counts: as said, next to one that may arrive, or like any
 * other. */
enum store_carried broker_bounds_carried(
    const struct broker_session *, enum store_carried said);

/* Adds the time since began, frame_clock_ms(), to the model of decoys: by this
 * broker's own clock, as workers could make decoys slower. */
void broker_bounds_note_duration(
    const struct broker_op_call *, enum latency_kind, int64_t began);

/* broker_ticket.c: a ticket is valid for one call, of the login it names, to
 * the receivers that its login was bound to. A receipt attests to the state
 * broker that the call was done, or is known not to have been. */

enum broker_receipt {
	BROKER_UNSURE = 0, /* only the request id is known */
	BROKER_NOT_DONE,
	BROKER_DONE,
	/* like UNSURE, of a message: its worker gave it less time than the
	 * provider's timeout */
	BROKER_HURRIED,
	/* added to all but DONE: the provider was silent for so long that
	 * others may be asked first; it has replied that it is out of order */
	BROKER_SILENT = 4,
	BROKER_DOWN = 8,
	BROKER_RECEIPT_MAX = 15,
};

/* Of the texts of a call: phone, email, identity, factor, account, receiver,
 * user, service, address, language, the provider's settings as named below;
 * NULL is "". */
#define BROKER_TEXTS 11
void broker_ticket_digest(
    const char *const text[BROKER_TEXTS], unsigned char out[BROKER_MAC_LEN]);
/* Names those by which the state broker judges a provider's receipts: its type,
 * which may compare less than another one of that name, its methods, whether it
 * sends to the user's receiver, whether this is a rehearsal, in which nothing
 * is remembered, and whose accounts it asks about, by which claim. They may
 * have changed since, at one of the two brokers. Of an alert, by which a
 * phone's owner is told: the receiver, and the rehearsal. */
void broker_ticket_name_settings(const struct settings *,
    const struct provider_conf *, bool alert,
    char out[BROKER_CALL_TEXT_MAX + 1]);
/* Of a call to provider `of` of the settings for that phone of the session's
 * record; or of an alert by it, which names the user that it is bound to. */
void broker_ticket_digest_call(const struct broker_session *,
    const struct settings *, size_t phone, size_t of, bool alert,
    unsigned char out[BROKER_MAC_LEN]);
/* True for the message of a locally generated code: the provider broker and the
 * state broker make the same, for this one ticket, and its worker none. The
 * caller wipes it. */
bool broker_ticket_sends_own_code(
    const struct provider_type *, const struct broker_call *);
void broker_ticket_make_code(const unsigned char key[BROKER_KEY_LEN],
    int64_t login, int64_t serial, unsigned digits,
    char code[PROVIDER_CODE_MAX + 1]);
/* True if c->mac is the ticket of this call. */
bool broker_ticket_is_valid(const unsigned char key[BROKER_KEY_LEN],
    int64_t login, const struct broker_call *);
enum broker_receipt broker_receipt_from_outcome(enum provider_call_kind,
    enum outcome, bool maybe_sent, const struct provider_ctx *);
void broker_receipt_make(const unsigned char key[BROKER_KEY_LEN], int64_t login,
    const struct broker_call *, unsigned receipt,
    unsigned char mac[BROKER_MAC_LEN]);
/* True, once, if the newest receipt, of a moment ago, says that the provider
 * was silent. */
bool broker_ticket_was_silent(const struct broker_op_call *);
/* True if the verification of this provider that a request ends was confirmed.
 * Never without a receiver. */
bool broker_ticket_may_end_verification(
    const struct broker_op_call *, size_t of, enum method);
/* True, once, after this provider's receipt of a right code of an app. */
bool broker_ticket_takes_app_code(const struct broker_op_call *, size_t of);
/* Notes the verification of a right code, "" once it is used up; and by which
 * method its row had it. */
void broker_ticket_note_right(
    struct broker_session *, size_t of, const char *request_id, enum method by);
/* Notes a message that was counted, for one ticket. Without space it stays
 * counted, and cannot be sent. */
void broker_ticket_note_message(
    struct broker_session *, const struct broker_message *);
/* True if that message has no ticket; then it gets none. */
bool broker_ticket_drop_message(struct broker_session *, int64_t id);
int64_t broker_op_issue_ticket(struct broker_op_call *);
int64_t broker_op_accept_receipt(struct broker_op_call *);

/* broker_handle.c: the rows, messages, verifications and guesses that a
 * connection may name. Rows and messages are numbered separately, so a
 * message's id is negative. */

/* Returns the provider's index in the settings, or SETTINGS_PROVIDERS_MAX. */
size_t broker_handle_find_provider(const struct settings *, const char *name);
/* Allows the session to ask the provider about this verification, and returns
 * it; or NULL if its id is "", was made here, or is another Authy user's.
 * METHOD_NONE: as it was. */
struct broker_verification *broker_handle_allow_verification(
    struct broker_session *, size_t of, const char *request_id, enum method);
/* Returns the verification if the session may ask about it, or NULL. */
struct broker_verification *broker_handle_find_verification(
    struct broker_session *, size_t of, const char *request_id);
void broker_handle_issue_message(struct broker_session *, int64_t id);
/* Also its verification at the provider. Sets foreign if it is outdated. */
void broker_handle_issue_row(struct broker_op_call *, struct store_row *);
/* Returns the handle of a row or, by its negative id, a message; or NULL. */
struct broker_handle *broker_handle_find(struct broker_session *, int64_t id);
/* True for another login's row of before the provider's credential changed: its
 * broker had the former one, may have been taken over, and alone knows where
 * the codes went. */
bool broker_handle_row_is_outdated(
    const struct broker_op_call *, size_t of, const struct store_row *);
/* Returns the index of the row's provider as the state has it, which the worker
 * does not choose; or SETTINGS_PROVIDERS_MAX. */
size_t broker_handle_row_provider(struct broker_session *, int64_t row);
/* The method of a row as it is now, if its login does not take codes by each
 * that its provider has: another login may have changed its message. Sets
 * failed in the call. */
enum method broker_handle_renew_method(struct broker_op_call *);
/* Keeps a guess, and the row of its try; or NULL. Returns its number, or 0 if
 * it was not counted. */
int64_t broker_handle_issue_guess(struct broker_op_call *,
    const struct store_guess_token *, const struct store_row *);
/* Returns the newest guess with a try of this row, or NULL. */
struct broker_guess *broker_handle_find_try(
    struct broker_session *, int64_t row);
/* Uses that try up for one code of its row, and returns it; or NULL if no code
 * may be compared or checked for it. */
struct broker_guess *broker_handle_use_try(
    struct broker_session *, int64_t row);
/* True if the request names only what it was given, and adds no row that
 * its login may not add: of a decoy that is not noted, or of a guess for a user
 * without a factor; else sets why. Sets back to its guess, unless that was
 * taken back already, or as many as are kept, or a code was compared for each
 * (another guess takes the place of an app's, once, nevertheless); nor for
 * REFUND without a try of that row, or after the code of that try was compared.
 */
bool broker_handle_allows(struct broker_op_call *);
/* Notes whether an operation with this result may have taken its guess back. */
void broker_handle_note_return(const struct broker_op_call *, int64_t result);

/* broker_row.c: where a row is, and where its codes went. */

/* True for a next message of what a provider's broker of before may have begun,
 * as the settings have changed since: it would be one of now for those who come
 * later (broker_handle_row_is_outdated). */
bool broker_row_is_of_before(const struct broker_op_call *, size_t of);
/* True if a next message goes to the phone that it counts for. Else sets why,
 * or failed. */
bool broker_row_allows_next(struct broker_op_call *, size_t of);
/* STARTED: of a verification and method that a receipt attests. */
int64_t broker_op_note_started(struct broker_op_call *);
/* Returns 1 if a right code of this row counts for the login: it went to a
 * receiver that its record has and keeps; 0 if not; or -1. */
int broker_row_may_finish(struct broker_op_call *, size_t of, enum method);

/* broker_held.c: the rows that a login is starting or replacing. */

/* Like store_claim_or_dry_run() and store_begin(), past a row whose holder has
 * died, of any user: it becomes unknown, or is removed if that is noted; and of
 * root's services past one that a login at user.sock holds without a ticket, or
 * for long. */
enum store_claim broker_held_claim(struct broker_op_call *,
    struct store_candidate, bool dry_run, struct store_row *);
int broker_held_begin(
    struct broker_op_call *, const struct store_begin *, struct store_begun *);

/* Notes what an operation with this result made of them. */
void broker_held_note(const struct broker_op_call *, int64_t result);
bool broker_held_any(const struct broker_session *);
/* False, with why, if the operation may take a row, and no more are noted. One
 * that is over stays noted until its login says so; one that is not noted would
 * never be given up. */
bool broker_held_allows(struct broker_op_call *);
/* Forgets a login whose connection has ended; notes that nothing was sent for a
 * start of which a server did not say in time whether it was done. */
void broker_held_note_left(const struct broker_session *);
/* Gives up a row that it starts or replaces: removes a start for which no
 * ticket was issued, and ends a replacement likewise, so that the old code is
 * valid again; otherwise a message may have been sent, and the row becomes
 * unknown, which the worker alone may not say. Returns 0 or -1. */
int broker_held_leave(struct store *, struct broker_session *, int64_t id);
/* Gives up all rows that the login starts or replaces, as its connection has
 * ended. */
void broker_held_end(struct broker_context *, struct broker_session *);

/* broker_client.c, for broker_calls.c */

/* Requests an operation of the open store. Returns its result, or -1. */
int64_t broker_client_request(
    enum broker_op, const struct broker_request *, struct broker_reply *);
/* For one without a reply: after one that is refused, the next request fails.
 */
void broker_client_send(enum broker_op, const struct broker_request *);

/* broker_ops.c: the operations, checked and done. */

/* Does the requested operation, opening the store if necessary. Returns false,
 * with a reason for the log in *why, if the session may not request it: its
 * connection is to be closed. After a failure the store is closed, so that the
 * next operation checks the file or server again. */
bool broker_op_run(struct broker_context *, struct broker_session *,
    enum broker_op, const struct broker_request *, struct broker_reply *,
    const char **why);

/* broker_lanes.c: the lanes of a state at servers. In each a thread does one
 * request, by a connection of its own, so that a login that waits for a server,
 * or for a row that another host holds, holds up no other login. One thread
 * runs at a time, until it waits for a server (store_wait). Requests of root's
 * services come first; half of the lanes is theirs. A busy operation makes room
 * for others, and is repeated for 5 s. */

/* With those of the broker before, no more than a host's role may have. */
#define BROKER_LANES 24
/* answer() does and answers the request in question; false ends the connection.
 * Each lane takes a copy of the context. */
void broker_lanes_start(const struct broker_context *,
    bool (*answer)(struct broker_lane *, struct broker_session *));
/* Takes a request; false if out of memory. */
bool broker_lanes_take(struct broker_session *, const struct broker_frame *);
/* The login has left: what it held is ended. */
void broker_lanes_drop(struct broker_session *);
/* Like broker_poll(), also until a lane has ended; p has room for one more. */
int broker_lanes_poll(struct pollfd *p, size_t count, int64_t until);
/* close_at: when all connections are to be closed. */
int64_t broker_lanes_next_tick(int64_t close_at);
/* Closes all connections, if they are idle; else those but one, 2 s after their
 * last request. Adds to the context's numbers of requests. */
void broker_lanes_tick(struct broker_context *, bool idle);

/* broker_settings.c: the settings and the open store, and whether the files
 * have changed since. */

#define BROKER_NAME "twofa-broker" /* process name */

/* Returns false, logged, if the settings cannot be read. */
bool broker_settings_load(struct broker_context *);
/* Returns the settings with no other provider's credentials; NULL, logged, if
 * they cannot be read, or if they have no such provider. */
struct settings *broker_settings_load_provider(size_t provider);
/* True if a configuration file was changed or replaced: a new process has to
 * read them. At the state broker also if one of a provider was. */
bool broker_settings_are_stale(void);
/* The same of twofa.conf alone. */
bool broker_settings_file_is_stale(void);
/* True if this is the same file, unchanged. */
bool broker_settings_are_same(const struct stat *, const struct stat *);
/* Returns a descriptor that can be read when a file in one of their folders was
 * written or replaced; or -1, logged. */
int broker_settings_watch(void);
/* True if the state file was replaced (as by a backup), removed or truncated,
 * or has another owner or mode: it has to be reopened, with all checks. */
bool broker_store_file_was_replaced(struct broker_context *);

/* True if no state server can be reached, for other logins as well. False if
 * this login's deadline was what ended the connection. */
bool broker_store_met_outage(const struct broker_context *,
    const struct broker_session *, const struct broker_reply *);
/* Opens the store if necessary, and sets this login's session. Returns false
 * with the cause. */
bool broker_store_open(struct broker_context *, const struct broker_session *,
    char cause[STORE_CAUSE_MAX]);
void broker_store_close(struct broker_context *);
/* Like store_sync(), also before a close. False: unsynced has the cause. */
bool broker_store_sync(struct broker_context *);

/* broker_status.c: writes the status file, at most once in 10 s; the age in
 * number is the start time. Returns when to call it again, or INT64_MAX. */
int64_t broker_status_write(const char *state_dir,
    const int64_t number[ITEM_BROKER_NUMBERS], int64_t now);
/* Removes the status file, unless it is a successor's. */
void broker_status_remove(const char *state_dir);

#endif
