/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login would meet (twofactl explain), and how things are (twofactl
 * status).
 */
#ifndef TWOFA_REPORT_H
#define TWOFA_REPORT_H

#include "lib/items/items.h"
#include "twofactl/records/records.h"

#define TIME_SPAN_MAX 32

/* "2 h 5 min", "14 min", "40 s"; rounded up, so that it never says less. */
void explain_time_span(int64_t seconds, char out[TIME_SPAN_MAX]);

#define STATUS_SOURCE_MAX 127 /* with the host that it is one of */
#define STATUS_TOTALS 4
#define STATUS_LIMIT_MAX 31
#define STATUS_METHOD_MAX 15
#define STATUS_SUCCESSES 100 /* providers times methods, and removed ones */

/* Indexes of status_row.number, in the order of items.h. */
enum status_number {
	STATUS_WRONG = 0,
	STATUS_LOCKED_S,
	/* only of a user over all sources */
	STATUS_SHUT,
	STATUS_HOUR,
	STATUS_DAY,
	STATUS_CODES,
	STATUS_REMEMBERED,
	STATUS_NUMBERS,
};

struct status_row {
	bool of_user;             /* over all sources; else from source */
	bool enrolled;            /* has a record, even without data */
	char user[OWNER_MAX + 1]; /* or a person: values.h */
	char source[STATUS_SOURCE_MAX + 1];
	int64_t number[STATUS_NUMBERS];
};

struct status_provider {
	char name[SETTINGS_NAME_MAX + 1];
	int64_t passed_s; /* for how long it is passed over; 0: it is not */
};

struct status_success {
	char
	    provider[SETTINGS_NAME_MAX + 1]; /* "": a factor without provider */
	char method[STATUS_METHOD_MAX + 1];
	int64_t at; /* seconds since 1970 */
};

/* A state that hosts share: which of them asked which server. */
#define STATUS_HOST_MAX 63
#define STATUS_SERVER_MAX 255
struct status_store {
	char host[STATUS_HOST_MAX + 1]; /* "": no such state */
	char server[STATUS_SERVER_MAX + 1];
	bool shown; /* counts of users come as well */
};

struct status_host {
	char name[STATUS_HOST_MAX + 1];
	int64_t hour, day; /* messages */
};

struct status {
	struct status_store store;
	struct status_host *host; /* the caller frees */
	size_t hosts;
	struct status_row *row; /* the caller frees */
	size_t count, cap;
	/* the state broker of this host (items.h); "" if there is none */
	char broker_state[STATUS_METHOD_MAX + 1];
	int64_t broker[ITEM_BROKER_NUMBERS];
	bool totals_known;            /* and what follows: of the host */
	int64_t total[STATUS_TOTALS]; /* hour, day, spent today, in 30 days */
	struct status_provider provider[SETTINGS_PROVIDERS_MAX];
	size_t providers;
	struct status_success success[STATUS_SUCCESSES];
	size_t successes;
	/* of one user: for how long no messages are sent, by which limit */
	bool wait_known;
	int64_t wait_s;
	char wait_limit[STATUS_LIMIT_MAX + 1];
};

/* A source that is another one on each host has its host before it: the length
 * of that one's name, or 0. */
size_t status_source_host(const char *source);
void status_table_text(const struct status *);
void status_table_json(const struct status *);
void status_prometheus_print(const struct status *);

/*
 * What `twofactl explain` knows of a login, and how it is printed. twofactl
 * reads rules and record itself; the helper adds the rest.
 */

#define EXPLAIN_WORD_MAX 63
#define EXPLAIN_LIMITS 16
#define EXPLAIN_SOURCES 16

/* Another source with wrong codes for this user. */
struct explain_source {
	char name[STATUS_SOURCE_MAX + 1];
	int64_t wrong, locked_s;
};

struct explain_limit {
	char name[EXPLAIN_WORD_MAX + 1];
	int64_t used, most;
};

/* The helper's part: words of rules.h and control_inside.h, "" where there is
 * none. */
struct explain_state {
	char end[EXPLAIN_WORD_MAX + 1], reason[EXPLAIN_WORD_MAX + 1],
	    would[EXPLAIN_WORD_MAX + 1];
	struct status_store store;
	bool decided; /* the state decides, and has: */
	char ask[EXPLAIN_WORD_MAX + 1], method[EXPLAIN_WORD_MAX + 1],
	    provider[EXPLAIN_WORD_MAX + 1], why[EXPLAIN_WORD_MAX + 1],
	    limit[EXPLAIN_WORD_MAX + 1], outage[EXPLAIN_WORD_MAX + 1];
	int64_t wait_s, age_s;
	struct explain_limit used[EXPLAIN_LIMITS];
	size_t limits;
	struct status_provider passed[SETTINGS_PROVIDERS_MAX];
	size_t providers;
	int64_t user[STATUS_NUMBERS];   /* over all sources */
	int64_t source[STATUS_NUMBERS]; /* from this one */
	/* of people named at the prompt: the account's total */
	int64_t account[STATUS_NUMBERS];
	struct explain_source other[EXPLAIN_SOURCES];
	size_t others; /* there may be more than fit here */
};

struct explanation {
	const struct run *run;
	const struct target *target;
	const char *caller; /* of su, as typed; NULL: not given */
	bool full;          /* numbers and addresses whole */
	const struct settings *conf;
	const struct facts *login;
	struct account account;
	bool account_known;
	char address[46], source[SOURCE_MAX + 1];
	struct rule_facts facts;
	struct decision decision;
	struct rule_result *each; /* one for each rule */
	bool by_key; /* known by key or certificate; else by name */
	/* the caller of su, if he is asked; else "" */
	char asked[USER_NAME_MAX + 1];
	enum user_result found;
	struct user_record record;
	struct user_person who; /* of a shared account; "" name */
	struct explain_state state;
};

/* True when the login would be denied, whatever is typed. */
bool explain_is_denied(const struct explanation *);

/* Seconds until no lock of the user, source or account holds. */
int64_t explain_longest_lock(const struct explain_state *);

/* Why a rule did not match, or "matches". */
void explain_rule_why(
    const struct explanation *, size_t rule, char out[CONDITION_TEXT_MAX]);
/* The settings say allow, but the real uid is a user's. */
bool explain_rule_withheld(const struct explanation *);

/* ", KEY: good until ..." where an exception has an end. */
void explain_until_print(
    const struct explanation *, const char *key, unsigned until);

/* The last sentence: what the login would meet. */
void explain_end_print(const struct explanation *);

void explain_text_print(const struct explanation *);
void explain_json_print(const struct explanation *);

#define STATUS_RECORDS_ROWS (1 << 20) /* against a flood */

/* Takes a struct status and a record for it. 0, or -1 when it is not a status
 * record, comes twice, or is one too many. */
int status_records(void *status, const struct item *);

/* Add a provider that is passed over to a list of SETTINGS_PROVIDERS_MAX. 0, or
 * -1 when it is one too many, or its name too long. */
int status_records_provider(
    struct status_provider *list, size_t *count, const struct item *);

/* Which host asked which server. 0, or -1 when it comes twice or is too
 * long. */
int status_records_store(struct status_store *, const struct item *);

/* One more row, whose bytes are anything. NULL: no memory, or too many. */
struct status_row *status_records_row(struct status *);

/* Put a login of the target into facts: service, addresses, terminal, real uid,
 * a passed first factor, and the module's own deadline. service NULL: sshd;
 * from NULL: no address (for login, that is the console). explain also takes
 * "sock:UID", a service that is not root's. CTL_DONE, or after complaining
 * CTL_USAGE or CTL_FAILED. */
enum ctl_exit explain_simulated_login(const struct run *, const struct target *,
    const char *caller, const char *service, const char *from, struct facts *);

/* journal.c: what the journal of systemd has of logins and events. NULL in a
 * build without libsystemd. */
command_run_user journal_report __attribute__((weak));
#define JOURNAL_NONE                                                           \
	"this host has no journal of systemd: look in /var/log/auth.log"

#endif
