/* SPDX-License-Identifier: BSD-2-Clause */
/* How a login would end (twofactl explain), how things are (twofactl status),
 * and what has happened (twofactl report). */
#ifndef TWOFA_REPORT_H
#define TWOFA_REPORT_H

#include "twofactl/lockout/lockout.h"

#define STATUS_SOURCE_MAX 127 /* with its host */
#define STATUS_TOTALS 4
#define STATUS_LIMIT_MAX 31
#define STATUS_METHOD_MAX 15
#define STATUS_SUCCESSES 100 /* providers times methods, removed ones too */

/* Indexes of status_row.number, in the order of items.h. */
enum status_number {
	STATUS_WRONG = 0,
	STATUS_LOCKED_S,
	/* only for a user over all sources */
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
	char user[OWNER_MAX + 1]; /* or an owner with a person (values.h) */
	char source[STATUS_SOURCE_MAX + 1];
	int64_t number[STATUS_NUMBERS];
	struct denial_state codes; /* bypass codes alone */
	unsigned open_codes;       /* their number */
};

struct status_provider {
	char name[SETTINGS_NAME_MAX + 1];
	int64_t passed_s; /* seconds for which it is passed over, or 0 */
};

struct status_success {
	char provider[SETTINGS_NAME_MAX + 1]; /* "" without provider */
	char method[STATUS_METHOD_MAX + 1];
	int64_t at; /* seconds since 1970 */
};

/* Host and state server of a shared state. */
#define STATUS_HOST_MAX 63
#define STATUS_SERVER_MAX 255
struct status_store {
	char host[STATUS_HOST_MAX + 1]; /* "" if hosts share no state */
	char server[STATUS_SERVER_MAX + 1];
	bool shown; /* counts of users are included */
};

struct status_host {
	char name[STATUS_HOST_MAX + 1];
	int64_t hour, day; /* messages */
};

struct status {
	struct status_store store;
	struct status_host *host; /* the caller frees */
	size_t hosts, hosts_cap;
	struct status_row *row; /* the caller frees */
	size_t count, cap;
	/* state broker of this host (items.h); "" without one; numbers may be
	 * 0 */
	char broker_state[STATUS_METHOD_MAX + 1];
	int64_t broker[ITEM_BROKER_NUMBERS];
	bool totals_known;            /* with the rest: of the host */
	int64_t total[STATUS_TOTALS]; /* hour, day, spent today, in 30 days */
	struct status_provider provider[SETTINGS_PROVIDERS_MAX];
	size_t providers;
	struct status_success success[STATUS_SUCCESSES];
	size_t successes;
	/* of one user: seconds without messages, and the limit for that */
	bool wait_known;
	int64_t wait_s;
	char wait_limit[STATUS_LIMIT_MAX + 1];
};

/* status_records.c: reads what the helper sends for `twofactl status`. */

#define STATUS_RECORDS_ROWS (1 << 20) /* limit against a flood */

/* Adds a record to a struct status. Returns 0, or -1 if it is no status record,
 * comes twice, or is one too many. A bypass code needs sorted rows. */
int status_records_add_item(void *status, const struct item *);

/* Reads a user's state, or all users' if NULL or "", with their codes, sorted.
 * Returns CTL_DONE, or another status after reporting. */
enum ctl_exit status_records_read(
    const struct run *, const char *user, struct status *);
/* Sorts by user; the total over all sources comes first. */
void status_records_sort(struct status *);
/* Finds the total of a user among the first rows, which are sorted: there may
 * be a million. Returns NULL if there is none. */
struct status_row *status_records_find(
    const struct status *, size_t sorted, const char *user);

/* Returns one more row, uninitialized, or NULL without memory or at the
 * limit. */
struct status_row *status_records_add_row(struct status *);

/* status_table.c: `twofactl status` as a table and as JSON. */

/* Returns the length of the host before a source that each host has of its own,
 * or 0. */
size_t status_source_host_len(const char *source);
void status_table_text(const struct status *);
void status_table_json(const struct status *);

/* status_prometheus.c: metrics in the text format for a textfile collector. */

void status_prometheus_print(const struct status *);
/* Prints the HELP and TYPE lines of a metric. */
void status_prometheus_head(const char *name, const char *help);
/* Prints a sample of it. Pairs of a label and its text follow, then NULL. The
 * text is printable ASCII; a label with NULL is left out. */
void status_prometheus_sample(const char *name, int64_t value, ...)
    __attribute__((sentinel));

/* report_accounts.c: the accounts of this host, and whether a login of theirs
 * is denied. */

#define REPORT_FACTORS_MAX 64

/* sshd, or login where that is not installed. */
const char *report_accounts_service(void);

/* Makes the table of that service, with locks and codes of the state: plan[0]
 * now, plan[1] once exceptions have ended (denial.h). Returns CTL_DONE, or
 * another status after reporting. The caller frees the table either way. */
enum ctl_exit report_accounts_read(
    const struct command_user *, struct lockout_table *);
/* Writes a row's factors, "" if it is not enrolled. */
void report_accounts_factors(const struct settings *,
    const struct lockout_table *, size_t row, char out[REPORT_FACTORS_MAX]);

/* cmd_report.c: prints the exceptions as text, JSON or metrics. Returns true if
 * one has no end. */
bool report_print_exceptions(const struct settings *, const struct arguments *);

/* A simulated login: rules and record as twofactl reads them itself, the rest
 * from the helper. */

#define EXPLAIN_WORD_MAX 63
#define EXPLAIN_LIMITS 16
#define EXPLAIN_SOURCES 16

struct explain_limit {
	char name[EXPLAIN_WORD_MAX + 1];
	int64_t used, most;
};

/* From the helper: words of rules.h and control_inside.h, or "". */
struct explain_state {
	char end[EXPLAIN_WORD_MAX + 1], reason[EXPLAIN_WORD_MAX + 1],
	    would[EXPLAIN_WORD_MAX + 1];
	bool decided; /* the state was consulted: */
	char ask[EXPLAIN_WORD_MAX + 1], method[EXPLAIN_WORD_MAX + 1],
	    provider[EXPLAIN_WORD_MAX + 1], why[EXPLAIN_WORD_MAX + 1],
	    limit[EXPLAIN_WORD_MAX + 1], outage[EXPLAIN_WORD_MAX + 1];
	int64_t wait_s, age_s;
	struct explain_limit used[EXPLAIN_LIMITS];
	size_t limits;
	int64_t user[STATUS_NUMBERS];   /* over all sources */
	int64_t source[STATUS_NUMBERS]; /* from this one */
	/* for people named at the prompt: total of the account */
	int64_t account[STATUS_NUMBERS];
	int64_t bypass, invitations; /* the latter are among the former */
};

struct explanation {
	const struct run *run;
	const struct target *target;
	const char *caller; /* of su, as typed, or NULL */
	bool full;          /* shows phones and addresses in full */
	const struct settings *conf;
	const struct facts *login;
	struct account account;
	bool account_known;
	char address[46], source[SOURCE_MAX + 1];
	struct rule_facts facts;
	struct decision decision;
	struct rule_result *results; /* one a rule */
	bool by_key; /* identified by key or certificate; else by name */
	/* the caller of su if su asks its caller; else "" */
	char asked[USER_NAME_MAX + 1];
	enum user_result found;
	struct user_record record;
	struct user_person person; /* of a shared account; else name is "" */
	struct explain_state state;
	struct status status; /* its rows: other sources of wrong codes */
};

#define REPORT_SU "su su-l" /* services that may ask their caller */

/* explain_words.c: spans of time and the sentences of `twofactl explain`. */

#define TIME_SPAN_MAX 32

/* Writes "2 h 5 min", "14 min", "40 s"; from a minute on, rounded up to
 * minutes. */
void explain_time_span(int64_t seconds, char out[TIME_SPAN_MAX]);

/* True if the login would be denied, whatever is typed. */
bool explain_is_denied(const struct explanation *);

/* Returns the seconds until no lock of user, source or account holds. */
int64_t explain_longest_lock(const struct explain_state *);

/* Writes why a rule did not match, or "matches". */
void explain_rule_why(
    const struct explanation *, size_t rule, char out[CONDITION_TEXT_MAX]);
/* True if on_outage is "allow", but has no effect: the real uid is not root. */
bool explain_outage_allow_is_withheld(const struct explanation *);

/* Prints ", KEY: good until ..." or ", KEY: over ..." for an exception with an
 * end. */
void explain_until_print(
    const struct explanation *, const char *key, unsigned until);

/* Prints the last sentence: how the login would end. */
void explain_end_print(const struct explanation *);

/* explain_print.c */
void explain_text_print(const struct explanation *);
void explain_json_print(const struct explanation *);

/* cmd_explain.c: sets facts to a login of the target: service, addresses,
 * terminal, real uid, a verified first factor, and the deadline of the module.
 * service NULL: sshd; from NULL: no address (for login, that is the console).
 * For explain, from may be "sock:UID", a service that does not run as root.
 * Returns CTL_DONE, or CTL_USAGE or CTL_FAILED after printing an error. */
enum ctl_exit explain_fill_login_facts(const struct run *,
    const struct target *, const char *caller, const char *service,
    const char *from, struct facts *);

/* journal.c: logins and events in the journal of systemd. Both functions are
 * NULL in a build without libsystemd. */

/* A line that the module, the helper or root wrote; others may write the same
 * text. A login has a reason, and may have an event; "" without. */
typedef void journal_take(void *ctx, int64_t at, const char *event,
    const char *user, const char *reason, const char *line);

/* Calls take for each line. Returns CTL_DONE; CTL_JOURNAL without a journal; or
 * CTL_FAILED after reporting, also what one file lacks. */
enum ctl_exit journal_read(const struct run *, int64_t since, void *ctx,
    journal_take *) __attribute__((weak));

/* With users, prints their events alone, without those of the module. */
enum ctl_exit journal_report(const struct command_user *,
    const struct arguments *, const struct name_list *users)
    __attribute__((weak));
#define JOURNAL_NONE                                                           \
	"this host has no journal of systemd: look in /var/log/auth.log"

#endif
