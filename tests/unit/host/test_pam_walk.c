/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways through an auth stack: what doctor finds, and the real libpam beside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

#define COMMON                                                                 \
	"auth [success=1 default=ignore] pam_unix.so nullok\n"                 \
	"auth requisite pam_deny.so\nauth required pam_permit.so\n"            \
	"auth optional pam_cap.so\n"
#define TWO "auth required pam_twofa.so\n"

#define WAYS                                                                   \
	"auth [success=ok new_authtok_reqd=ok ignore=ignore auth_err=reset "   \
	"default=bad] pam_x.so\n"

static struct pam_stack stack;

static void
read_files(const struct pamfiles *files)
{
	const struct pam_stack_source source = { .ctx = (void *)files,
		.read = pamfiles_read };

	assert_int_equal(pam_stack_read(&stack, "s", &source), PAM_STACK_READ);
}

/* A stack, what stands in its file "c", and the numbers of the lines (of the
 * list, from 1) that are to be found; 0: none. */
struct row {
	const char *text, *common;
	bool root, reached, no_factor;
	unsigned bypass, failed;
};

static const struct row good[] = {
	{ "@include c\n" TWO, COMMON, false, true, false, 0, 0 },
	{ "auth include c\n" TWO, COMMON, false, true, false, 0, 0 },
	/* a substack's die ends the substack alone: its password is told */
	{ "auth requisite pam_unix.so\n" TWO, "", false, true, false, 0, 0 },
	{ "auth [success=2 default=ignore] pam_unix.so\n"
	  "auth [success=1 default=ignore] pam_sss.so use_first_pass\n"
	  "auth requisite pam_deny.so\n" TWO,
	    "", false, true, false, 0, 0 },
	{ "auth optional pam_faildelay.so\nauth requisite pam_nologin.so\n"
	  "@include c\n" TWO,
	    COMMON, true, true, false, 0, 0 },
	{ "auth sufficient pam_rootok.so\n@include c\n" TWO, COMMON, false,
	    true, false, 0, 0 },
	{ "auth requisite pam_unix.so\nauth requisite pam_twofa.so\n"
	  "auth optional pam_gnome_keyring.so\n",
	    "", false, true, false, 0, 0 },
	{ "auth requisite pam_unix.so\n"
	  "auth [success=ok default=die] /opt/pam_twofa.so x=1\n",
	    "", false, true, false, 0, 0 },
	{ "auth requisite pam_unix.so\nauth [success=done default=die] "
	  "pam_twofa.so\n",
	    "", false, true, false, 0, 0 },
	{ "auth requisite pam_unix.so\n"
	  "auth substack c\nauth optional pam_cap.so\n",
	    TWO, false, true, false, 0, 0 },
	/* a key was shown before: nothing asks for a password */
	{ TWO, "", false, true, true, 0, 0 },
	{ "auth required pam_env.so\n" TWO, "", false, true, true, 0, 0 },
};

static const struct row bad[] = {
	/* reached after a failed password */
	{ "auth required pam_unix.so\n" TWO, "", false, true, false, 0, 1 },
	{ "auth substack c\n" TWO, COMMON, false, true, false, 0, 2 },
	{ "auth substack c\n" TWO,
	    "auth required pam_env.so\nauth sufficient pam_unix.so\n"
	    "auth required pam_deny.so\n",
	    false, true, false, 0, 3 },
	{ "auth [success=1 default=ignore] pam_unix.so\n" TWO
	  "auth required pam_permit.so\n",
	    "", false, true, false, 1, 1 },
	{ "auth [success=ok default=ignore] pam_unix.so\n" TWO, "", false, true,
	    false, 0, 1 },
	/* the stack succeeds without it */
	{ "auth sufficient pam_unix.so\n" TWO, "", false, true, false, 1, 1 },
	{ "auth requisite pam_unix.so\nauth sufficient pam_fprintd.so\n" TWO,
	    "", false, true, false, 2, 0 },
	{ "auth requisite pam_unix.so\nauth optional pam_twofa.so\n", "", false,
	    true, false, 2, 0 },
	{ "auth requisite pam_unix.so\nauth sufficient pam_twofa.so\n", "",
	    false, true, false, 2, 0 },
	{ "auth requisite pam_unix.so\nauth [success=ok maxtries=ignore "
	  "default=die] pam_twofa.so\n",
	    "", false, true, false, 2, 0 },
	{ "auth requisite pam_unix.so\nauth [success=ok abort=ignore "
	  "default=die] pam_twofa.so\n",
	    "", false, true, false, 2, 0 },
	{ "auth requisite pam_unix.so\nauth [success=ok module_unknown=ignore "
	  "default=die] pam_twofa.so\n",
	    "", false, true, false, 2, 0 },
	{ "auth requisite pam_unix.so\nauth [success=1 default=ignore] "
	  "pam_succeed_if.so user ingroup x\n" TWO
	  "auth required pam_permit.so\n",
	    "", false, true, false, 2, 0 },
	{ "auth include c\n" TWO,
	    "auth sufficient pam_unix.so\nauth required pam_deny.so\n", false,
	    true, false, 1, 1 },
	{ "@include c\n" TWO,
	    "auth [success=1 default=ignore] pam_unix.so\n"
	    "auth [default=die] pam_faillock.so authfail\n"
	    "auth sufficient pam_faillock.so authsucc\n",
	    false, true, false, 3, 0 },
	{ "auth sufficient pam_rootok.so\n@include c\n" TWO, COMMON, true,
	    false, false, 1, 0 },
	{ "auth requisite pam_unix.so\nauth substack c\n",
	    "auth sufficient pam_localuser.so\n" TWO, false, true, false, 3,
	    0 },
	/* never reached */
	{ "auth requisite pam_deny.so\n" TWO, "", false, false, false, 0, 0 },
	{ "auth sufficient pam_permit.so\n" TWO, "", false, false, false, 1,
	    0 },
	{ "auth [success=1 default=die] pam_unix.so\n" TWO
	  "auth required pam_permit.so\n",
	    "", false, false, false, 1, 0 },
	{ "auth [success=5 default=ignore] pam_unix.so\n"
	  "auth requisite pam_deny.so\n" TWO,
	    "", false, false, false, 0, 0 },
};

static unsigned
number_of(const struct pam_stack_line *line)
{
	return line == NULL ? 0 : (unsigned)(line - stack.line) + 1;
}

static void
judge(const struct row *row)
{
	const struct pamfiles files = { { { "s", row->text },
	    { "c", row->common } } };
	struct pam_walk found;

	read_files(&files);
	assert_string_equal(stack.fault, "");
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = row->root },
	    &found);
	print_message("%s", row->text);
	assert_false(found.too_complex);
	assert_non_null(found.twofa);
	assert_int_equal(found.reached, row->reached);
	assert_int_equal(found.no_factor, row->no_factor);
	assert_int_equal(number_of(found.bypass), row->bypass);
	assert_int_equal(number_of(found.failed), row->failed);
}

static void
test_good_stacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		judge(&good[i]);
}

static void
test_bad_stacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		judge(&bad[i]);
}

static void
test_missing(void **state)
{
	const struct pamfiles files = { { { "s", COMMON } } };
	struct pam_walk found;

	(void)state;
	read_files(&files);
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = false }, &found);
	assert_null(found.twofa);
	assert_false(found.reached);
	assert_non_null(found.bypass);
}

/* Nothing is missing where nobody gets in. */
static void
test_missing_where_all_is_denied(void **state)
{
	static const char *const closed[] = { "auth requisite pam_deny.so\n",
		"auth required pam_deny.so\nauth sufficient pam_unix.so\n",
		"auth required pam_env.so\nauth required pam_deny.so\n" };
	struct pam_walk found;

	(void)state;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		const struct pamfiles files = { { { "s", closed[i] } } };

		read_files(&files);
		pam_walk_check_stack(&stack,
		    &(const struct pam_walk_login){ .caller_is_root = true },
		    &found);
		assert_null(found.twofa);
		assert_null(found.bypass);
	}
}

/* As many lines as fit, each with many ways on. */
static void
test_long_stack(void **state)
{
	static char text[PAM_STACK_LINES * 80];
	const struct pamfiles files = { { { "s", text } } };
	struct pam_walk found;

	(void)state;
	text[0] = '\0';
	for (int i = 1; i < PAM_STACK_LINES; i++)
		strcat(text,
		    "auth [success=ok auth_err=2 ignore=reset "
		    "perm_denied=3 default=ignore] pam_x.so\n");
	strcat(text, TWO);
	read_files(&files);
	assert_int_equal(stack.count, PAM_STACK_LINES);
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = false }, &found);
	assert_false(found.too_complex);
	assert_true(found.reached);
	assert_non_null(found.bypass);
}

/* One file that includes itself as often as PAM goes along with: in each of the
 * parts all that came before may have ended well, oddly or badly. */
static void
test_more_ways_than_are_gone(void **state)
{
	static const char text[] = TWO WAYS WAYS WAYS WAYS "auth substack s\n";
	const struct pamfiles files = { { { "s", text } } };
	struct pam_walk found;

	(void)state;
	read_files(&files);
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = false }, &found);
	assert_true(found.too_complex);
	assert_non_null(found.twofa);
}

/*
 * The real thing beside the model: random stacks of pam_debug, which returns
 * what it is told to. No PAM header here, so the few symbols are looked up.
 */
#define ROUNDS 500
#define FILES 4
#define LINES 5
#define TEXT 2048

static const char *const returns[] = { "success", "open_err", "symbol_err",
	"service_err", "system_err", "buf_err", "perm_denied", "auth_err",
	"cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries",
	"new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
	"cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again" };

struct pam_conv {
	int (*conv)(int, const void **, void **, void *);
	void *ctx;
};

struct libpam {
	int (*start)(const char *, const char *, const struct pam_conv *,
	    const char *, void **);
	int (*authenticate)(void *, int);
	int (*end)(void *, int);
};

/* pam_debug tells what it does; nobody listens, and nobody frees a reply. */
static int
swallow(int count, const void **messages, void **replies, void *ctx)
{
	(void)messages;
	(void)ctx;
	*replies = calloc((size_t)count, 2 * sizeof(void *));
	return *replies == NULL ? 5 : 0;
}

static void *
symbol(void *lib, const char *name, void *pointer)
{
	void *at = dlsym(lib, name);

	/* ISO C has no cast from an object's to a function's pointer */
	memcpy(pointer, &at, sizeof(at));
	return at;
}

static bool
load(struct libpam *pam)
{
	void *lib = dlopen("libpam.so.0", RTLD_NOW);

	return lib != NULL &&
	    symbol(lib, "pam_start_confdir", &pam->start) != NULL &&
	    symbol(lib, "pam_authenticate", &pam->authenticate) != NULL &&
	    symbol(lib, "pam_end", &pam->end) != NULL;
}

static uint32_t seed = 1;

static unsigned
dice(unsigned sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % sides;
}

static const char *
one_of(const char *const *list, size_t count)
{
	return list[dice((unsigned)count)];
}

#define ONE_OF(list) one_of(list, sizeof(list) / sizeof((list)[0]))

/* Values that the lines above tell apart come up often. */
static const char *
any_return(void)
{
	return dice(3) == 0
	    ? ONE_OF(returns)
	    : returns[dice(2) == 0 ? RETURN_SUCCESS : RETURN_AUTH_ERR];
}

/* Includes by their path: by name this libpam looks in /etc/pam.d alone. */
static size_t
write_line(char *out, size_t cap, const char *folder, unsigned file)
{
	static const char *const words[] = { "required", "requisite",
		"sufficient", "optional" };
	static const char *const acts[] = { "ok", "done", "bad", "die",
		"ignore", "reset", "1", "2", "3" };
	unsigned kind = dice(file + 1 < FILES ? 10 : 8);
	int n;

	if (kind < 4)
		n = snprintf(out, cap, "auth %s pam_debug.so auth=%s\n",
		    ONE_OF(words), any_return());
	else if (kind < 8)
		n = snprintf(out, cap,
		    "auth [success=%s %s=%s default=%s] pam_debug.so "
		    "auth=%s\n",
		    ONE_OF(acts), ONE_OF(returns), ONE_OF(acts), ONE_OF(acts),
		    any_return());
	else
		n = snprintf(out, cap, "auth %s %s/f%u\n",
		    kind == 8 ? "include" : "substack", folder,
		    file + 1 + dice(FILES - file - 1));
	assert_true(n > 0 && (size_t)n < cap);
	return (size_t)n;
}

static void
place(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

/* A line that can return one thing only is pam_permit's or pam_deny's: what the
 * test wants to be returned stands among its arguments. */
static void
returns_always(struct pam_stack_line *line)
{
	char *rest = line->args;
	int value = RETURN_SUCCESS;

	if (line->kind != PAM_STACK_MODULE)
		return;
	for (const char *w = pam_stack_next_word(&rest); w != NULL;
	     w = pam_stack_next_word(&rest)) {
		if (strncmp(w, "auth=", 5) != 0)
			continue;
		for (value = 0; strcmp(returns[value], w + 5) != 0; value++)
			assert_true(value < RETURN_COUNT - 1);
	}
	strcpy(
	    line->module, value == RETURN_SUCCESS ? "pam_permit" : "pam_deny");
	if (value != RETURN_SUCCESS)
		line->action[RETURN_AUTH_ERR] = line->action[value];
}

/* A stack without pam_twofa that succeeds does so without its success. */
static bool
model_says(const struct pamfiles *files)
{
	struct pam_walk walk;

	read_files(files);
	for (size_t i = 0; i < stack.count; i++)
		returns_always(&stack.line[i]);
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = true }, &walk);
	assert_false(walk.too_complex);
	return walk.bypass != NULL;
}

static bool
libpam_says(const struct libpam *pam, const char *folder)
{
	const struct pam_conv conv = { swallow, NULL };
	void *handle = NULL;
	int rc;

	assert_int_equal(pam->start("s", "nobody", &conv, folder, &handle), 0);
	rc = pam->authenticate(handle, 0);
	(void)pam->end(handle, rc);
	return rc == 0;
}

static const char *const names[FILES + 1] = { "s", "f1", "f2", "f3", "other" };

static void
make_files(const char *folder, struct pamfiles *files)
{
	static char text[FILES][TEXT], path[FILES][64];

	memset(files, 0, sizeof(*files));
	for (unsigned f = 0; f < FILES; f++) {
		size_t used = 0;

		for (unsigned n = 1 + dice(LINES); n > 0; n--)
			used +=
			    write_line(text[f] + used, TEXT - used, folder, f);
		place(folder, names[f], text[f]);
		snprintf(path[f], sizeof(path[f]), "%s/%s", folder, names[f]);
		files->file[f].name = f == 0 ? names[f] : path[f];
		files->file[f].text = text[f];
	}
}

static void
remove_files(const char *folder)
{
	char path[128];

	for (unsigned f = 0; f <= FILES; f++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[f]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static void
test_like_libpam(void **state)
{
	char folder[] = "/tmp/pamwalk-XXXXXX";
	struct libpam pam = { 0 };
	unsigned successes = 0;
	struct pamfiles files;

	(void)state;
	if (!load(&pam))
		skip(); /* before Linux-PAM 1.5 */
	assert_non_null(mkdtemp(folder));
	place(folder, names[FILES], "auth required pam_deny.so\n");
	for (unsigned round = 0; round < ROUNDS; round++) {
		bool success;

		make_files(folder, &files);
		success = libpam_says(&pam, folder);
		if (model_says(&files) == success) {
			successes += success;
			continue;
		}
		remove_files(folder);
		fail_msg("libpam says %d of:\n%s-- f1\n%s-- f2\n%s"
			 "-- f3\n%s",
		    success, files.file[0].text, files.file[1].text,
		    files.file[2].text, files.file[3].text);
	}
	remove_files(folder);
	/* neither answer is the only one */
	assert_in_range(successes, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

UNIT_TESTS(test_pam_walk)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_stacks),
		cmocka_unit_test(test_bad_stacks),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_missing_where_all_is_denied),
		cmocka_unit_test(test_long_stack),
		cmocka_unit_test(test_more_ways_than_are_gone),
		cmocka_unit_test(test_like_libpam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
