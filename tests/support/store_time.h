/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The embedded store's clocks in a test's hand, and its steps at a time and by
 * a session that the test names: each at_NAME sets the clocks, says who it is
 * and takes the step store_NAME.
 */
#ifndef TWOFA_TEST_STORE_TIME_H
#define TWOFA_TEST_STORE_TIME_H

#include "helper/store/store.h"

/* From now on the store sees these: milliseconds since the boot, seconds of the
 * wall clock. */
void store_time_now(int64_t now);
void store_time_wall(int64_t wall);
/* The machine's own again. */
void store_time_machine(void);

/* Who else keeps time by these clocks. */
extern void (*clock_told)(int64_t now_ms, int64_t wall_s);

/* Of what is opened next, where that is a server: how it is asked, and the
 * folder of host.key; NULL: it is the file's. */
extern const struct store_server *store_time_server;
extern const char *store_time_keys;

/* It is opened in that boot of the machine; "" unknown. */
struct store *at_open(
    const char *path, const char *boot, char cause[STORE_CAUSE_MAX]);

/* A row's times by the clock that it was read at. */
int64_t at_sent_at(const struct store_row *);
int64_t at_expires_at(const struct store_row *);
int64_t at_ends_at(const struct store_row *);

enum store_claim at_claim(struct store *, const struct store_key *,
    unsigned methods, enum method, int64_t session, int64_t now,
    int64_t start_ms, struct store_row *);
enum store_claim at_claim_look(struct store *, const struct store_key *,
    unsigned methods, int64_t now, int64_t start_ms, struct store_row *);
int at_begin(struct store *, const struct store_begin *, int64_t session,
    int64_t wall, int64_t now, struct store_begun *);
int at_begin_look(struct store *, const struct store_begin *, int64_t wall,
    int64_t now, struct store_begun *);
int at_started_so(
    struct store *, int64_t session, int64_t now, const struct store_started *);
int at_started(struct store *, int64_t id, int64_t session,
    const char *request_id, enum method, int64_t sent_at, int64_t expires_at,
    int64_t send);
int at_unsent(struct store *, int64_t id, int64_t session);
int at_unknown(struct store *, int64_t id, int64_t session, int64_t now);
int at_look(struct store *, int64_t id, int64_t now, struct store_row *);
int at_spend(struct store *, int64_t id, const char *request_id, int64_t until);
int at_replace(struct store *, int64_t id, int64_t session,
    const char *request_id, bool alone, int64_t now);
int at_holds(struct store *, int64_t id, int64_t session);
int at_restore(struct store *, int64_t id, int64_t session);

enum store_guess at_guess_take(struct store *, const char *user,
    const char *source, const struct limits_of_guesses *, int64_t wall,
    struct store_guess_token *, int64_t *wait_s);
enum store_guess at_guess_look(struct store *, const char *user,
    const char *source, int64_t wall, int64_t *wait_s);
int at_guess_refuse(struct store *, const char *user, const char *source,
    int64_t seconds, int64_t wall);
int plain_guess_refused(struct store *, const char *user, const char *source);
int at_guess_refused(
    struct store *, const char *user, const char *source, int64_t wall);
bool at_attempt(struct store *, const struct store_attempt *, int64_t wall,
    int64_t now, struct store_attempted *);

enum store_send at_send_take(struct store *, const struct store_send_key *,
    const struct limits_of_sends *, int64_t wall, int64_t *id, int64_t *wait_s,
    const char **which);
enum store_send at_send_look(struct store *, const struct store_send_key *,
    const struct limits_of_sends *, int64_t wall, int64_t *wait_s,
    const char **which);
int at_send_windows(struct store *, const struct store_send_key *,
    const struct limits_of_sends *, int64_t wall, void *ctx,
    void (*row)(void *ctx, const struct store_window *));

int at_totp_renew(
    struct store *, const char *user, int64_t step, int64_t now_step);
int at_code_claim(struct store *, const char *user,
    const unsigned char digest[STORE_CODE_DIGEST], int64_t seconds,
    int64_t wall);
int at_pass_over(struct store *, const char *provider, int64_t until);
int at_passed_over(struct store *, const char *provider, int64_t now);
int at_passed_left(
    struct store *, const char *provider, int64_t now, int64_t *left_ms);
int at_passed(struct store *, const char *service, const char *user,
    enum method, const char *provider, int64_t wall);
int at_remembered_put(struct store *, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN], int64_t wall,
    int64_t until);
int plain_remembered_get(struct store *, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN]);
int at_remembered_get(struct store *, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN], int64_t wall);
int at_status(struct store *, const char *user, int64_t wall, void *ctx,
    void (*row)(void *ctx, const struct store_status *));
int at_totals(struct store *, int64_t wall, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month);

#endif
