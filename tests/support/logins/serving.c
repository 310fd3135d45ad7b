/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl asks of the helper, served in the test's own process. */
#include "tests/support/logins/serving.h"

#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "tests/support/store_time.h"

struct confdir serving;

int
serving_setup(void **state)
{
	(void)state;
	confdir_make(&serving);
	confdir_write(
	    &serving, "twofa.conf", CONFDIR_BASE "state = \"@D/state.db\";");
	return 0;
}

int
serving_teardown(void **state)
{
	(void)state;
	confdir_remove(&serving);
	return 0;
}

struct store *
serving_state(void)
{
	char path[512], cause[STORE_CAUSE_MAX] = "";
	struct store *s;

	snprintf(path, sizeof(path), "%s/state.db", serving.path);
	s = at_open(path, SERVING_BOOT, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	return s;
}

void
serving_wrong_codes(const char *user, const char *source)
{
	const struct limits_of_guesses limits = { 2, 30, 900, 0 };
	struct store_guess_token token;
	struct store *s = serving_state();
	int64_t wait_s;

	for (unsigned i = 0; i < limits.after; i++)
		at_guess_take(
		    s, user, source, &limits, SERVING_WALL, &token, &wait_s);
	store_close(s);
}

static void
report_line(void *ctx, const char *line)
{
	(void)request_error(ctx, line);
}

static void
run_with_records(const struct environment *env, struct settings *conf,
    struct login_result *result)
{
	const struct store_fleet *fleet = store_records(conf);

	if (fleet != NULL)
		fleet->records_begin(conf, env->facts, 0);
	control_run(env, result);
	if (fleet != NULL)
		fleet->records_end(conf);
}

const char *
serving_run(enum facts_purpose purpose, const char *user, const char *request,
    const struct ui *ui)
{
	char conf[512];
	const struct facts facts = { .purpose = purpose,
		.conf = conf,
		.user = user,
		.ruser = "",
		.boot_id = SERVING_BOOT,
		.request = request != NULL ? request : "" };
	struct environment env = { .facts = &facts, .ui = ui, .deadline = 1 };
	const struct settings_report report = { .ctx = &env,
		.line = report_line };
	struct settings *loaded;
	struct login_result result;

	snprintf(conf, sizeof(conf), "%s/twofa.conf", serving.path);
	login_result_init(&result);
	store_time_now(SERVING_NOW);
	store_time_wall(SERVING_WALL);
	env.conf = loaded = settings_load(conf, getuid(), &report);
	if (loaded != NULL)
		run_with_records(&env, loaded, &result);
	else
		login_result_end(&result, REASON_SETTINGS);
	settings_free(loaded);
	if (result.verdict == VERDICT_ALLOW)
		return result.reason == REASON_NONE ? ""
						    : "allowed with a reason";
	assert_int_equal(result.verdict, VERDICT_DENY);
	assert_int_not_equal(result.reason, REASON_NONE);
	return reason_word(result.reason);
}
