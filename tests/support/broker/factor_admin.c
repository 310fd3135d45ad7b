/* SPDX-License-Identifier: BSD-2-Clause */
/* Time, and what an admin does between two requests: to the state, and to what
 * the machine knows. */
#include "tests/support/broker/factor_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/broker/dice.h"
#include "tests/support/store_time.h"

struct factor_model model;
const char *const model_names[NAMES] = { "alice", "bob", "carol", "dave",
	"box//ann", "box//.00112233445566aa", "box" };
const char *const model_number[NUMBERS] = { KEPT_NUMBER, KEPT_OTHER_NUMBER,
	"+12025550102", "+12025550142", "+12025550143" };

void
time_is(int64_t to_wall, int64_t to_now)
{
	kept_wall = model.wall = to_wall;
	model.now = to_now;
	store_time_wall(model.wall);
	store_time_now(model.now);
	for (size_t i = 0; i < model.code_count; i++)
		model.codes[i].was_over |= model.codes[i].kind > 0 &&
		    (model.wall < model.codes[i].since ||
			model.wall >= model.codes[i].until ||
			model.now >= model.codes[i].ends);
}

void
time_passes(void)
{
	static const int64_t set[] = { -3, -40, -700, -4000, -MODEL_DAY - 60,
		-MODEL_DAY - 2000, 40, 4000, MODEL_DAY + 60, MODEL_DAY + 60 };
	const int64_t s = dice_any(3) > 0 ? dice_any(40) : dice_any(1200);
	int64_t to = model.wall + s;

	if (dice_any(5) == 0)
		to += set[dice_any(COUNT_OF(set))];
	if (to < MODEL_BASE - 2 * MODEL_DAY || to > MODEL_BASE + 10 * MODEL_DAY)
		to = MODEL_BASE;
	dice_say("time: %+lld s, now %lld", (long long)(to - model.wall),
	    (long long)(to - MODEL_BASE));
	time_is(to, model.now + s * 1000);
}

/* Records. */

const struct model_record *
record_of(enum who who)
{
	return model.file[who].text != 0 ? &model.file[who]
					 : &model.enrolled[who];
}

void
secret_add(const char *base32)
{
	struct secret *s = &model.secrets[model.made].base32;

	model.secrets[model.made] =
	    (struct model_secret){ .base32.len = strlen(base32) };
	memcpy(s->b, base32, s->len + 1);
	PRINT_TO(model.secrets[model.made].path, "%s/%zu.totp",
	    kept_conf.users_dir, model.made);
	kept_secret_file(model.secrets[model.made++].path, base32);
}

/* Writes the file that has these; text is another for others. */
void
admin_writes(enum who who, int phone, int one, int two)
{
	static unsigned written; /* the same text again is another record */
	char text[512] = "";

	model.file[who] = (struct model_record){ .number = phone,
		.app = { one, two },
		.apps = (size_t)(one >= 0) + (size_t)(two >= 0),
		.text = ++written };
	PRINT_APPEND(text, "uid = 1003; phone = \"%s\"; ", model_number[phone]);
	if (two >= 0)
		PRINT_APPEND(text,
		    "apps = ( { secret_file = \"%s\"; }, { secret_file = "
		    "\"%s\"; } );",
		    model.secrets[one].path, model.secrets[two].path);
	else if (one >= 0)
		PRINT_APPEND(text, "totp_secret_file = \"%s\";",
		    model.secrets[one].path);
	dice_say("admin: %s has %s", model_names[who], text);
	kept_record(model_names[who], text);
}

void
admin_unlinks(enum who who)
{
	char path[96];

	PRINT_TO(path, "%s/%s.conf", kept_conf.users_dir, model_names[who]);
	(void)unlink(path);
	model.file[who].text = 0;
	dice_say("admin: %s has no file", model_names[who]);
}

static void
admin_changes_record(void)
{
	static const int apps[][2] = { { -1, -1 }, { 0, -1 }, { 1, -1 },
		{ 0, 1 }, { 0, 1 } };
	const int *of = apps[dice_any(COUNT_OF(apps))];
	const enum who who = (enum who)dice_any(ANN);

	if (who >= CAROL && dice_any(2) == 0)
		admin_unlinks(who);
	else if (who >= CAROL)
		admin_writes(who, NEW + (int)dice_any(2), -1, -1);
	else if (who == BOB) /* at times with a secret of alice's */
		admin_writes(BOB, OF_BOB, 1 + (int)dice_any(2), -1);
	else
		admin_writes(ALICE, OF_ALICE, of[0], of[1]);
}

/* Codes that an admin makes. */

static struct model_code *
code_new(enum who of, unsigned kind, int64_t seconds)
{
	struct model_code *c = &model.codes[model.code_count];
	size_t n = ++model.code_count;

	assert_true(model.code_count <= MODEL_CODES);
	*c = (struct model_code){ .of = of,
		.kind = kind,
		.since = model.wall,
		.until = model.wall + seconds,
		.ends = model.now + seconds * 1000 };
	memset(c->text, 'Q', RECOVERY_LEN);
	for (int i = 0; n > 0; n /= 16)
		c->text[i++] = (char)('A' + n % 16);
	return c;
}

bool
code_holds(const struct model_code *c)
{
	return !c->gone &&
	    (c->kind == 0 ||
		(c->since <= model.wall && model.wall < c->until &&
		    (box_remote || model.now < c->ends)));
}

/* Without codes: the user is removed. */
void
admin_renews_codes(enum who of, unsigned count)
{
	const char *text[3];

	for (size_t i = 0; i < model.code_count; i++)
		model.codes[i].gone |= model.codes[i].of == of &&
		    (model.codes[i].kind == 0 || count == 0);
	for (unsigned i = 0; i < count; i++)
		text[i] = code_new(of, 0, 0)->text;
	dice_say("admin: %u new codes for %s", count, model_names[of]);
	assert_int_equal(
	    store_recovery_set(model.admin, model_names[of], text, count, NULL),
	    0);
	for (size_t i = 0; count == 0 && i < model.made; i++)
		if (model.secrets[i].last[of] < model.wall / TOTP_STEP_S - 2)
			model.secrets[i].last[of] = 0;
	if (count == 0 && model.floor_of[of] < model.wall / TOTP_STEP_S - 2)
		model.floor_of[of] = 0;
	for (size_t i = 0; i < model.grants && count == 0; i++)
		if (model.grant[i].who == of)
			model.grant[i].used = INT64_MIN;
}

static void
admin_makes_bypass(enum who of)
{
	static const unsigned uses[] = { RECOVERY_USE_LOGIN, RECOVERY_USE_ENROL,
		RECOVERY_USE_BOTH };
	const int64_t s = 60 + dice_any(dice_any(2) > 0 ? 1500 : 7200);
	struct model_code *c = code_new(of,
	    of == CAROL || of == DAVE ? RECOVERY_USE_BOTH
				      : uses[dice_any(COUNT_OF(uses))],
	    s);
	const char *text[1] = { c->text };
	struct store_recovery bypass = { .use = c->kind, .until = s };
	int rc;

	PRINT_TO(bypass.by, "root why");
	rc = store_recovery_set(model.admin, model_names[of], text, 1, &bypass);
	dice_say("admin: code %zu of use %u for %s: %d", model.code_count - 1,
	    c->kind, model_names[of], rc);
	assert_in_range(rc, 0, 1);
	c->gone = rc == 1; /* too many */
	memcpy(c->salt, bypass.salt, sizeof(c->salt));
}

static void
admin_ends_bypass(void)
{
	struct model_code *c = model.code_count > 0
	    ? &model.codes[dice_any(model.code_count)]
	    : NULL;
	struct store_recovery bypass = { .use = 0 };

	if (c == NULL || c->kind == 0)
		return;
	memcpy(bypass.salt, c->salt, sizeof(c->salt));
	dice_say("admin: ends code %d", (int)(c - model.codes));
	(void)store_recovery_set(
	    model.admin, model_names[c->of], NULL, 0, &bypass);
	c->gone = true;
}

void
grants_end(enum who of)
{
	for (size_t i = 0; i < model.grants; i++)
		if (of == NAMES || model.grant[i].who == of)
			model.grant[i].used = INT64_MIN;
}

static void
admin_forgets(void)
{
	const enum who of =
	    (enum who)(dice_any(4) == 0 ? NAMES : dice_any(ANN + 1));

	dice_say("admin: forgets %s", of == NAMES ? "all" : model_names[of]);
	assert_true(store_remembered_forget(model.admin,
			of == NAMES ? NULL : model_names[of]) >= 0);
	grants_end(of);
}

static void
admin_unlocks(void)
{
	static const enum who whom[] = { ALICE, ALICE, BOB, CAROL, DAVE, BOX };
	const enum who of = whom[dice_any(COUNT_OF(whom))];

	dice_say("admin: unlocks %s", model_names[of]);
	assert_true(store_user_unlock(model.admin, model_names[of]) >= 0);
	memset(model.counts[of], 0, sizeof(model.counts[of]));
	if (of == BOX) { /* with its people */
		memset(model.counts[ANN], 0, sizeof(model.counts[ANN]));
		memset(model.counts[DECOY], 0, sizeof(model.counts[DECOY]));
	}
}

/* As by twofactl totp, with the code that proved the new secret. */
static void
admin_renews_app(enum who of)
{
	const int64_t step = model.wall / TOTP_STEP_S - dice_any(2);

	dice_say("admin: totp of %s", model_names[of]);
	assert_int_equal(
	    store_totp_renew(model.admin, model_names[of], step), 0);
	for (size_t i = 0; i < model.made; i++)
		if (model.secrets[i].last[of] > model.wall / TOTP_STEP_S + 1)
			model.secrets[i].last[of] = 0;
	if (model.floor_of[of] > model.wall / TOTP_STEP_S + 1 ||
	    model.floor_of[of] < step)
		model.floor_of[of] = step;
}

/* As if so many wrong codes had been counted before: the next one locks out. */
static void
counted_before(void)
{
	struct model_count *c = &model.counts[ALICE][TOTAL];

	if (c->wrong == 0 || c->wrong >= LIMITS_LOCKOUT_AT - 1)
		return;
	dice_say("alice has 99 wrong codes");
	(void)box_sql(kept_box,
	    "UPDATE guess SET wrong = 99 WHERE user = 'alice' AND source = "
	    "''");
	c->wrong = LIMITS_LOCKOUT_AT - 1;
}

void
admin_changes_rule(void)
{
	static const unsigned methods[] = { METHOD_ALL, METHOD_ALL, METHOD_ALL,
		METHOD_ALL, METHOD_ALL, METHOD_ALL, METHOD_ALL, METHOD_ALL,
		METHOD_ALL & ~METHOD_BIT(METHOD_TOTP),
		METHOD_ALL & ~METHOD_BIT(METHOD_RECOVERY),
		METHOD_ALL & ~METHOD_BIT(METHOD_BYPASS),
		METHOD_ALL & ~METHOD_BIT(METHOD_SMS) };
	static const unsigned minutes[] = { 0, 10, 10, 60, 2880, 2880 };
	struct rule *r = &kept_conf.rule[0];

	r->methods = methods[dice_any(COUNT_OF(methods))];
	r->remember_minutes = minutes[dice_any(COUNT_OF(minutes))];
	r->remember_key = dice_any(5) == 0;
	model.window = dice_any(3) > 0;
	kept_conf.unenrolled_enrol = dice_any(6) > 0;
	kept_conf.self_enrol_until = model.window
	    ? (unsigned)(MODEL_BASE / MODEL_DAY) + 20
	    : (unsigned)(MODEL_BASE / MODEL_DAY) - 5;
	dice_say("admin: methods %x, %u minutes%s, window %d %d", r->methods,
	    r->remember_minutes, r->remember_key ? " by key" : "", model.window,
	    kept_conf.unenrolled_enrol);
}

/* At a server the seal would be needed. */
void
enrolment_remove(enum who of)
{
	char text[80];

	model.enrolled[of].text = 0;
	PRINT_TO(
	    text, "DELETE FROM twofa.record WHERE usr = '%s'", model_names[of]);
	if (box_remote)
		(void)postgres_sql(text);
	else
		assert_true(store_record_remove(
				model.admin, model_names[of], NULL) >= 0);
}

static void
admin_removes_enrolment(void)
{
	const enum who of = dice_any(2) > 0 ? CAROL : DAVE;

	dice_say("admin: removes the enrolment of %s", model_names[of]);
	enrolment_remove(of);
}

void
admin_acts(void)
{
	switch (dice_any(16)) {
	case 0:
	case 1:
		admin_changes_record();
		break;
	case 2:
		admin_renews_codes((enum who)dice_any(ANN + 1), 3);
		break;
	case 3:
	case 4:
		admin_makes_bypass((enum who)dice_any(ANN + 1));
		break;
	case 5:
		admin_ends_bypass();
		break;
	case 6:
		admin_forgets();
		break;
	case 7:
		admin_unlocks();
		break;
	case 8:
		admin_renews_app((enum who)dice_any(2));
		break;
	case 9:
	case 13:
	case 14:
		admin_changes_rule();
		break;
	case 10:
		admin_removes_enrolment();
		break;
	case 11:
	case 15:
		counted_before();
		break;
	default:
		if (dice_any(3) == 0)
			admin_renews_codes((enum who)dice_any(2), 0);
	}
}
