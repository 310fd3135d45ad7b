/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every recorded reply of every provider type means what is said of it, and
 * nothing like it is taken for a yes. REPLIES_TYPE=TYPE looks at these
 * types alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/broker/broker_inside.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define ROWS_MIN 30

/* Too large for a stack under a sanitizer. */
static struct reply_table tables[32];
static unsigned table_count;
static struct http_reply reply, whole;

static bool
is_wanted(const char *type)
{
	const char *wanted = getenv("REPLIES_TYPE");

	return wanted == NULL || strcmp(wanted, type) == 0;
}

/* One row's reader, on a verification of its own. */
static enum outcome
judge(const struct reply_table *t, const struct reply_row *r,
    const struct http_reply *in, struct provider_ctx *ctx,
    struct number_facts *l)
{
	static struct provider_conf conf;
	const struct sample *s = sample_of_type(t->type);

	sample_conf(s, &conf);
	sample_ctx(s, &conf, ctx);
	replies_aim(r, ctx);
	return replies_judge(r, ctx, in, l);
}

static enum outcome
judge_only(const struct reply_table *t, const struct reply_row *r)
{
	struct provider_ctx ctx;
	struct number_facts l;

	return judge(t, r, &reply, &ctx, &l);
}

/* Does this row's reply let somebody in, or begin something? */
static bool
grants(const struct reply_row *r)
{
	if (!replies_is(r, "start") && !replies_is(r, "check") &&
	    !replies_is(r, "poll") && !replies_is(r, "register"))
		return false;
	return strcmp(r->outcome, "ok") == 0 ||
	    strcmp(r->outcome, "foreign") == 0;
}

/* A yes with nothing in it but what the acceptance rule judges. */
static bool
is_bare(const struct reply_row *r)
{
	const char *end = strstr(r->file, "-bare");

	return end != NULL && end[5] == '\0' && !replies_is(r, "start") &&
	    grants(r);
}

typedef void row_test(const struct reply_table *, const struct reply_row *);

static void
for_each_row(row_test *test)
{
	for (unsigned i = 0; i < table_count; i++)
		for (size_t k = 0; k < tables[i].rows; k++)
			test(&tables[i], &tables[i].row[k]);
}

static void
assert_id(const struct reply_table *t, const struct reply_row *r,
    const struct provider_ctx *ctx, enum outcome got)
{
	const struct sample *s = sample_of_type(t->type);
	const char *ours = s->id != NULL ? s->id : "";

	if (strstr(r->call, "-first") != NULL)
		return;
	if (!replies_is(r, "start") && !replies_is(r, "register"))
		assert_string_equal(ctx->request_id, ours);
	else if (got != OUTCOME_OK)
		assert_string_equal(ctx->request_id, "");
	else if (strcmp(r->outcome, "foreign") != 0)
		assert_string_equal(ctx->request_id, ours);
	else
		assert_string_not_equal(ctx->request_id, ours);
}

static void
means_what_the_table_says(
    const struct reply_table *t, const struct reply_row *r)
{
	const bool foreign = strcmp(r->outcome, "foreign") == 0;
	struct provider_ctx ctx;
	struct number_facts l;
	char marks[sizeof(r->marks)];
	enum outcome got;

	replies_read(t->type, r->file, &reply);
	got = judge(t, r, &reply, &ctx, &l);
	if (strcmp(outcome_name(got), foreign ? "ok" : r->outcome) != 0)
		fail_msg("%s/%s, %s: %s, not %s", t->type, r->file, r->call,
		    outcome_name(got), r->outcome);
	replies_marks(r, &ctx, &l, marks, sizeof(marks));
	if (r->marks[0] != '\0' && strcmp(r->marks, marks) != 0)
		fail_msg("%s/%s, %s: marks \"%s\", not \"%s\"", t->type,
		    r->file, r->call, marks, r->marks);
	if (ctx.detail[0] == '\0')
		fail_msg("%s/%s, %s: nothing for the log", t->type, r->file,
		    r->call);
	assert_null(strstr(ctx.detail, &SAMPLE_PHONE[1]));
	assert_null(strstr(ctx.detail, SAMPLE_EMAIL));
	assert_id(t, r, &ctx, got);
}

static void
replies_mean_what_the_tables_say(void **state)
{
	(void)state;
	for_each_row(means_what_the_table_says);
}

/* However a good reply is cut, what is left is not taken for one. */
static void
is_not_ok_when_cut(const struct reply_table *t, const struct reply_row *r)
{
	if (sample_of_type(t->type)->loose)
		return;
	if (!grants(r) &&
	    !(replies_is(r, "lookup") && strcmp(r->outcome, "ok") == 0))
		return;
	replies_read(t->type, r->file, &reply);
	while (reply.len > 0 &&
	    strchr(" \t\r\n", reply.body[reply.len - 1]) != NULL)
		reply.len--;
	while (reply.len > 0) {
		reply.body[--reply.len] = '\0';
		if (judge_only(t, r) == OUTCOME_OK)
			fail_msg("%s/%s, %s: ok when cut to %zu bytes", t->type,
			    r->file, r->call, reply.len);
	}
}

static void
a_cut_reply_is_never_ok(void **state)
{
	(void)state;
	for_each_row(is_not_ok_when_cut);
}

/* Nor is one with a single bit of it turned. */
static void
is_not_ok_when_bent(const struct reply_table *t, const struct reply_row *r)
{
	if (!is_bare(r))
		return;
	replies_read(t->type, r->file, &whole);
	for (size_t i = 0; i < whole.len * 8; i++) {
		reply = whole;
		reply.body[i / 8] = (char)(whole.body[i / 8] ^ 1 << i % 8);
		if (judge_only(t, r) == OUTCOME_OK)
			fail_msg("%s/%s, %s: ok with bit %zu of byte %zu "
				 "turned",
			    t->type, r->file, r->call, i % 8, i / 8);
	}
}

static void
a_bent_reply_is_never_ok(void **state)
{
	(void)state;
	for_each_row(is_not_ok_when_bent);
}

static bool
may_have(const long *statuses, long status)
{
	for (size_t i = 0; i < SAMPLE_STATUSES; i++)
		if (statuses[i] != 0 && statuses[i] == status)
			return true;
	return false;
}

static void
is_ok_with_its_status_alone(
    const struct reply_table *t, const struct reply_row *r)
{
	const struct sample *s = sample_of_type(t->type);
	const long *statuses =
	    replies_is(r, "start") ? s->start_status : s->check_status;

	if (!grants(r))
		return;
	replies_read(t->type, r->file, &reply);
	for (long status = 0; status < 1000; status++) {
		reply.status = status;
		if (judge_only(t, r) == OUTCOME_OK &&
		    !may_have(statuses, status) &&
		    !(s->loose && status >= 200 && status < 300))
			fail_msg("%s/%s, %s: ok with HTTP %ld", t->type,
			    r->file, r->call, status);
	}
}

static void
another_http_status_is_never_ok(void **state)
{
	(void)state;
	for_each_row(is_ok_with_its_status_alone);
}

/* A yes to nothing that we began is none. */
static void
is_not_ok_without_an_id(const struct reply_table *t, const struct reply_row *r)
{
	static struct provider_conf conf;
	const struct sample *s = sample_of_type(t->type);
	struct provider_ctx ctx;
	struct number_facts l;

	if (!grants(r) || replies_is(r, "start") || s->idless ||
	    strstr(r->call, "-first") != NULL)
		return;
	replies_read(t->type, r->file, &reply);
	sample_conf(s, &conf);
	sample_ctx(s, &conf, &ctx);
	replies_aim(r, &ctx);
	if (ctx.method == METHOD_TOTP)
		return; /* its first check makes the id */
	ctx.request_id[0] = '\0';
	assert_int_not_equal(replies_judge(r, &ctx, &reply, &l), OUTCOME_OK);
	ctx.request_id[0] = s->id[0] == 'a' ? 'b' : 'a';
	assert_int_not_equal(replies_judge(r, &ctx, &reply, &l), OUTCOME_OK);
}

static void
no_id_of_ours_is_never_ok(void **state)
{
	(void)state;
	for_each_row(is_not_ok_without_an_id);
}

static bool
has_bare(const struct reply_table *t, const char *call)
{
	for (size_t i = 0; i < t->rows; i++)
		if (is_bare(&t->row[i]) && replies_is(&t->row[i], call))
			return true;
	return false;
}

static void
tables_are_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < table_count; i++) {
		const struct reply_table *t = &tables[i];
		const struct provider_type *type = provider_type_find(t->type);
		const struct provider_ops *ops = provider_ops(type);

		assert_non_null(type);
		if (t->rows < ROWS_MIN)
			fail_msg("%s: %zu rows, at least %d", t->type, t->rows,
			    ROWS_MIN);
		if (ops->call[CALL_CHECK].reply != NULL &&
		    !has_bare(t, "check"))
			fail_msg("%s: no check-bare that is ok", t->type);
		if (ops->call[CALL_POLL].reply != NULL && !has_bare(t, "poll"))
			fail_msg("%s: no poll-bare that is ok", t->type);
	}
}

/* Each file below is of a type; replies_load and sample_nth want one of each
 * type. */
static void
no_type_is_forgotten(void **state)
{
	static const char *const folders[] = { REPLIES, "tests/providers" };
	const struct dirent *e;
	DIR *dir;

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		dir = opendir(folders[i]);
		assert_non_null(dir);
		while ((e = readdir(dir)) != NULL)
			if (e->d_name[0] != '.' && is_wanted(e->d_name) &&
			    provider_type_find(e->d_name) == NULL)
				fail_msg("%s/%s: no such type", folders[i],
				    e->d_name);
		(void)closedir(dir);
	}
	for (unsigned i = 0; provider_type_nth(i) != NULL; i++)
		assert_non_null(sample_nth(i));
}

static int
load_tables(void **state)
{
	const struct sample *s;

	(void)state;
	for (unsigned i = 0; (s = sample_nth(i)) != NULL; i++)
		if (is_wanted(s->type))
			replies_load(s->type, &tables[table_count++]);
	return table_count > 0 ? 0 : -1;
}

/* That a code is late is the word of a worker, which may be taken over: by the
 * receipt of such a call it has no guess back that it would not have without.
 */
static void
late_gives_nothing_back(const struct reply_table *t, const struct reply_row *r)
{
	struct reply_row row = *r;
	enum broker_receipt said[2];
	struct provider_ctx ctx;
	struct number_facts l;

	if (!replies_is(r, "check") || strchr(r->call, ':') != NULL)
		return;
	for (int late = 0; late < 2; late++) {
		PRINT_TO(row.call, "%s", late ? "check-late" : "check");
		replies_read(t->type, r->file, &reply);
		said[late] = broker_receipt_from_outcome(
		    CALL_CHECK, judge(t, &row, &reply, &ctx, &l), false, &ctx);
	}
	if (said[0] != BROKER_NOT_DONE && said[1] == BROKER_NOT_DONE)
		fail_msg("%s/%s: late, a guess comes back", t->type, r->file);
}

static void
a_late_code_stays_counted(void **state)
{
	(void)state;
	for_each_row(late_gives_nothing_back);
}

UNIT_TESTS(test_replies)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_type_is_forgotten),
		cmocka_unit_test(tables_are_whole),
		cmocka_unit_test(replies_mean_what_the_tables_say),
		cmocka_unit_test(a_cut_reply_is_never_ok),
		cmocka_unit_test(a_bent_reply_is_never_ok),
		cmocka_unit_test(another_http_status_is_never_ok),
		cmocka_unit_test(no_id_of_ours_is_never_ok),
		cmocka_unit_test(a_late_code_stays_counted),
	};

	return cmocka_run_group_tests_name("replies", tests, load_tables, NULL);
}
