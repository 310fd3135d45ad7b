/* SPDX-License-Identifier: BSD-2-Clause */
/* Providers that were out of reach, in the embedded store. */
#include "helper/state/sqlite/sqlite.h"
#include "helper/state/store_providers.h"

static const char sql_pass_over[] =
    "INSERT INTO passed_over VALUES(:provider, :boot, :until)"
    " ON CONFLICT(provider) DO UPDATE SET boot = excluded.boot,"
    " until = excluded.until";
static const char sql_passed_over[] =
    "SELECT until - :now FROM passed_over WHERE provider = :provider AND boot "
    "= :boot"
    " AND until > :now AND until <= :now + :longest + " STORE_SQL(
	STORE_SKEW_MS);

int
store_pass_over(struct store *s, const char *provider, int64_t until)
{
	struct query q;

	query_open(&q, s, sql_pass_over);
	query_text(&q, ":provider", provider);
	query_number(&q, ":until", until);
	return query_commit_light(&q) == 1 ? 0 : -1;
}

int
store_passed_left(struct store *s, const char *provider, int64_t now,
    int64_t longest_ms, int64_t *left_ms)
{
	struct query q;

	*left_ms = 0;
	query_open(&q, s, sql_passed_over);
	query_text(&q, ":provider", provider);
	query_number(&q, ":now", now);
	query_number(&q, ":longest", longest_ms);
	return query_value(&q, left_ms);
}

int
store_passed_over(
    struct store *s, const char *provider, int64_t now, int64_t longest_ms)
{
	int64_t left_ms;

	return store_passed_left(s, provider, now, longest_ms, &left_ms);
}
