/* SPDX-License-Identifier: BSD-2-Clause */
/* Interface of the backends of store.h: sqlite/ and postgresql/. Only backends,
 * the state broker and their tests include it; all others include store.h. */
#ifndef TWOFA_STORE_ENGINE_H
#define TWOFA_STORE_ENGINE_H

#include "helper/store/store_fleet.h"

/* The operations: result, name after "store_", parameters, and arguments to
 * pass on. */
/* clang-format off */
#define STORE_OPERATIONS(OP)                                                   \
	OP(enum store_claim, claim_or_dry_run, (struct store *s,                       \
	    const struct store_candidate *candidate, bool dry_run,             \
	    struct store_row *row), (s, candidate, dry_run, row))              \
	OP(int, begin_or_dry_run, (struct store *s, const struct store_begin *begin,   \
	    bool dry_run, struct store_begun *out), (s, begin, dry_run, out))  \
	OP(int, row_set_started, (struct store *s, const struct store_started *to),    \
	    (s, to))                                                           \
	OP(int, number_is_unclaimed, (struct store *s, int64_t id,             \
	    const char *number), (s, id, number))                              \
	OP(int, row_remove_unsent, (struct store *s, int64_t id), (s, id))                \
	OP(int, row_mark_unknown, (struct store *s, int64_t id), (s, id))               \
	OP(int, row_verifiers_read, (struct store *s, int64_t id,                    \
	    const char *request_id,                                            \
	    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN]),      \
	    (s, id, request_id, verifier))                                     \
	OP(int, row_read, (struct store *s, int64_t id, struct store_row *row),    \
	    (s, id, row))                                                      \
	OP(int, row_refund_try, (struct store *s, int64_t id,                          \
	    const char *request_id, const struct store_counted *back),         \
	    (s, id, request_id, back))                                         \
	OP(int, row_finish, (struct store *s, const struct store_finish *f,        \
	    const struct store_right *right), (s, f, right))                   \
	OP(int, row_spend, (struct store *s, int64_t id, const char *request_id,   \
	    int64_t ms, const struct store_counted *back),                     \
	    (s, id, request_id, ms, back))                                     \
	OP(int, row_remove_ended, (struct store *s, int64_t id, const char *request_id),    \
	    (s, id, request_id))                                               \
	OP(int, row_hold_for_replacing, (struct store *s, int64_t id,                         \
	    const char *request_id, bool alone), (s, id, request_id, alone))   \
	OP(int, row_is_held, (struct store *s, int64_t id), (s, id))                 \
	OP(int, row_remove_held, (struct store *s, int64_t id), (s, id))                  \
	OP(int, row_restore_of_dead, (struct store *s, int64_t id,                    \
	    int64_t process), (s, id, process))                                \
	OP(enum store_guess, guess_take, (struct store *s, const char *user,   \
	    const char *source, const struct limits_of_guesses *limits,        \
	    struct store_guess_token *token, int64_t *wait_s),                 \
	    (s, user, source, limits, token, wait_s))                          \
	OP(enum store_guess, guess_look, (struct store *s, const char *user,   \
	    const char *source, int64_t *wait_s, bool *refused),               \
	    (s, user, source, wait_s, refused))                                \
	OP(int, guess_lock_after_refusal, (struct store *s, const struct store_refusal *r),      \
	    (s, r))                                                            \
	OP(int, guess_refund, (struct store *s,                                \
	    const struct store_counted *back), (s, back))                      \
	OP(int, guess_reset_after_right, (struct store *s, const char *user,               \
	    const char *source), (s, user, source))                            \
	OP(bool, guess_take_with_try, (struct store *s, const struct store_attempt *a,     \
	    struct store_attempted *out), (s, a, out))                         \
	OP(enum store_send, send_or_dry_run, (struct store *s,                         \
	    const struct store_send_key *key,                                  \
	    const struct limits_of_sends *limits, bool dry_run, int64_t *id,   \
	    int64_t *wait_s, const char **which),                              \
	    (s, key, limits, dry_run, id, wait_s, which))                      \
	OP(int, send_windows, (struct store *s,                                \
	    const struct store_send_key *key,                                  \
	    const struct limits_of_sends *limits, void *ctx,                   \
	    void (*row)(void *ctx, const struct store_window *)),              \
	    (s, key, limits, ctx, row))                                        \
	OP(int, send_refund, (struct store *s, int64_t id), (s, id))           \
	OP(int, recovery_set, (struct store *s, const char *user,              \
	    const char *const *code, unsigned count,                           \
	    struct store_recovery *bypass),                                    \
	    (s, user, code, count, bypass))                                    \
	OP(int, recovery_list, (struct store *s, const char *user,             \
	    struct store_recovery list[STORE_CODES_MAX]), (s, user, list))     \
	OP(int, recovery_claim, (struct store *s,                              \
	    const struct store_recovery *list, int count,                      \
	    const struct store_right *right, struct store_recovery *used,      \
	    unsigned *left), (s, list, count, right, used, left))              \
	OP(int, recovery_count_codes, (struct store *s, const char *user),            \
	    (s, user))                                                         \
	OP(int64_t, recovery_count_users, (struct store *s), (s))                    \
	OP(enum store_guess, totp_attempt, (struct store *s,                   \
	    const struct store_totp_attempt *a, int *claimed,                  \
	    int64_t *wait_s), (s, a, claimed, wait_s))                         \
	OP(int, hotp_last, (struct store *s, const unsigned char *secret,      \
	    int64_t *step), (s, secret, step))                                 \
	OP(int, totp_renew, (struct store *s, const char *user,                \
	    int64_t step), (s, user, step))                                    \
	OP(int, code_claim, (struct store *s,                                  \
	    const struct store_code *code, const struct store_right *right),   \
	    (s, code, right))                                                  \
	OP(int, code_was_used_recently, (struct store *s,                                 \
	    const struct store_code *code, const struct store_counted *back),  \
	    (s, code, back))                                                   \
	OP(int, totp_note, (struct store *s,                                   \
	    const struct store_unreported *note, bool reported),               \
	    (s, note, reported))                                               \
	OP(int, provider_pass_over, (struct store *s, const char *provider,             \
	    int64_t ms), (s, provider, ms))                                    \
	OP(int, provider_passed_over_left, (struct store *s, const char *provider,           \
	    int64_t *left_ms), (s, provider, left_ms))                         \
	OP(int, successes_by_provider, (struct store *s, void *ctx,                        \
	    void (*row)(void *ctx, const char *provider, enum method,          \
	    int64_t wall)), (s, ctx, row))                                     \
	OP(int, successes_by_user, (struct store *s, const char *service, void *ctx,      \
	    void (*row)(void *ctx, const char *user, enum method,              \
	    int64_t wall)), (s, service, ctx, row))                            \
	OP(int, remembered_forget, (struct store *s, const char *user),        \
	    (s, user))                                                         \
	OP(int, status_list, (struct store *s, const char *user, void *ctx,         \
	    void (*row)(void *ctx, const struct store_status *)),              \
	    (s, user, ctx, row))                                               \
	OP(int, totals_read, (struct store *s, unsigned *hour, unsigned *day,       \
	    int64_t *spent_day, int64_t *spent_month),                         \
	    (s, hour, day, spent_day, spent_month))                            \
	OP(int, user_unlock, (struct store *s, const char *user), (s, user))        \
	OP(int64_t, number_release, (struct store *s, const char *receiver),   \
	    (s, receiver))                                                     \
	OP(int64_t, sends_reset, (struct store *s, const char *user,           \
	    const char *counted_as), (s, user, counted_as))                    \
	OP(int, decoy_note_name, (struct store *s, const char *own,                      \
	    const char *shared), (s, own, shared))

/* Operations that a backend may lack (NULL), with the result in that case. */
#define STORE_OPTIONAL(OP)                                                     \
	OP(int, 0, bind, (struct store *s, const struct store_bound *bound),   \
	    (s, bound)) /* each operation names its user */                       \
	OP(int, 0, noop, (struct store *s), (s))                               \
	OP(int, 0, sync, (struct store *s), (s)) /* each op. has waited */     \
	OP(int, 0, hosts, (struct store *s, void *ctx,                         \
	    void (*row)(void *ctx, const char *host, unsigned hour,            \
	    unsigned day)), (s, ctx, row))                                     \
	OP(int64_t, -1, rows_out, (struct store *s, FILE *to), (s, to))        \
	OP(int, -1, invitation_find, (struct store *s, const char *user,       \
	    const struct store_recovery *typed, int count,                     \
	    struct store_recovery *found), (s, user, typed, count, found))     \
	OP(enum store_enrolled, STORE_ENROLLED_FAILED, enrol,                  \
	    (struct store *s, const struct store_enrolment *record),           \
	    (s, record))                                                       \
	OP(int, -1, invited_lately, (struct store *s, const char *user,        \
	    const struct store_recovery *r), (s, user, r))                     \
	OP(int, -1, enrol_may, (struct store *s), (s)) /* of a server */       \
	/* of a file */                                                        \
	OP(int64_t, -1, enrolments, (struct store *s), (s))                    \
	OP(int, -1, rows_in, (struct store *s, const char *host,               \
	    const char *file, const char *rows, struct store_moved *moved),    \
	    (s, host, file, rows, moved))                                      \
	OP(int, -1, unreported_list, (struct store *s,                         \
	    struct store_unreported *out, size_t most), (s, out, most))        \
	OP(int, -1, unreported_clear, (struct store *s,                        \
	    const struct store_unreported *u), (s, u))                         \
	OP(int, -1, unreported_count, (struct store *s,                        \
	    const struct store_unreported *u,                                  \
	    const struct limits_of_guesses *limits), (s, u, limits))

/* Operations on users' records, after "store_record_". Settings for which a
 * backend lacks them are refused. */
#define STORE_RECORDS(OP)                                                      \
	OP(enum store_record, STORE_RECORD_ERROR, read, (struct store *s,      \
	    const char *user, char **text), (s, user, text))                   \
	OP(int, -1, list, (struct store *s, const char *user, void *ctx,       \
	    void (*row)(void *ctx, const struct store_record_row *)),          \
	    (s, user, ctx, row))                                               \
	OP(int, -1, put, (struct store *s,                                     \
	    const struct store_record_row *row, bool had), (s, row, had))      \
	OP(int, -1, remove, (struct store *s, const char *user,                \
	    const unsigned char *seal), (s, user, seal))                       \
	OP(enum store_rekey, STORE_REKEY_FAILED, rekey, (struct store *s,      \
	    const unsigned char key[SETTINGS_FLEET_KEY_LEN], bool dry_run,     \
	    int64_t *count),                                                   \
	    (s, key, dry_run, count))

/* clang-format on */

/* The arguments are declarations. NOLINTBEGIN(bugprone-macro-parentheses) */
#define OPTIONAL(type, absent, name, params, args) type(*name) params;
struct store_records {
	STORE_RECORDS(OPTIONAL)
};

struct store_backend {
#define OP(type, name, params, args) type(*name) params;
	STORE_OPERATIONS(OP)
	STORE_OPTIONAL(OPTIONAL)
#undef OP
#undef OPTIONAL
	/* NOLINTEND(bugprone-macro-parentheses) */
	/* NULL if the backend has no records */
	const struct store_records *records;
	struct store *(*open)(const char *where, const struct store_session *,
	    char cause[STORE_CAUSE_MAX]);
	void (*close)(struct store *);
	int (*version_read)(const char *where, const struct store_session *,
	    struct store_version *, char cause[STORE_CAUSE_MAX]);
	void (*rest)(struct store *); /* NULL if nothing is released */
	/* NULL for a file */
	void (*health)(const char *where, const struct store_session *,
	    int64_t wall, void *ctx,
	    void (*found)(void *ctx, const struct store_finding *));
	/* NULL for always STORE_FAILED_OTHERWISE. With a NULL store, the
	 * failure of the last open. */
	enum store_failure (*failure)(const struct store *);
	/* Changes the session that performs the operations; its texts must stay
	 * valid. Host, folder and server stay those of the open. From then on
	 * only store_sync() waits for the disk. */
	void (*become)(struct store *, const struct store_session *);
	/* as in store.h; NULL if the files of this host are used */
	int (*code_right)(
	    struct store *, const struct store_row *, const char *code);
	enum store_guess (*app_attempt)(struct store *, struct store_app_code *,
	    int *claimed, int64_t *wait_s);
};

extern const struct store_backend sqlite_backend, postgresql_backend;

struct store_head {
	const struct store_backend *backend; /* set by store_open() */
	int64_t session;                     /* id of the current session */
};

/* The backend of an open store. */
const struct store_backend *store_backend_of(const struct store *);

/* Makes logins open the state of the default settings by this backend. */
void store_set_broker_backend(const struct store_backend *);
void store_set_session(struct store *, const struct store_session *);
/* Waits until all that operations have changed since the last call is on the
 * disk: until then none of it may be told. Returns 0; or -1 with the cause, if
 * a power cut may lose it. */
int store_sync(struct store *);

/* Called repeatedly while an operation waits for others, at a file. */
extern void (*store_waiting)(void);
/* Called before, with true, and after a wait for a server: meanwhile other
 * threads may run. */
extern void (*store_wait)(bool waits);

/* The last value of store_set_deadline(). */
int64_t store_deadline(void);
/* The holder of what this session starts: store_set_process_id(), or its
 * number. */
int64_t store_process(const struct store *);

/* store_state.c: common parts of the backends that keep the state. */

/* First member of each backend's struct store. */
#define STORE_STATE                                                            \
	struct store_head head;                                                \
	char host[STORE_HOST_MAX + 1]; /* host that performs the operations */ \
	int64_t socket; /* uid counted separately; 0 for root's services */    \
	/* settings file of a rehearsal, counted separately; else "" */        \
	const char *scope;                                                     \
	const char *ended; /* settings file of no rehearsal; else "" */        \
	char account[STORE_ACCOUNT_MAX + 1]; /* "" if not shared */            \
	int64_t lockout_at;         /* wrong codes that lock out, in a file */ \
	char keys[FOLDER_PATH_MAX]; /* folder of host.key */                   \
	const unsigned char *fleet_key; /* used instead of host.key; NULL */   \
	unsigned char key[HOST_KEY_LEN];                                       \
	bool has_key;      /* key has been read */                             \
	bool keyless;      /* key was needed, and cannot be read */            \
	bool taken;        /* the failure: it is another session's row */      \
	unsigned unsynced; /* operations for store_sync() */                   \
	char cause_prefix[STORE_CAUSE_PREFIX_MAX];                             \
	char cause[STORE_CAUSE_MAX]
#define STORE_CAUSE_PREFIX_MAX 184 /* beginning of each cause */

struct store_state {
	STORE_STATE;
};
struct store_state *store_state_get(const struct store *);

/* Sets the cause to "PREFIX: what: remedy", on one line. Returns -1. */
int store_set_cause(struct store *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies host name and folder of a session when a store is opened. Returns
 * false with the cause if one is too long. */
bool store_state_set_names(struct store *, const struct store_session *);
/* Makes this the current session. */
void store_state_set_session(struct store *, const struct store_session *);

/* Reads the key of numbers and records. Returns 0, 1 if the file is missing in
 * a dry run, which creates none, or -1 with the cause. */
int store_key_read(struct store *, bool dry_run);

/* Numbers are stored as HMACs in hexadecimal, so that a stolen state lists no
 * phones; a rehearsal's are others, as codes that anybody may have read are
 * right in no login after it. Returns 0, or -1 with the cause if the key cannot
 * be read. dry_run: host.key is not created; without it the digest is "", which
 * matches no number. */
int store_hash_number(
    struct store *, const char *number, bool dry_run, char out[HOST_KEY_TEXT]);
/* The same of a record's phone, whatever the settings. */
int store_hash_phone_of_record(
    struct store *, const char *number, char out[HOST_KEY_TEXT]);

enum store_row_state {
	STORE_ROW_NONE = 0,
	STORE_ROW_STARTING,
	STORE_ROW_RUNNING,
	STORE_ROW_REPLACING,
	STORE_ROW_UNKNOWN,
	STORE_ROW_SPENT,
};
#define STORE_ROW_COLUMNS 18
/* The columns of a row as texts, "" for NULL: those of twofa_v1.found, in that
 * order. */
struct store_columns {
	const void *ctx;
	const char *(*text)(const void *ctx, int n);
};
/* Returns false if there is a value that this program never writes, which means
 * damage. A row that is yet to be made has no state. */
bool store_row_from_columns(
    const struct store_columns *, struct store_row *, enum store_row_state *);

/* Operations of a backend that are one call whose result is a number. params
 * are declarations, and the last word takes the semicolon.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define STORE_CALL(backend, name, params, result)                              \
	int backend##_##name params                                            \
	{                                                                      \
		return (int)result;                                            \
	}                                                                      \
	struct store
/* NOLINTEND(bugprone-macro-parentheses) */
#define STORE_ZERO_UNLESS_FAILED(value) ((value) < 0 ? -1 : 0)

/* Return true if the argument is valid, else set the cause. */
bool store_check_provider_names(struct store *, const struct store_key *);
bool store_check_price(struct store *, int64_t price);
/* Rejects all-zero limits: they would never lock. */
bool store_check_limits(
    struct store *, const char *source, const struct limits_of_guesses *);
/* Computes the end of the range of names that begin with shared, in byte
 * order. */
bool store_names_range_end(
    struct store *, const char *shared, char end[2 * STORE_ACCOUNT_MAX]);

/* Returns 0 if one row that this session must hold was changed, else -1. */
int store_require_held(struct store *, int64_t changed);

/* Hashes recovery codes, each with a new salt. Returns 0 or -1. */
int store_recovery_hash(struct store *, const char *const *code, unsigned count,
    struct store_recovery out[RECOVERY_MAX]);

#endif
