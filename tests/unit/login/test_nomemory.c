/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out at every single request, in whole logins and in the
 * reading of settings: it allows nobody, nothing leaks, nothing crashes.
 * Each point is a process of its own at the same state. Of many points some
 * are taken, others at each run; NOMEMORY=all takes all.
 */
#include "tests/support/logins/login_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/settings/settings.h"
#include "tests/seams/failalloc.h"
#include "tests/support/confdir.h"
#include "tests/support/unit_tests.h"

#define POINTS 40 /* of one scene, where not all are taken */
#define FILES 3

/* What a point's process leaves behind. */
static struct report {
	struct failalloc_place place;
	long requests, leaked;
	bool over;    /* it came to its end */
	bool allowed; /* the person is let in */
	bool unasked; /* ... without the vendor's yes, where it takes it */
	bool again;   /* let in once more by the same code */
	bool counted; /* a message that nobody was asked for */
	bool broken;  /* half a result */
	bool told;    /* the last line of a process that libconfig ended */
	char reason[64];
	char crashed[FAILALLOC_OBJECT]; /* the program or library */
} * report;

struct scene {
	const char *name;
	/* the settings, the record and what is typed */
	void (*make)(struct scripted *, struct script *);
	bool may_allow; /* the code is right; else nothing may let in */
	bool single;    /* the same code must not let in twice */
	bool vendors;   /* only what the vendor did lets in */
};

static unsigned failures;

/* A sanitizer has blocks of its own, which are freed but were never asked for:
 * it counts itself. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* libconfig forgets the start of a string that is never closed. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

/* What is loaded from here on stays for good. */
static void
warm_begin(void)
{
	if (__lsan_disable != NULL)
		__lsan_disable();
}

static void
warm_end(void)
{
	if (__lsan_enable != NULL)
		__lsan_enable();
}

static long
leaked_since(long live)
{
	if (__lsan_do_recoverable_leak_check != NULL)
		return __lsan_do_recoverable_leak_check();
	return failalloc_live() - live;
}

/* The state as each point finds it. */
static struct kept {
	char path[192];
	char *bytes;
	size_t len;
} kept[FILES];

static void
keep(const struct scripted *s)
{
	static const char *const suffixes[FILES] = { "", "-wal", "-room" };

	for (size_t i = 0; i < FILES; i++) {
		struct stat st;
		FILE *f;

		snprintf(kept[i].path, sizeof(kept[i].path), "%s%s", s->state,
		    suffixes[i]);
		assert_int_equal(stat(kept[i].path, &st), 0);
		kept[i].len = (size_t)st.st_size;
		kept[i].bytes = malloc(kept[i].len);
		f = fopen(kept[i].path, "r");
		assert_non_null(f);
		assert_int_equal(
		    fread(kept[i].bytes, 1, kept[i].len, f), kept[i].len);
		fclose(f);
	}
}

static void
restore(const struct scripted *s)
{
	char path[192];

	snprintf(path, sizeof(path), "%s-shm", s->state);
	unlink(path);
	for (size_t i = 0; i < FILES; i++) {
		FILE *f = fopen(kept[i].path, "w");

		assert_non_null(f);
		assert_int_equal(
		    fwrite(kept[i].bytes, 1, kept[i].len, f), kept[i].len);
		assert_int_equal(fclose(f), 0);
	}
}

static void
forget(void)
{
	for (size_t i = 0; i < FILES; i++)
		free(kept[i].bytes);
}

static void
told(const char *line)
{
	report->told = strstr(line, "settings: no memory") != NULL;
}

/* In the point's process: a crash is its end, and seen by none but us. */
static void
alone(void)
{
	failalloc_watch(report->crashed);
	if (getenv("NOMEMORY") == NULL)
		(void)!freopen("/dev/null", "w", stderr);
}

static void
login(struct scripted *s, const struct scene *scene, long nth)
{
	static struct script script, twice;
	struct login_result result;
	int64_t pending;
	long live;

	script = (struct script){ .leaves_ms = 0 };
	scene_vendor = (struct scene_vendor){ .refuses = !scene->may_allow };
	scene->make(s, &script);
	twice = script;
	pending = scripted_pending(s);
	live = failalloc_live();
	failalloc_arm(nth, false);
	scripted_run(s, &script, 1, &result);
	report->requests = failalloc_stop();
	ERR_clear_error();
	report->leaked = leaked_since(live);
	/* one of a stranger counts, and never goes out */
	report->counted = script.requests == 0 &&
	    result.reason != REASON_PERSON_UNKNOWN &&
	    scripted_pending(s) != pending;
	report->allowed = result.verdict == VERDICT_ALLOW;
	snprintf(report->reason, sizeof(report->reason), "%s",
	    result.reason == REASON_NONE ? "" : reason_word(result.reason));
	report->broken = !report->allowed && result.reason == REASON_NONE;
	report->unasked =
	    scene->vendors && report->allowed && !scene_vendor.asked;
	if (scene->single && report->allowed) {
		scene_vendor.refuses = true;
		scripted_run(s, &twice, 2, &result);
		report->again = result.verdict == VERDICT_ALLOW;
	}
}

/* Does the request come from a library, or from a function, named so? */
static bool
came_from(const char *library, const char *function)
{
	for (int i = 0; i < report->place.frames; i++) {
		Dl_info info;

		if (dladdr(report->place.frame[i], &info) == 0)
			continue;
		if (library != NULL && info.dli_fname != NULL &&
		    strstr(info.dli_fname, library) != NULL)
			return true;
		if (function != NULL && info.dli_sname != NULL &&
		    strstr(info.dli_sname, function) != NULL)
			return true;
	}
	return false;
}

static bool
of_libconfig(void)
{
	return came_from("libconfig", NULL);
}

/* libc goes on to another source of accounts, and loads it for good. */
static bool
of_names(void)
{
	return came_from(NULL, "nss_");
}

static void
point_fails(const char *name, long nth, const char *what)
{
	fprintf(stderr, "%s, request %ld: %s (%s)\n", name, nth, what,
	    report->reason);
	backtrace_symbols_fd(
	    report->place.frame, report->place.frames, STDERR_FILENO);
	failures++;
}

static void
point_look(const char *name, long nth, int status, bool may_allow)
{
	if (!report->over) {
		/* libconfig 1.5 does not look whether there is memory: then it
		 * ends the process, which denies, and a line says why; who
		 * of ours ends it has told before */
		if (status == 0 || WIFSIGNALED(status))
			point_fails(name, nth, "crashed");
		if (of_libconfig() && !report->told)
			point_fails(name, nth, "ended without a line");
		return;
	}
	if (report->leaked > 0 && !of_libconfig() && !of_names())
		point_fails(name, nth, "leaked");
	if (report->broken)
		point_fails(name, nth, "half a result");
	if (report->unasked)
		point_fails(name, nth, "let in without the vendor");
	if (report->counted)
		point_fails(name, nth, "counted and did not send");
	if (report->again)
		point_fails(name, nth, "let in twice");
	if (report->allowed && !may_allow)
		point_fails(name, nth, "let somebody in");
}

/* From one of n points to the next that is taken. */
static long
stride(long n, long points)
{
	const char *all = getenv("NOMEMORY");
	long step = n / points;

	return (all != NULL && strcmp(all, "all") == 0) || step < 2
	    ? 1
	    : step - 1 + (long)getpid() % 3;
}

/* The sanitizer's look for leaks takes a tenth of a second. */
static long
points(void)
{
	return __lsan_do_recoverable_leak_check != NULL ? POINTS / 8 : POINTS;
}

static void
report_clear(void)
{
	memset(report, 0, sizeof(*report));
	failalloc_tell(&report->place);
}

static int
login_point(struct scripted *s, const struct scene *scene, long nth)
{
	int status = 0;
	pid_t pid;

	report_clear();
	restore(s);
	pid = fork();
	if (pid == 0) {
		alone();
		login(s, scene, nth);
		report->over = true;
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
scene_run(struct scripted *s, const struct scene *scene)
{
	static struct script warm;
	struct login_result result;
	long n, step;

	/* whatever is loaded once is loaded now */
	failures = 0;
	ERR_raise(ERR_LIB_USER, 1);
	ERR_clear_error();
	scene_vendor.refuses = !scene->may_allow;
	scene->make(s, &warm);
	warm_begin();
	scripted_run(s, &warm, 9, &result);
	warm_end();
	report_clear();
	(void)login_point(s, scene, 0);
	assert_true(report->over);
	if (report->allowed != scene->may_allow)
		point_fails(scene->name, 0, "ends otherwise");
	assert_int_equal(report->leaked, 0);
	n = report->requests;
	assert_true(n > 0);
	step = stride(n, points());
	for (long i = 1; i <= n; i += step)
		point_look(
		    scene->name, i, login_point(s, scene, i), scene->may_allow);
}

static void
make_right(struct scripted *s, struct script *script)
{
	(void)s;
	*script = (struct script){ .answer = { TYPED("123456") } };
}

static void
make_wrong(struct scripted *s, struct script *script)
{
	(void)s;
	*script = (struct script){ .answer = { TYPED("111111"), TYPED("r"),
				       TYPED("222222"), TYPED("333333"),
				       TYPED("444444") } };
}

static void
make_outage(struct scripted *s, struct script *script)
{
	make_wrong(s, script);
	s->conf.on_outage = OUTAGE_ALLOW;
}

static void
make_unenrolled(struct scripted *s, struct script *script)
{
	make_wrong(s, script);
	s->conf.unenrolled_allow = true;
}

static const char *groups[] = { "daemon", "no-such-group" };

static void
make_rules(struct scripted *s, struct script *script)
{
	make_wrong(s, script);
	s->rule[0] = (struct rule){ .action = ACTION_SKIP,
		.groups = { 1, groups },
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET };
	s->rule[1] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.remember_minutes = 5,
		.on_outage = OUTAGE_UNSET };
	s->conf.rule_count = 2;
}

static void
make_decoy(struct scripted *s, struct script *script)
{
	make_wrong(s, script);
	scene_decoy(s, script);
}

static void
make_recovery(struct scripted *s, struct script *script)
{
	(void)s;
	*script = (struct script){ .answer = { TYPED(SCRIPT_RECOVERY) } };
}

static void
make_app(struct scripted *s, struct script *script)
{
	scene_app(s);
	*script = (struct script){ .answer = { TYPED(scene_vendor.code) } };
}

static void
make_own(struct scripted *s, struct script *script)
{
	/* until one is sent */
	snprintf(scene_vendor.code, sizeof(scene_vendor.code), "000000");
	scene_own_code(s, script);
}

static void
make_wrong_own(struct scripted *s, struct script *script)
{
	make_outage(s, script);
	scripted_provider(s, 0, "telnyx-sms", "telnyx-sms");
}

static void
a_login(struct scripted *s, const struct scene *scene)
{
	s->answer = scene_reply;
	scripted_recovery(s);
	keep(s);
	scene_run(s, scene);
	forget();
	assert_int_equal(failures, 0);
}

#define SCENE(f, make, may_allow, single, vendors)                             \
	static void f(void **state)                                            \
	{                                                                      \
		static const struct scene scene = { #f, make, may_allow,       \
			single, vendors };                                     \
		a_login(*state, &scene);                                       \
	}

SCENE(right, make_right, true, false, true)
SCENE(wrong, make_wrong, false, false, true)
SCENE(outage, make_outage, false, false, true)
SCENE(unenrolled, make_unenrolled, false, false, true)
SCENE(rules, make_rules, false, false, true)
SCENE(decoy, make_decoy, false, false, true)
SCENE(recovery, make_recovery, true, true, false)
SCENE(app, make_app, true, true, false)
SCENE(own, make_own, true, false, true)
SCENE(wrong_own, make_wrong_own, false, false, true)
SCENE(push, scene_push, true, true, true)
SCENE(denied_push, scene_denied_push, false, false, true)
SCENE(person, scene_person, true, false, true)
SCENE(stranger, scene_stranger, false, false, true)
SCENE(field_app, scene_field_app, true, true, false)
SCENE(field_recovery, scene_field_recovery, true, true, false)
SCENE(field_sms, scene_field_sms, false, false, true)
SCENE(field_wrong, scene_field_wrong, false, false, true)

/* --- settings --- */

#define SETTINGS                                                               \
	CONFDIR_BASE                                                           \
	"rules = ( { services = [\"sshd\", \"login\"]; from = "                \
	"[\"10.0.0.0/8\", \"2001:db8::/32\"]; groups = [\"ops\", \"adm\"]; "   \
	"action = \"skip\"; }, { users = [\"alice\"]; action = \"deny\"; },"   \
	"{ services = [\"sudo\"]; methods = [\"totp\"]; action = "             \
	"\"require\"; } );\n"                                                  \
	"limits = { allowed_prefixes = [\"+1\", \"+44\"]; resend_wait = "      \
	"[30, 60]; lock_after = 4; };\n"                                       \
	"unenrolled = \"deny\";\n"

/* All of it, or nothing. */
static bool
whole(const struct settings *c)
{
	return c->provider_count == 1 && c->provider[0].secret[0].len == 11 &&
	    c->rule_count == 3 && c->rule[0].services.count == 2 &&
	    c->rule[0].from.count == 2 && c->rule[0].groups.count == 2 &&
	    c->rule[0].action == ACTION_SKIP && c->rule[1].users.count == 1 &&
	    strcmp(c->rule[1].users.item[0], "alice") == 0 &&
	    c->rule[1].action == ACTION_DENY &&
	    c->rule[2].methods == METHOD_BIT(METHOD_TOTP) &&
	    c->allowed_prefixes.count == 2 && c->resend_waits == 2 &&
	    c->guesses.after == 4 && !c->unenrolled_allow;
}

static void
line_quietly(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

static void
load_settings(const struct confdir *d, long nth)
{
	const struct settings_report lines = { .ctx = NULL,
		.line = line_quietly };
	char path[512];
	struct settings *c;
	long live = failalloc_live();

	snprintf(path, sizeof(path), "%s/twofa.conf", d->path);
	failalloc_arm(nth, false);
	c = settings_load(path, getuid(), &lines);
	report->requests = failalloc_stop();
	ERR_clear_error();
	report->allowed = c != NULL;
	report->broken = c != NULL && !whole(c);
	settings_free(c);
	report->leaked = leaked_since(live);
}

static int
settings_point(const struct confdir *d, long nth)
{
	int status = 0;
	pid_t pid;

	report_clear();
	pid = fork();
	if (pid == 0) {
		alone();
		load_settings(d, nth);
		report->over = true;
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
settings(void **state)
{
	struct confdir d;
	long n, step;

	(void)state;
	failures = 0;
	confdir_make(&d);
	settings_free(confdir_load(&d, SETTINGS));
	assert_string_equal(d.log, "");
	(void)settings_point(&d, 0);
	assert_true(report->over && report->allowed);
	n = report->requests;
	assert_true(n > 50);
	step = stride(n, 4 * points());
	for (long i = 1; i <= n; i += step)
		point_look("settings", i, settings_point(&d, i), true);
	assert_int_equal(failures, 0);
	confdir_remove(&d);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_nomemory)
{
	const struct CMUnitTest tests[] = {
		TEST(right),
		TEST(wrong),
		TEST(outage),
		TEST(unenrolled),
		TEST(rules),
		TEST(decoy),
		TEST(recovery),
		TEST(app),
		TEST(own),
		TEST(wrong_own),
		TEST(push),
		TEST(denied_push),
		TEST(person),
		TEST(stranger),
		TEST(field_app),
		TEST(field_recovery),
		TEST(field_sms),
		TEST(field_wrong),
		cmocka_unit_test(settings),
	};

	crash_guard_init(told);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return 1;
	warm_begin();
	failalloc_tell(&report->place);
	warm_end();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
