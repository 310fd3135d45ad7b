/* SPDX-License-Identifier: BSD-2-Clause */
/* The PostgreSQL backend: its connection, calls of the functions in
 * lib/fleet_records/sql (docs/state.md), and what a failure of a server means
 * for a login. For this component alone; all others include store.h. */
#ifndef TWOFA_FLEET_STORE_INSIDE_H
#define TWOFA_FLEET_STORE_INSIDE_H

#include <libpq-fe.h>

#include "helper/session/session.h"
#include "helper/net/net.h"
#include "helper/store/store_backend.h"

#define PG_SCHEMA 1      /* of twofa.meta */
#define PG_LOCK_MS 1000  /* longest wait for a lock at the server */
#define PG_SLOW_MS 20000 /* timeout of a call about all users */
#define PG_PASSWORD_LEN 64

enum pg_failure {
	/* it may have been done or not: deny */
	PG_UNKNOWN = 0,
	/* No connection, no TLS, no reply in time, shutting down, starting up
	 * or read-only: try the next server. Only while connecting, when
	 * nothing can have been done. */
	PG_OUT_OF_REACH,
	/* overloaded; known not to have been done: repeat in a moment */
	PG_BUSY,
	/* password, certificate, schema, privilege: an administrator must act
	 */
	PG_SETTINGS,
	PG_FINE,
};

struct store {
	STORE_STATE;
	const struct store_server *server;
	struct settings_url url;
	PGconn *conn; /* NULL if not connected */
	size_t at;    /* index of conn's server in url.host; pg_select_server */
	int slot;     /* lock of this connection, or -1 (pg_contact.c) */
	/* Checks the server of a new connection before it is asked: 0, or -1
	 * with failure and cause. NULL until it is open. */
	int (*check)(struct store *);
	bool checking;       /* within that */
	bool late;           /* this host had many before it */
	bool timed_out;      /* no reply at the last try, or it was reset */
	bool got_warning;    /* a WARNING came with the last reply */
	bool got_fatal;      /* the server has ended the connection */
	bool lock_timed_out; /* the last call waited too long for a lock */
	enum pg_failure failure;
};

/* The operations of this backend. */
#define OP(type, name, params, args) type pg_##name params;
STORE_OPERATIONS(OP)
#undef OP

/* pg_libpq.c: libpq, loaded when a state is opened that needs it, as it is not
 * installed on hosts with a state file. Its functions are called as
 * pq.PQstatus(). */

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
	PQ_FUNCTIONS(LIBRARY_POINTER)
};
extern struct pq pq;
/* Returns a function of a library that libpq itself needs, such as libssl, or
 * NULL. */
void *pg_libpq_dependency_symbol(const char *name);
/* Must be called before libpq. Returns 0, or -1 if it is not installed, or too
 * old. */
int pg_libpq_load(void);

/* pg_contact.c: the file contact in state_dir, with the time when a server last
 * accepted this host, and locks of its connections. A server
 * that replied a moment ago and is silent now is overloaded, as if somebody
 * begins many logins at once; that is no outage. Without the file, silence is
 * one. */

/* Opens a file in dir with the flags of open(2). Returns -1 if that fails, or
 * if it is no regular file. */
int pg_open_state_dir_file(const char *dir, const char *name, int flags);
/* Notes the time, and the round trip of fd, a connection; -1 for none. */
void pg_contact_touch(const char *dir, int fd);
/* The last one's round trip in ms, or -1. */
intmax_t pg_contact_round_trip(const char *dir);
bool pg_contact_is_recent(const char *dir);
/* Between add and remove, this store's connection counts. Returns false if this
 * host has as many as its servers allow. */
bool pg_connecting_add_self(struct store *);
/* True if this host has more connections, or had recently, than a working
 * server can answer in time. */
bool pg_connecting_too_many(const struct store *);
void pg_connecting_remove_self(struct store *);

/* pg_stall.c: time for which this process was stopped while it connected. Each
 * wait ends at pg_stall_next_deadline() of its deadline and then calls
 * pg_stall_note_input(). */

void pg_stall_begin(void);
int64_t pg_stall_next_deadline(int64_t deadline);
void pg_stall_note_input(int fd);
bool pg_stall_of_process_exceeds(int64_t most_ms);

/* pg_resolve.c: addresses of a server. */

#define PG_ADDRESSES 4
#define PG_ADDRESS_MAX 64
#define PG_NO_NAME "its name is not resolved: " /* a reason follows */
struct pg_addresses {
	size_t count;
	struct address_check asked;
	bool half; /* the name may have others, of the other family */
	char text[PG_ADDRESSES][PG_ADDRESS_MAX];
};
/* Resolves name until the deadline, in the name service's order, or takes the
 * addresses of last time from dir. Returns PG_FINE, or PG_BUSY with why if
 * there are no addresses: no server was asked, so it is no outage. */
enum pg_failure pg_resolve(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *, const char **why);

/* pg_connect.c: connecting to the first server that accepts this host. */

enum pg_stage {
	PG_CONNECTING, /* until the server's first reply */
	PG_TLS,
	PG_ENTERING, /* role, password, database */
	PG_ASKED,    /* a call was sent */
};

#define PG_STATE_LEN 5

/* Classifies a failure. state: SQLSTATE, or "". text: message of libpq, needed
 * for TLS, whose failures have no SQLSTATE. */
enum pg_failure pg_failure_from(
    enum pg_stage, const char *state, const char *text);
/* Extracts the SQLSTATE of a connection's message (PQERRORS_VERBOSE), which is
 * the only place that has it; or "". */
void pg_failure_read_sqlstate(const char *text, char state[PG_STATE_LEN + 1]);

/* Returns 0, at once if connected, or -1 with failure and cause. */
int pg_connect(struct store *);
void pg_disconnect(struct store *);
/* Selects the server to connect to, which causes name from now on. */
void pg_select_server(struct store *, size_t at);
/* The role of this host at the server. */
#define PG_ROLE_MAX (STORE_HOST_MAX + 8)
void pg_role(const struct store *, char out[PG_ROLE_MAX]);
/* Waits for the connection's socket. events: as of poll(2). Returns false at
 * the deadline (frame_clock_ms), but for a few waits behind it, which find that
 * something has come meanwhile: a process that was stopped reads it then. late
 * counts them, 0 at first: a server must not go on without end. */
bool pg_wait(PGconn *, short events, int64_t deadline, int *late);

/* pg_run.c: a store, and a call of a function of twofa_v1. The session is the
 * first argument, added by itself; too long arguments are an error of
 * pg_run(). */

#define PG_ARGUMENTS 20
#define PG_TEXT_MAX 12288
struct pg_call {
	struct store *s;
	char function[32];  /* of twofa_v1 */
	const char *select; /* columns of the result; "*" by default */
	bool idempotent;    /* '?' precedes its name */
	bool slow;          /* about all users: it has PG_SLOW_MS */
	bool unfit;         /* the arguments do not fit, or are no texts */
	bool odd;           /* the result has what no such function gives */
	int count;
	int parts; /* of the last argument */
	int late;  /* reads behind the deadline; pg_wait() */
	const char *value[PG_ARGUMENTS];
	char text[PG_TEXT_MAX];
	size_t used;
	PGresult *result;
};

/* Returns a store without a connection, or NULL with the cause. */
struct store *pg_new(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void pg_free(struct store *); /* accepts NULL */
/* Makes this the current session. */
void pg_set_session(struct store *, const struct store_session *);

/* Calls. Returns the number of rows, or -1 with the cause; pg_call_close() must
 * follow in both cases. */
int pg_run(struct pg_call *);
void pg_call_close(struct pg_call *);
/* Calls and closes. Returns the number in the result, or -1. */
int64_t pg_run_value(struct pg_call *);
/* pg_call_open() of a call that lives until the end of its block. */
#define pg_call_new(store, ...)                                                \
	pg_call_open(&(struct pg_call){ .s = store }, store, __VA_ARGS__)
#define pg_call_value(store, ...) pg_run_value(pg_call_new(store, __VA_ARGS__))

/* A field of the result; NULL reads as 0, false and "". */
int64_t pg_get_int(const struct pg_call *, int row, int column);
/* A number that a server may not choose freely, since it becomes an enum, or is
 * added to others. Outside of least to most: 0, the cause, and the call is
 * odd. */
int64_t pg_get_within(
    struct pg_call *, int row, int column, int64_t least, int64_t most);
/* Seconds until a limit or lock ends. */
#define PG_WAIT_MAX_S (INT64_C(366) * 86400)
#define pg_get_wait(c, column) pg_get_within(c, 0, column, 0, PG_WAIT_MAX_S)
bool pg_field_is_true(const struct pg_call *, int row, int column);
const char *pg_get_text(const struct pg_call *, int row, int column);

/* pg_call.c: arguments and results of a call. */

/* A '?' before the name: the call is idempotent, and repeated once if its
 * outcome is unknown. */
void pg_call_begin(struct pg_call *, struct store *, const char *function);
/* Begins "FUNCTION(%s, %jd)" with its first arguments, which the compiler
 * checks as those of printf: %s, where NULL is SQL's NULL, %d, %u, %jd for an
 * int64_t, and %.*s for bytes. Returns the call. */
struct pg_call *pg_call_open(struct pg_call *, struct store *, const char *call,
    ...) __attribute__((format(printf, 3, 4)));
/* Add more arguments. */
void pg_put(struct pg_call *, const char *values, ...)
    __attribute__((format(printf, 2, 3)));
void pg_put_null(struct pg_call *);
/* The text may be longer than PG_TEXT_MAX; must stay valid until
 * pg_call_close(). */
void pg_put_long_text(struct pg_call *, const char *);
/* An argument that consists of parts: an array's elements, a row's columns. */
void pg_array_begin(struct pg_call *);
void pg_array_put_values(struct pg_call *, const char *values, ...)
    __attribute__((format(printf, 2, 3)));
void pg_array_end(struct pg_call *);
/* An array with values of the elements i, below count. */
#define PG_PUT_ARRAY(c, i, count, ...)                                         \
	do {                                                                   \
		pg_array_begin(c);                                             \
		for (size_t i = 0; i < (size_t)(count); i++)                   \
			pg_array_put_values(c, __VA_ARGS__);                   \
		pg_array_end(c);                                               \
	} while (0)
/* Arguments from structs of store.h. The first ones return the call. */
/* NULL is SQL's NULL. */
struct pg_call *pg_put_limits(
    struct pg_call *, const struct limits_of_guesses *);
struct pg_call *pg_put_counted(struct pg_call *, const struct store_counted *);
struct pg_call *pg_put_right(struct pg_call *, const struct store_right *);
void pg_put_message(struct pg_call *, const struct store_send_key *,
    const char *number, const struct limits_of_sends *);
/* Two arguments: ids and hashes. */
void pg_put_typed(struct pg_call *, const struct store_recovery *, int count);
/* Two arguments: salts and hashes. */
void pg_put_made(struct pg_call *, const struct store_recovery *, int count);

/* Returns false unless the field has exactly len bytes. */
bool pg_get_bytes(const struct pg_call *, int row, int column,
    unsigned char *out, size_t len);
/* Reads the columns of twofa_v1.found from column on. Returns false with the
 * cause if damaged. NULL reads as an empty row and STORE_ROW_NONE. */
bool pg_get_verification(const struct pg_call *, int column, struct store_row *,
    enum store_row_state *);
/* Reads the columns of twofa_v1.counted from column on. */
void pg_get_token(
    const struct pg_call *, int column, struct store_guess_token *);

/* pg_admin.c, pg_health.c, pg_records.c: operations beyond STORE_OPERATIONS. */

int pg_hosts(struct store *, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day));
int pg_rows_in(struct store *, const char *host, const char *file,
    const char *rows, struct store_moved *);
void pg_health(const char *where, const struct store_session *, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *));
extern const struct store_records pg_records;

/* pg_enrol.c: users who enrol at a login. */

int pg_invitation_find(struct store *, const char *user,
    const struct store_recovery *typed, int count,
    struct store_recovery *found);
enum store_enrolled pg_enrol(struct store *, const struct store_enrolment *);

/* outage.c: an outage, as struct store_fleet has it. */

bool outage_login_may_go_offline(const struct login *, enum reason why);
struct store *outage_login_open(struct login *);
void outage_login_close(struct login *);
enum reason outage_decoy_open_store(struct login *);
void outage_decoy_close_store(struct login *);
void outage_report_entries(struct store *, const struct settings *,
    int64_t session, int64_t socket_uid);
void outage_note_totp_step(const struct settings *, int64_t session,
    int64_t socket_uid, const char *user,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);
struct store *outage_store_open_for_control(
    const struct settings *, char cause[STORE_CAUSE_MAX]);
int outage_store_users(const struct settings *, void *ctx,
    void (*row)(void *ctx, const struct store_status *),
    char cause[STORE_CAUSE_MAX]);

#endif
