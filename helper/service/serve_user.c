/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks, recovery codes, the app's steps and remembered logins, for twofactl.
 */
#include "helper/service/serve_user.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "helper/service/serve_record.h"
#include "helper/service/serve_status.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

#define STEP_DIGITS 12

static void
deny(struct login_result *result, enum reason why)
{
	result_deny(result, VERDICT_DENY, why);
}

/* It is done: write the log line. */
static void
allow(const struct request *request, const char *what,
    struct login_result *result)
{
	const struct facts *f = request->facts;

	log_notice("twofactl: %s user=%s by uid=%lld%s%s", what,
	    f->user[0] != '\0' ? f->user : "(all)", (long long)f->real_uid,
	    f->ruser[0] != '\0' ? " ruser=" : "", f->ruser);
	result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}

/* Ask for a number with at most max digits. False after denying. */
static bool
ask_number(const struct request *request, const char *prompt, size_t max,
    int64_t *number, struct login_result *result)
{
	const struct ui *ui = request->ui;
	struct ui_answer a = { 0 };
	enum ui_result r =
	    ui->ask(ui->ctx, prompt, request->deadline, NULL, &a);
	size_t len = strspn(a.text, "0123456789");

	if (r != UI_ANSWER) {
		deny(result, REASON_KEPT);
		return false;
	}
	if (len < 1 || len > max || a.text[len] != '\0') {
		deny(result, REASON_USAGE);
		return false;
	}
	*number = strtoll(a.text, NULL, 10);
	return true;
}

static void
reset_sends(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	struct user_record record = { .phone = "" };
	const bool known = serve_user_record(request, conf, &record);
	const int64_t reset = store_sends_reset(store, request->facts->user,
	    known ? verify_counted_as(&record) : "");

	user_record_wipe(&record);
	if (reset < 0)
		request_state_failed(request, store, result);
	else if (reset == 0)
		deny(result, REASON_NOTHING);
	else
		allow(request, "unlock --sends", result);
}

void
serve_unlock(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	if (strcmp(request->facts->request, UNLOCK_SENDS) == 0) {
		reset_sends(request, conf, store, result);
		return;
	}
	switch (store_unlock(store, request->facts->user)) {
	case 1:
		allow(request,
		    strcmp(request->facts->request, UNLOCK_LOCAL) == 0
			? "unlock --local"
			: "unlock",
		    result);
		return;
	case 0:
		deny(result, REASON_NOTHING);
		return;
	}
	request_state_failed(request, store, result);
}

struct codes {
	char code[RECOVERY_MAX][RECOVERY_LEN + 1];
	const char *list[RECOVERY_MAX];
};

/* Codes are sent before they are stored: if twofactl cannot take them, the
 * codes on paper stay valid. It shows them only after ALLOW. */
static int
make_codes(const struct request *request, struct codes *codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (recovery_code_make(codes->code[i]) != 0)
			return -1;
		codes->list[i] = codes->code[i];
	}
	for (unsigned i = 0; i < count; i++)
		request_say(request, ADMIN_CODE, &codes->list[i], NULL);
	return 0;
}

static void
replace_codes(const struct request *request, struct store *store,
    unsigned count, int had, struct login_result *result)
{
	struct codes codes = { 0 };

	if (make_codes(request, &codes, count) != 0) {
		request_error(request, "the kernel gave no random bytes");
		deny(result, REASON_STATE);
	} else if (store_recovery_set(
		       store, request->facts->user, codes.list, count) != 0) {
		request_state_failed(request, store, result);
	} else if (count > 0 || had > 0) {
		allow(request, "recovery-codes", result);
	} else {
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
	}
	explicit_bzero(&codes, sizeof(codes));
}

/* A fleet's state, where an administrator alone removes users. */
static bool
is_of_others(const struct request *request, const struct settings *conf)
{
	return store_url_is(conf->state) &&
	    request->facts->state_admin == NULL &&
	    strcmp(request->facts->request, RECOVERY_LOCAL) != 0;
}

/* The answer 0 removes the codes that are left, and the user with them
 * (store.h). */
void
serve_recovery_codes(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	int left = store_recovery_left(store, request->facts->user);
	int64_t count = left;

	if (left < 0) {
		request_state_failed(request, store, result);
		return;
	}
	request_say(request, ADMIN_LEFT, NULL, &count);
	if (!ask_number(request, "count", 2, &count, result))
		return;
	if (count > RECOVERY_MAX)
		deny(result, REASON_USAGE);
	else if (count == 0 && left == 0 && is_of_others(request, conf))
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
	else
		replace_codes(request, store, (unsigned)count, left, result);
}

/* The code that proved the app must not let anybody in, and a login remembered
 * under the old secret must end. */
void
serve_totp(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *user = request->facts->user;
	int64_t step;

	(void)conf;
	if (!ask_number(request, "step", STEP_DIGITS, &step, result))
		return;
	if (store_totp_renew(store, user, step) != 0 ||
	    store_remembered_forget(store, user) < 0)
		request_state_failed(request, store, result);
	else
		allow(request, "totp", result);
}

void
serve_forget(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *user = request->facts->user;
	const char *account = request->facts->request;
	char there[PERSON_REMEMBERED_MAX];
	int64_t count;

	(void)conf;
	if (account[0] != '\0') {
		if (!user_name_valid(user) || !user_name_valid(account)) {
			deny(result, REASON_USAGE);
			return;
		}
		person_remembered_name(user, account, there);
		user = there;
	}
	count = store_remembered_forget(store, user[0] != '\0' ? user : NULL);
	if (count < 0) {
		request_state_failed(request, store, result);
		return;
	}
	request_say(request, ADMIN_FORGOT, NULL, &count);
	if (count == 0)
		deny(result, REASON_NOTHING);
	else
		allow(request, "forget", result);
}
