/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine of factors (test_broker_factors.c) knows to be true of
 * records, codes, wrong codes and remembered logins, whatever a broker says.
 */
#ifndef TWOFA_TESTS_FACTOR_MODEL_H
#define TWOFA_TESTS_FACTOR_MODEL_H

#include "tests/support/broker/keptbox.h"

#define MODEL_UID 1003
#define MODEL_DAY INT64_C(86400)
#define MODEL_BASE ((TWOFA_DAY + 2) * MODEL_DAY + 40000)
#define MODEL_IDLE MODEL_DAY /* of remembered logins */
#define MODEL_GUESSES 64     /* of a login */
#define MODEL_CODES 256
#define MODEL_SECRETS 64
#define MODEL_GRANTS 64
#define MODEL_SENT 512
#define MODEL_ROWS 3 /* in which a guess counts */

enum who { ALICE, BOB, CAROL, DAVE, ANN, DECOY, BOX, NAMES };
extern const char *const model_names[NAMES];
enum { OF_ALICE, OF_BOB, OF_ANN, NEW, NEWER, NUMBERS };
extern const char *const model_number[NUMBERS];

/* Where a login comes from. */
enum source_at { TOTAL, NET, OTHER_NET, LOCAL, SOCK, SOURCES };
struct place {
	const char *service, *address, *keys;
	uint32_t tty;
	enum source_at source;
};

/* How often each kind of right end came, and a lock. */
enum right_end {
	BY_APP,
	BY_RECOVERY,
	BY_BYPASS,
	BY_PHONE,
	REMEMBERED,
	ENROLS,
	LOCKS,
	RIGHT_ENDS,
};

extern struct factor_model {
	int64_t wall, now;
	struct store *admin;
	bool window; /* of enrolments without an invitation */
	unsigned seen[RIGHT_ENDS];
	/* text: another one after each write; 0: no record */
	struct model_record {
		unsigned text;
		int number; /* below 0: no number */
		int app[2];
		size_t apps;
	} file[NAMES], enrolled[NAMES];
	struct model_secret {
		struct secret base32;
		int64_t last[NAMES]; /* used steps, by whom */
		char path[80];
	} secrets[MODEL_SECRETS];
	size_t made;
	int64_t floor_of[NAMES]; /* of twofactl totp, for each secret */
	struct model_code {
		char text[RECOVERY_LEN + 1];
		enum who of;
		unsigned kind;
		bool gone, was_over;
		int64_t since, until, ends;
		unsigned char salt[RECOVERY_SALT];
	} codes[MODEL_CODES];
	size_t code_count;
	struct model_count {
		unsigned wrong;
		int64_t at, until, locks, series, last;
	} counts[NAMES][SOURCES];
	int64_t serieses;
	struct model_grant {
		enum who who;
		const struct place *at;
		bool key;
		unsigned text;
		int64_t since, used; /* used is INT64_MIN: it has ended */
	} grant[MODEL_GRANTS];
	size_t grants;
	struct model_sent {
		char id[PROVIDER_ID_MAX + 1];
		int number;
		int64_t right; /* the login that typed its code */
		bool ended;
	} sent[MODEL_SENT];
	size_t sends;
} model;

struct model_worker {
	int n;
	struct broker_session *s;
	enum who who;
	const struct place *at;
	struct model_record has;
	bool absent, may_enrol, noted, key, remembers;
	int64_t remember_s;
	unsigned methods;
	struct model_token {
		struct model_count *row[MODEL_ROWS];
		int64_t series[MODEL_ROWS], lock[MODEL_ROWS];
		bool locked[MODEL_ROWS];
	} guess[MODEL_GUESSES];
	size_t guesses, compared, back, app_guess, used_codes;
	struct store_recovery list[STORE_CODES_MAX];
	size_t listed;
	/* an enrolment */
	int to_number, to_app;
	unsigned tries;
	bool proven;
	struct model_code *invited;
	int64_t row;
	char id[PROVIDER_ID_MAX + 1]; /* of the row's verification */
};

/* factor_admin.c */

void time_is(int64_t wall, int64_t now);
void time_passes(void);
/* The one that counts: the file's, else the state's. */
const struct model_record *record_of(enum who);
void secret_add(const char *base32);
/* An app below 0: no app. */
void admin_writes(enum who, int phone, int one, int two);
void admin_unlinks(enum who);
void admin_renews_codes(enum who, unsigned count);
void admin_changes_rule(void);
void enrolment_remove(enum who);
void admin_acts(void);
bool code_holds(const struct model_code *);
/* NAMES: of all. */
void grants_end(enum who);

/* factor_counts.c */

/* The expected answer to a guess of this login; fails on another one. */
enum store_guess lock_of(const struct model_worker *);
void expect_lock(const struct model_worker *, enum store_guess);
/* A lock from the clock's future begins now. */
void lock_repair(const struct model_worker *);
void guess_counts(struct model_worker *);
void guess_back(struct model_worker *, size_t guess);
/* True if a guess was counted for which nothing was compared. */
bool may_come_back(const struct model_worker *);
/* True if the state has it no more, where so many were counted since. */
bool guess_came_back(const struct model_worker *, size_t guess, unsigned since);
/* All counts are as they should be. */
void counts_fit(void);
/* All that a right code does. */
void code_was_right(struct model_worker *, bool recovery);
/* The login by which this one is remembered, or NULL. */
struct model_grant *grant_of(const struct model_worker *);
/* The newest step of that secret, or of any of the user's. */
int64_t last_used(const struct model_worker *, int secret);
/* True if a use of the secret up to the next step is known: then a used code is
 * no wrong one. */
bool is_used_code(const struct model_worker *, int secret, int64_t step);

/* factor_phone.c */

/* False: refused, and its connection closed. */
bool asks(struct model_worker *, enum broker_op, const struct broker_request *);
/* One of its newest, or 0. */
size_t any_guess(const struct model_worker *);
/* The number that its codes go to, or below 0. */
int number_of(const struct model_worker *);
void starts_phone(struct model_worker *);
void types_code(struct model_worker *);
void ends_row(struct model_worker *);
void denies(struct model_worker *);

#endif
