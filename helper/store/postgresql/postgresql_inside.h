/* SPDX-License-Identifier: BSD-2-Clause */
/* What a failure of the server means for a login. */
#ifndef TWOFA_FLEET_STORE_INSIDE_H
#define TWOFA_FLEET_STORE_INSIDE_H

#include <libpq-fe.h>

#include "helper/dialogue/dialogue.h"
#include "helper/net/net.h"
#include "helper/store/store_backend.h"

enum pg_failure {
	/* It may have been done, or not: denied. */
	PG_UNKNOWN = 0,
	/* No connection, no TLS, no answer in time, shutting down, starting up
	 * or read-only: the next server is asked. Only while connecting, when
	 * nothing can have been done yet. */
	PG_OUT_OF_REACH,
	/* Too much at once; certainly not done, so again in a moment. */
	PG_BUSY,
	/* Password, certificate, schema, right: somebody has to change it. */
	PG_SETTINGS,
	PG_FINE,
};

enum pg_stage {
	PG_CONNECTING, /* up to the server's first word */
	PG_TLS,
	PG_ENTERING, /* the role, the password, the database */
	PG_ASKED,    /* a call was sent */
};

#define PG_STATE_LEN 5

/* state: the SQLSTATE that came; "": none did. text: what libpq says, for TLS,
 * whose failures have no state. */
enum pg_failure pg_failure_from(
    enum pg_stage, const char *state, const char *text);

/* The SQLSTATE in what libpq says of a connection (PQERRORS_VERBOSE), which
 * gives it nowhere else; "": there is none. */
void pg_failure_state(const char *text, char state[PG_STATE_LEN + 1]);

/*
 * libpq, loaded when a state is opened that needs it: it is not there on hosts
 * that have theirs in a file. Its functions are called as pq.PQstatus().
 */

#define PQ_FUNCTIONS(EACH)                                                     \
	EACH(PQconnectStartParams)                                             \
	EACH(PQconnectPoll)                                                    \
	EACH(PQstatus)                                                         \
	EACH(PQsocket)                                                         \
	EACH(PQfinish)                                                         \
	EACH(PQerrorMessage)                                                   \
	EACH(PQserverVersion)                                                  \
	EACH(PQsetErrorVerbosity)                                              \
	EACH(PQsetNoticeReceiver)                                              \
	EACH(PQsetnonblocking)                                                 \
	EACH(PQsendQueryParams)                                                \
	EACH(PQflush)                                                          \
	EACH(PQconsumeInput)                                                   \
	EACH(PQisBusy)                                                         \
	EACH(PQgetResult)                                                      \
	EACH(PQclear)                                                          \
	EACH(PQresultStatus)                                                   \
	EACH(PQresultErrorField)                                               \
	EACH(PQntuples)                                                        \
	EACH(PQgetvalue)                                                       \
	EACH(PQsslStruct)

struct pq {
/* A name. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define EACH(name) __typeof__(name) *name;
	PQ_FUNCTIONS(EACH)
#undef EACH
};
extern struct pq pq;
/* A function of a library that libpq itself needs, such as libssl; NULL. */
void *pg_libpq_symbol(const char *name);

/* Before any of them is called. 0, or -1: it is not installed, or too old. */
int pg_libpq_load(void);

/*
 * The store in PostgreSQL: its connection, and one call of a function there.
 * For this folder alone; all others include store.h. docs/state.md says what
 * the functions do, sql/ has them.
 */

#define PG_SCHEMA 1      /* of twofa.meta */
#define PG_LOCK_MS 1000  /* so long one waits for a lock there */
#define PG_SLOW_MS 20000 /* so long an answer about everybody may take */
#define PG_PASSWORD_LEN 64

struct store {
	STORE_STATE;
	const struct store_server *server;
	struct settings_url url;
	PGconn *conn;        /* NULL: there is none now */
	size_t at;           /* url.host that conn is to; pg_select_server */
	bool timed_out;      /* it did not answer at the last try */
	bool got_warning;    /* a WARNING came with the last answer */
	bool lock_timed_out; /* the last call waited too long for a lock */
	enum pg_failure failure;
};

/* Users' records (pg_records.c). */
extern const struct store_records pg_records;

/* Each step of the interface, as this engine takes it. */
#define OP(type, name, params, args) type pg_##name params;
STORE_OPERATIONS(OP)
#undef OP

/* A store that is connected to nothing yet, and whose server was not looked at.
 * NULL with the cause (pg_store.c). */
struct store *pg_new(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void pg_free(struct store *); /* NULL, too */
/* The steps are another session's now. */
void pg_set_session(struct store *, const struct store_session *);
/* store_hosts (pg_admin.c). */
int pg_hosts(struct store *, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day));
void pg_health(const char *where, const struct store_session *, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *));

/* This one of url's hosts is asked from now on, and named in causes. */
void pg_select_server(struct store *, size_t at);

/* The role that this host is there. */
#define PG_ROLE_MAX (STORE_HOST_MAX + 8)
void pg_role(const struct store *, char out[PG_ROLE_MAX]);

/* Connect to the first server that takes us for its host, unless that is done.
 * 0, or -1 with failure and cause (pg_connect.c). */
int pg_connect(struct store *);
void pg_disconnect(struct store *);
/* The file contact in state_dir: when a server let this host in last. One that
 * answered a moment ago and is silent now has too much to do, as when somebody
 * begins many logins at once; that is no outage. Who cannot keep the file has
 * no such moment (pg_resolve.c). */
void pg_contact_touch(const char *dir);
/* A file in state_dir. -1: it is not there, or is no file. */
bool pg_contact_is_recent(const char *dir); /* within that time? */
/* Do, or did a moment ago, so many logins of this host connect that a server
 * which is fine is silent? The same file has it. Between begin and end; who
 * cannot keep the file is in no crowd. */
void pg_load_enter(const char *dir);
bool pg_load_is_high(void);
void pg_load_leave(void);
/* Was this process stopped while it connected? Then the server may be fine, and
 * who stopped it must not choose which state judges. Each wait ends at what
 * pg_stall_next_deadline says of its deadline, and pg_stall_note_input is told
 * of what came: somebody may stop it for less than a round, again and again. */
void pg_stall_begin(void);
int64_t pg_stall_next_deadline(int64_t deadline);
void pg_stall_note_input(int fd);
bool pg_stall_was_longer(int64_t most_ms);
/* Wait for the connection's socket. events: as of poll. false: not until the
 * deadline (frame_clock_ms). */
bool pg_wait(PGconn *, short events, int64_t deadline);

/* The first addresses of a server by its name, in the name service's order,
 * asked until the deadline and no longer; or those of last time, from dir
 * (pg_resolve.c). PG_FINE; or PG_BUSY and why there is none: that is no outage,
 * since no server was asked. */
#define PG_ADDRESSES 4
#define PG_ADDRESS_MAX 64
#define PG_NO_NAME "its name is not resolved: " /* behind that: why */
struct pg_addresses {
	size_t count;
	struct address_check asked;
	bool half; /* its name may have others, of the other family */
	char text[PG_ADDRESSES][PG_ADDRESS_MAX];
};
enum pg_failure pg_resolve(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *, const char **why);

/* A call. The arguments come in their order; what is too long for text is an
 * error of pg_run. Whose session it is comes first, by itself. */
#define PG_ARGUMENTS 20
#define PG_TEXT_MAX 12288
struct pg_call {
	struct store *s;
	char function[32];  /* of twofa_v1 */
	const char *select; /* what of its answer; "*" as at first */
	bool idempotent;    /* asked twice it does nothing twice: so it is asked
			     * once    more where its fate is not known */
	bool slow;          /* about everybody: it may take PG_WHOLE_MS */
	bool too_long;      /* text is too short */
	int count;
	int parts; /* of the last argument */
	const char *value[PG_ARGUMENTS];
	char text[PG_TEXT_MAX];
	size_t used;
	PGresult *result;
};

void pg_call_begin(struct pg_call *, struct store *, const char *function);
/* "FUNCTION(%s, %jd)": with its first arguments, which the compiler checks as
 * those of printf. %s, where NULL is SQL's NULL, %d, %u, and %jd for an
 * int64_t. Returns the call. */
struct pg_call *pg_call_open(struct pg_call *, struct store *, const char *call,
    ...) __attribute__((format(printf, 3, 4)));
/* More of them. */
void pg_put(struct pg_call *, const char *values, ...)
    __attribute__((format(printf, 2, 3)));
void pg_null(struct pg_call *);
/* One that may be longer than text and stays till pg_call_close. */
void pg_long_text(struct pg_call *, const char *);
void pg_bytes(struct pg_call *, const void *, size_t len);
/* One that has parts: a row's columns, or the elements of an array. */
void pg_array_begin(struct pg_call *);
void pg_array_put(struct pg_call *, const char *values, ...)
    __attribute__((format(printf, 2, 3)));
void pg_array_put_bytes(struct pg_call *, const void *, size_t len);
void pg_array_end(struct pg_call *);
/* Rows that the interface has structs for (pg_call.c). */
void pg_limits(struct pg_call *, const struct limits_of_guesses *);
void pg_counted(struct pg_call *, const struct store_counted *);
void pg_right(struct pg_call *, const struct store_right *);
void pg_message(struct pg_call *, const struct store_send_key *,
    const char *number, const struct limits_of_sends *);

/* Ask. How many rows came, or -1 with the cause. In both cases
 * pg_call_close. */
int pg_run(struct pg_call *);
void pg_call_close(struct pg_call *);
/* Ask for one number, and close. It, or -1. */
int64_t pg_value(struct pg_call *);
/* The same of a whole call; again: one that may be repeated. */
int64_t pg_value_idempotent(struct pg_call *);
#define pg_call_value(store, ...)                                              \
	pg_value(                                                              \
	    pg_call_open(&(struct pg_call){ .s = store }, store, __VA_ARGS__))
#define pg_call_value_idempotent(store, ...)                                   \
	pg_value_idempotent(                                                   \
	    pg_call_open(&(struct pg_call){ .s = store }, store, __VA_ARGS__))

/* Of the answer; NULL is 0, false and "". */
int64_t pg_int(const struct pg_call *, int row, int column);
bool pg_true(const struct pg_call *, int row, int column);
const char *pg_get(const struct pg_call *, int row, int column);
/* Bytes of exactly that length, else false. */
bool pg_get_bytes(const struct pg_call *, int row, int column,
    unsigned char *out, size_t len);
/* The columns of twofa_v1.found from there on, and its state. false: damaged,
 * with the cause. NULL: an empty row, and "". */
bool pg_get_row(
    const struct pg_call *, int column, struct store_row *, char state[16]);
/* twofa_v1.counted. */
void pg_get_token(
    const struct pg_call *, int column, struct store_guess_token *);

/* store_rows_in (pg_admin.c). */
int pg_rows_in(struct store *, const char *host, const char *file,
    const char *rows, struct store_moved *);

/* An outage, as struct store_fleet has it (outage.c). */
bool outage_login_is_allowed(const struct login *, enum reason why);
struct store *outage_login_open(struct login *);
void outage_login_close(struct login *);
enum reason outage_decoy_open(struct login *);
void outage_decoy_close(struct login *);
void outage_report(struct store *, const struct settings *, int64_t session,
    int64_t socket_uid);
void outage_note_step(const struct settings *, int64_t session,
    int64_t socket_uid, const char *user,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);
struct store *outage_store_open_here(
    const struct settings *, char cause[STORE_CAUSE_MAX]);
int outage_store_users(const struct settings *, void *ctx,
    void (*row)(void *ctx, const struct store_status *),
    char cause[STORE_CAUSE_MAX]);

#endif
