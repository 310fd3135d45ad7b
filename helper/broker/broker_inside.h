/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What crosses between a copy of the listening helper and its keepers: one
 * table of acts, by which both sides write, read and check. For the files of
 * this room.
 */
#ifndef TWOFA_BROKER_INSIDE_H
#define TWOFA_BROKER_INSIDE_H

#include "helper/broker/broker.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/store/store_fleet.h"

/* The steps of a login, as store.h has them. Each act's name, the fields of its
 * question and of its answer (broker_messages.c), and who does it. */
/* clang-format off */
#define BROKER_OP_TABLE(X) \
	/* once, first */ \
	X(OPEN, "open", q_open, a_none, do_open) \
	/* store_record_read; before BIND only */ \
	X(RECORD, "record", q_record, a_record, do_record) \
	/* store_bind, once; all below come after it */ \
	X(BIND, "bind", q_bind, a_none, do_bind) \
	X(BEGIN, "begin", q_begin, a_begin, do_begin) \
	X(CLAIM, "claim", q_claim, a_row, do_claim) \
	X(STARTED, "started", q_started, a_none, do_started) \
	X(NUMBER_FREE, "number_free", q_number, a_none, do_number_is_unclaimed) \
	X(UNSENT, "unsent", q_row, a_none, do_unsent) \
	X(UNKNOWN, "unknown", q_row, a_none, do_unknown) \
	X(CODE_RIGHT, "code_right", q_right, a_none, do_code_right) \
	X(MAC, "mac", q_mac, a_mac, do_mac) \
	X(LOOK, "look", q_row, a_row, do_look) \
	X(REFUND, "refund", q_refund, a_none, do_refund) \
	X(FINISH, "finish", q_finish, a_none, do_finish) \
	X(SPEND, "spend", q_spend, a_none, do_spend) \
	X(END, "end", q_request, a_none, do_end) \
	X(REPLACE, "replace", q_replace, a_none, do_replace) \
	X(HOLDS, "holds", q_row, a_none, do_holds) \
	X(DROP, "drop", q_row, a_none, do_drop) \
	X(RESTORE, "restore", q_row, a_none, do_restore) \
	X(GUESS_TAKE, "guess_take", q_none, a_guess, do_guess_take) \
	X(GUESS_LOOK, "guess_look", q_none, a_look, do_guess_look) \
	X(GUESS_REFUND, "guess_refund", q_guess, a_none, do_guess_refund) \
	X(REFUSE, "refuse", q_refuse, a_none, do_refuse) \
	X(ATTEMPT, "attempt", q_attempt, a_attempt, do_attempt) \
	X(SEND_TAKE, "send_take", q_message, a_message, do_send_take) \
	X(SEND_REFUND, "send_refund", q_row, a_none, do_send_refund) \
	X(RECOVERY_LIST, "recovery_list", q_none, a_list, do_recovery_list) \
	X(RECOVERY_CLAIM, "recovery_claim", q_recovery, a_left, do_recovery_claim) \
	X(RECOVERY_LEFT, "recovery_left", q_left, a_none, do_recovery_left) \
	X(TOTP, "totp_attempt", q_totp, a_totp, do_totp) \
	X(CODE_CLAIM, "code_claim", q_code, a_none, do_code_claim) \
	X(CODE_RECENT, "code_recent", q_recent, a_none, do_code_recent) \
	X(PASS_OVER, "pass_over", q_pass, a_none, do_pass_over) \
	X(PASSED, "passed", q_passed, a_passed, do_passed_left) \
	X(DECOY, "decoy", q_decoy, a_none, do_decoy) \
	X(NOOP, "noop", q_none, a_none, do_noop) \
	/* for a call to a provider */ \
	X(TICKET, "ticket", q_ticket, a_ticket, broker_op_ticket) \
	/* what its keeper says of it */ \
	X(RECEIPT, "receipt", q_receipt, a_none, broker_op_receipt) \
	/* at a provider's keeper, and nothing else there */ \
	X(CALL, "call", q_call, a_call, do_call)
/* clang-format on */

#define BROKER_OP_VALUE(act, name, question, answer, does) BROKER_##act,
enum broker_op {
	BROKER_NO_OP = 0,
	BROKER_OP_TABLE(BROKER_OP_VALUE) BROKER_OPS
};

#define BROKER_KEY_LEN 32
#define BROKER_MAC_LEN 32

/* A call to a provider: what provider_call.c does, done by its keeper. */
struct broker_call {
	enum provider_call_kind kind;
	struct provider_ctx ctx; /* the table has what crosses of it */
	const char *code;        /* CALL_CHECK: typed; else NULL */
	int64_t ms;              /* until the deadline */
	enum outcome polled;     /* struct provider_call */
	/* the ticket, or the receipt */
	int64_t serial;
	unsigned char to[BROKER_MAC_LEN]; /* does not cross */
	unsigned char mac[BROKER_MAC_LEN];
};

/* What came of it. */
struct broker_call_result {
	enum outcome outcome, polled;
	bool maybe_sent, unresolved, stalled;
	struct provider_call_facts told;
	char request_id[PROVIDER_ID_MAX + 1];
	enum http_fate fate;
	int64_t status, retry_after_s, took_ms;
	int receipt; /* enum broker_receipt, with answer's mac */
};

/* What a copy asks. Which fields cross is in the table (broker_messages.c); all
 * others are zero. Texts and bytes point into the frame. */
struct broker_request {
	int64_t id;
	const char *request_id, *number, *user, *where;
	int64_t ms; /* of a time */
	/* the number that the keeper gave a guess it counted; 0: none */
	int64_t guess;
	bool flag;
	struct store_bound bound;
	struct store_begin begin;
	struct store_candidate claim;
	struct store_started started;
	struct store_send_key message;
	unsigned tries;
	/* of a right code */
	bool coded;
	struct store_code code;
	enum method method;
	const char *provider;
	int64_t send, price;
	size_t hashes;
	struct store_recovery hash[STORE_CODES_MAX];
	const unsigned char *secret;
	int64_t step;
	bool uses;
	struct store_used_step used;
	struct broker_call call; /* with provider */
};

/* What the keeper answers: first how it went, as store_failure and store_cause
 * have it, then the act's own. */
struct broker_reply {
	int64_t result;
	int failure; /* enum store_failure */
	bool keyless;
	char cause[STORE_CAUSE_MAX];
	char server[STORE_SPENT_MAX]; /* that answered; "": none */
	struct store_row row;
	struct store_begun begun;
	char which[SETTINGS_NAME_MAX];
	char *text; /* of a record; the reader frees it, "": there is none */
	int64_t id, wait_s, left_ms, guess;
	unsigned left;
	int claimed;
	bool locked;  /* the guess locks something */
	bool refused; /* a denial made the lock */
	enum store_guess guessed;
	enum store_try tried;
	unsigned char mac[HOST_KEY_LEN];
	size_t hashes;
	struct store_recovery hash[STORE_CODES_MAX], recovery;
	struct store_used_step used;
	struct broker_call_result said;
};

/* The longest frame: a record of a user, or eight providers' receivers. */
#define BROKER_FRAME_MAX 65536
#define BROKER_RECORD_MAX 60000

/* A frame that is written or read from the beginning. */
struct broker_frame {
	size_t used, at;
	bool bad; /* too long to write; or not what the table has */
	unsigned char b[BROKER_FRAME_MAX];
};

/* Write an act's question or answer, field by field; false: something is longer
 * than the table allows. Read one; false: it is not exactly what the table has:
 * another length, a number or text beyond its limits, something left over. What
 * was read points into the frame. */
bool broker_request_write(
    struct broker_frame *, enum broker_op, const struct broker_request *);
/* BROKER_NO_OP: it is none of them. */
enum broker_op broker_request_read(
    struct broker_frame *, struct broker_request *);
bool broker_reply_write(
    struct broker_frame *, enum broker_op, const struct broker_reply *);
bool broker_reply_read(
    struct broker_frame *, enum broker_op, struct broker_reply *);
void broker_frame_wipe(struct broker_frame *);
/* Wait for one until then (frame_clock_ms). Its length; 0: it is closed, or the
 * time is up; -1: it cannot be read. */
ssize_t broker_frame_receive(struct broker_frame *, int fd, int64_t until);

/* For a line in the log. */
const char *broker_op_name(enum broker_op);

/*
 * broker_slot.c: what the control socket carries, to a keeper with at most
 * one descriptor. A keeper answers with one byte alone.
 */

#define BROKER_CONTROL 3 /* the keeper's descriptor of it */
/* How one ends that could not read its settings. No login can, and each is
 * denied. */
#define BROKER_NO_SETTINGS 78

enum broker_control_byte {
	BROKER_TAKE = 1,  /* a copy's connection */
	BROKER_SUCCESSOR, /* the successor's control socket */
	BROKER_KEY,       /* for the tickets of provider number uid */
	BROKER_PING,
	/* of the keeper's */
	BROKER_ALIVE = 'a',
	BROKER_STALE = 's',     /* its settings are not the files' any more */
	BROKER_IDLE = 'i',      /* no question came for 10 minutes */
	BROKER_PROVIDERS = 'A', /* and their number */
};

struct broker_control_message {
	int64_t kind, uid, pid;
	int64_t login; /* random: the same to all keepers */
	int64_t asks;  /* bits: of the providers whose keepers it asks */
	unsigned char key[BROKER_KEY_LEN]; /* of BROKER_KEY */
};

/* Neither waits. fd: -1 for none. Receiving: 1; 0: there is nothing now; -1:
 * the other end is closed, or has sent what it should not. */
bool broker_control_send(int to, const struct broker_control_message *, int fd);
int broker_control_receive(int from, struct broker_control_message *, int *fd);

/* Of one login; more while it waits for another one, asking again and again. */
#define BROKER_REQUESTS_MAX 200
#define BROKER_REQUESTS_PER_S 25
/* A connection to a server that was used within it is taken to stand. */
#define BROKER_TRUST_MS 2000
#define BROKER_IDS_MAX 96 /* rows and messages that it was told of */
#define BROKER_GUESSES_MAX 8
#define BROKER_REQUEST_IDS_MAX 16
/* The most that a reply's price may add for one message, in millionths. */
#define BROKER_PRICE_MAX 10000000
#define BROKER_SPEND_MAX_MS INT64_C(86400000)

/* One connection: a login. The first member of what a keeper has of it. */
struct broker_peer {
	int fd;
	uid_t uid; /* of the service that asked; from the parent */
	pid_t pid; /* of its copy; from the parent */
	int64_t
	    process;   /* store_session_process_of; at the state keeper alone */
	int64_t login; /* by which tickets know it; from the parent */
	int64_t asks;  /* bits of providers; it calls others itself */
	int64_t began;
	bool open;  /* it has asked */
	bool waits; /* for the answer */
};

/* At the state keeper. */
struct broker_session {
	struct broker_peer peer;
	int64_t number; /* store_session_id_new, made here */
	int64_t deadline;
	bool bound, next_key;
	unsigned acts, records;
#define BROKER_BOUND_TEXTS 7
	char text[BROKER_BOUND_TEXTS][OWNER_REMEMBERED_MAX]; /* of "is" */
	unsigned char binding[STORE_REMEMBERED_LEN];
	struct store_bound is;
	size_t ids;
	int64_t id[BROKER_IDS_MAX];
	size_t guesses;  /* so many were counted; the last ones are kept */
	size_t compared; /* codes; each wants a guess */
	/* messages that were counted and not given back; sent of them */
	size_t messages, starts;
	/* the newest ticket that has no receipt yet; 0: none */
	int64_t serial, ticket;
	enum provider_call_kind ticket_kind;
	size_t requests; /* at providers; the last ones are kept */
	char request[BROKER_REQUEST_IDS_MAX][PROVIDER_ID_MAX + 1];
	char right[PROVIDER_ID_MAX + 1]; /* whose code was right; "": none */
	bool approved; /* its push, which its row has under another name */
	unsigned char to[2][BROKER_MAC_LEN]; /* broker_ticket_receivers */
	struct store_guess_token guess[BROKER_GUESSES_MAX];
};

/* The state keeper's own, for all of them. */
struct broker_context {
	unsigned char key[SETTINGS_PROVIDERS_MAX][BROKER_KEY_LEN];
	struct settings *conf;
	struct store_server server;
	struct store *store; /* NULL: not open */
	bool next_key;       /* conf has the key that the fleet will have */
	bool not_opened;     /* the last step found it shut */
	/* frame_clock_ms of the last step, and of the one before; of a store
	 * that was just opened, both are now */
	int64_t used, used_before;
	uint64_t acts, refused;
};

/* One step that is being done. */
struct broker_op_call {
	enum broker_op act;
	struct broker_context *own;
	struct store *s; /* own's */
	struct broker_session *who;
	const struct broker_request *ask;
	struct broker_reply *to;
	/* the guess that it names; NULL: none */
	const struct store_counted *back;
	struct store_counted counted;
	const char *why; /* it may not; the log says so */
	bool failed;     /* the store could not do it */
};

/* broker.c: the process of either kind, with its connections. */

struct broker_kind {
	size_t size; /* of what it has of a connection; zeroed at first */
	bool (*taken)(struct broker_peer *); /* false: not; may be NULL */
	void (*left)(struct broker_peer *);  /* may be NULL */
	/* There is a question. false: the connection is over. */
	bool (*serve)(struct broker_peer *);
	int64_t (*next)(void);         /* when to tend it; frame_clock_ms */
	void (*tend)(int64_t now);     /* after each round */
	bool (*set_up)(size_t number); /* false after a line in the log */
	void (*key)(size_t provider, const unsigned char key[BROKER_KEY_LEN]);
	void (*end)(void);
	/* as poll, until then; NULL: poll itself */
	int (*wait)(struct pollfd *, size_t count, int64_t until);
};

extern const struct broker_kind broker_provider; /* broker_provider.c */

/* Be one, to its end: broker_run. */
int broker_serve(const struct broker_kind *, size_t number);

/* When the last question came or a login ended; how many connections there are,
 * and were; whether it is still the one that gets new ones. */
int64_t broker_idle_since(void);
void broker_connection_counts(int64_t *now, int64_t *all);
bool broker_is_current(void);
int64_t broker_earlier(int64_t a, int64_t b);
/* As poll, until then; INT64_MAX: for ever. */
int broker_poll(struct pollfd *, size_t count, int64_t until);
/* One byte to the parent; all that it has sent, also while a question is
 * answered. */
void broker_control_write(char word);
void broker_control_read(void);

/*
 * broker_ticket.c: a ticket is good for one call, of the login that it names,
 * to the receivers that its login was bound to; a receipt tells the state
 * keeper that it was done, or surely was not.
 */

enum broker_receipt {
	BROKER_UNSURE = 0, /* only the request is known */
	BROKER_NOT_DONE,
	BROKER_DONE,
};

/* Those of a record, for types with push, and for others. */
void broker_ticket_receivers(
    const char *const receiver[STORE_RECEIVERS], unsigned char to[][32]);
/* Is c->mac the ticket of this call? */
bool broker_ticket_is_valid(const unsigned char key[BROKER_KEY_LEN],
    int64_t login, const struct broker_call *);
enum broker_receipt broker_receipt_from_outcome(
    enum provider_call_kind, enum outcome, bool maybe_sent);
void broker_receipt_make(const unsigned char key[BROKER_KEY_LEN], int64_t login,
    const struct broker_call *, enum broker_receipt,
    unsigned char mac[BROKER_MAC_LEN]);
/* It may ask a provider about this verification. */
void broker_ticket_allow_request(
    struct broker_session *, const char *request_id);
/* Has the verification that it ends had a yes? One that it asked a provider for
 * itself is not known here. */
bool broker_ticket_may_finish(const struct broker_op_call *);
int64_t broker_op_ticket(struct broker_op_call *);
int64_t broker_op_receipt(struct broker_op_call *);

/* broker_client.c, for broker_calls.c */

/* An act of the store that is open: its result, or -1. */
int64_t broker_client_request(
    enum broker_op, const struct broker_request *, struct broker_reply *);

/* broker_ops.c: what a copy may have done, and doing it. */

/* Do what was asked, unless this session may not: then false, with a reason for
 * the log in *why, and its connection is closed. The store is opened if it is
 * not; a step that failed leaves it closed, so that the next one looks at the
 * file or the server again. */
bool broker_op_run(struct broker_context *, struct broker_session *,
    enum broker_op, const struct broker_request *, struct broker_reply *,
    const char **why);

/*
 * broker_files.c: what it has read and has open, beside the files as they are.
 */

#define BROKER_NAME "twofa-broker" /* of the process */

/* Read the settings; false after a line in the log. */
bool broker_settings_load(struct broker_context *);
/* Those of one provider: no other one's credentials are left in them. NULL
 * after a line in the log, or if they have no such provider. */
struct settings *broker_settings_load_provider(size_t provider);
/* Is one of the files that they consist of another one now? Then another
 * process has to read them. */
bool broker_settings_are_stale(void);
/* Was the file of the state replaced, as by a backup, removed, cut, or opened
 * to others? Then it is to be opened again, with all that is checked at that.
 * Look after each step, to know a file that was just opened. */
bool broker_store_file_was_replaced(const struct broker_context *);

/* The store is open, and its steps are this connection's. false with the
 * cause. */
bool broker_store_open(struct broker_context *, const struct broker_session *,
    char cause[STORE_CAUSE_MAX]);
/* Close it. */
void broker_store_close(struct broker_context *);

/* Write the file of broker_status_read, with the time of the start for the age,
 * at most once in 10 s. When to call it again, INT64_MAX: no need. */
int64_t broker_status_write(const char *state_dir,
    const int64_t number[ITEM_BROKER_NUMBERS], int64_t now);
/* Remove it, unless a successor has put its own there. */
void broker_status_remove(const char *state_dir);

#endif
