/* SPDX-License-Identifier: BSD-2-Clause */
/* A rule in twofa.conf: there once, first, and gone again without a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

#define SUDO "{ users = [\"eve\"]; services = [\"sudo\"]; action = \"skip\"; }"
#define SSHD "{ users = [\"bob\"]; services = [\"sshd\"]; action = \"skip\"; }"

static const char *const texts[] = {
	"",
	"brand = \"A\";",
	"brand = \"A\";\n",
	"rules = ();\n",
	"rules = ( );",
	"rules = (\n);\n",
	"rules: (\n# none\n);\n",
	"rules = (\n#  {\n#    action = \"skip\";\n#  },\n);\nbrand = \"A\";\n",
	"rules = ( { action = \"observe\"; } );\n",
	"rules = ( { action = \"observe\"; }, { action = \"skip\"; } ); // x\n",
	"rules =\n(\n  { services = [\"su\"]; action = \"skip\"; },\n"
	"  { action = \"require\"; }\n);\n",
	"# rules = ( { } );\nbrand = \"rules = (\";\n/* rules = ( */\n",
	"brand = \"a \\\" rules = (\"; rules = ( # the first\n"
	" { action = \"skip\"; } );",
	"limits = { rules = 3; };\nrules=({action=\"skip\";});\n",
	"my_rules = 1;\nrules_x = 2;\n",
	"brand = \"A\" /* and */ \"B\";\nrules = ( );\n",
	"brand = \"A\";\n@include \"/dev/null\"\nrules = ( );\n",
	"rules = ( );\n@include \"/dev/null\"\n",
	"@include \"/dev/null\"\n",
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* Does libconfig take it? The service of the first rule, "" none; NULL: no. */
static const char *
first_service(const char *text, char out[64])
{
	const config_setting_t *rules, *services = NULL;
	config_t c;
	bool good;

	config_init(&c);
	good = config_read_string(&c, text) == CONFIG_TRUE;
	rules = good ? config_lookup(&c, "rules") : NULL;
	if (rules != NULL && config_setting_length(rules) > 0)
		services = config_setting_get_member(
		    config_setting_get_elem(rules, 0), "services");
	strcpy(out,
	    services != NULL ? config_setting_get_string_elem(services, 0)
			     : "");
	config_destroy(&c);
	return good ? out : NULL;
}

/* libconfig may be one that takes a comma before the bracket. Those in a
 * comment of a whole line do not count. */
static bool
has_odd_comma(const char *text)
{
	bool comma = false;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '#' && (p == text || p[-1] == '\n'))
			p += strcspn(p, "\n");
		else if (*p == ')' && comma)
			return true;
		if (strchr(" \n", *p) == NULL)
			comma = *p == ',';
	}
	return false;
}

static void
check_first(const char *text, const char *service)
{
	char out[64];

	if (first_service(text, out) == NULL || strcmp(out, service) != 0 ||
	    has_odd_comma(text))
		fail_msg("first is not %s: %s", service, text);
}

static void
test_add_and_undo(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		char *once = rule_edit_add(texts[i], "sudo", SUDO);
		char *twice = rule_edit_add(once, "sudo", SUDO);
		char *undone = rule_edit_undo(twice, "sudo");

		check_first(once, "sudo");
		assert_true(rule_edit_has(once, "sudo"));
		assert_false(rule_edit_has(once, "sshd"));
		assert_string_equal(once, twice);
		assert_string_equal(undone, texts[i]);
		free(once);
		free(twice);
		free(undone);
	}
}

/* In whichever order they go. */
static void
test_two_services(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		char *one = rule_edit_add(texts[i], "sudo", SUDO);
		char *both = rule_edit_add(one, "sshd", SSHD);
		char *back = rule_edit_undo(both, "sshd");
		char *other = rule_edit_undo(both, "sudo");
		char *none = rule_edit_undo(other, "sshd");
		char *again = rule_edit_add(both, "sudo", SUDO);
		char *same = rule_edit_add(both, "sshd", SSHD);

		check_first(both, "sshd");
		assert_string_equal(again, both); /* nothing to enable again */
		assert_string_equal(same, both);
		assert_string_equal(back, one);
		check_first(other, "sshd");
		assert_false(rule_edit_has(other, "sudo"));
		assert_string_equal(none, texts[i]);
		free(one);
		free(both);
		free(back);
		free(other);
		free(none);
		free(again);
		free(same);
	}
}

static char *
replace(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *out = calloc(1, strlen(text) + strlen(new) + 1);

	assert_non_null(at);
	assert_non_null(out);
	strncat(out, text, (size_t)(at - text));
	strcat(out, new);
	strcat(out, at + strlen(old));
	return out;
}

/* A rule that somebody wrote before it would win: it goes first again. */
static void
test_first_again(void **state)
{
	char *one = rule_edit_add(texts[0], "sudo", SUDO);
	char *theirs = replace(one, "# twofactl enable: begin",
	    "{ action = \"deny\"; },\n# twofactl enable: begin");
	char *again = rule_edit_add(theirs, "sudo", SUDO);

	(void)state;
	check_first(again, "sudo");
	free(one);
	free(theirs);
	free(again);
}

/* Rules that somebody wrote before or behind it since stay a list. */
static void
test_written_since(void **state)
{
	static const char other[] =
	    "{ services = [\"su\"]; action = \"skip\"; }";
	static const struct {
		const char *old, *new;
	} row[] = {
		{ "\n);",
		    "\n, { services = [\"su\"]; action = \"skip\"; } );" },
		{ "rules = (",
		    "rules = ( { services = [\"su\"]; action = \"skip\"; }," },
		{ "rules = (",
		    "rules = ( { services = [\"su\"]; action = \"skip\"; }, "
		    "/* ) */\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *one = rule_edit_add("rules = (\n);\n", "sudo", SUDO);
		char *more = replace(one, row[i].old, row[i].new);
		char *undone = rule_edit_undo(more, "sudo");

		check_first(more, strstr(row[i].new, ");") ? "sudo" : "su");
		check_first(undone, "su");
		assert_non_null(strstr(undone, other));
		free(one);
		free(more);
		free(undone);
	}
}

/* At the end, and gone again with the same bytes, but for an empty list that
 * was added. */
static void
test_last(void **state)
{
	static const char two[] =
	    "{ users = [\"a\"]; action = \"require\"; },\n"
	    "{ action = \"observe\"; }";
	char out[64];

	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		char *one = rule_edit_put_last(texts[i], SUDO);
		char *both = rule_edit_put_last(one, two);
		char *first = rule_edit_add(both, "sshd", SSHD);
		char *other = rule_edit_undo(first, "sshd");
		char *late = rule_edit_put_last(first, NULL);
		char *none = rule_edit_put_last(both, NULL);

		assert_true(rule_edit_has_last(both));
		assert_false(rule_edit_has_last(none));
		assert_null(strstr(both, SUDO));
		assert_non_null(first_service(both, out));
		assert_false(has_odd_comma(both));
		check_first(first, "sshd");
		assert_false(has_odd_comma(late));
		assert_string_equal(other, both);
		check_first(late, "sshd");
		assert_memory_equal(none, texts[i], strlen(texts[i]));
		free(one);
		free(both);
		free(first);
		free(other);
		free(late);
		free(none);
	}
}

/* A mark that is missing, and a list that is none. */
static void
test_last_refused(void **state)
{
	char *one = rule_edit_put_last("rules = ();\n", SUDO);
	char *cut = replace(one, "# twofactl rollout: end", "# gone");

	(void)state;
	assert_null(rule_edit_put_last(cut, SSHD));
	assert_null(rule_edit_put_last(cut, NULL));
	assert_null(rule_edit_put_last("rules = [ 1 ];\n", SUDO));
	free(one);
	free(cut);
}

static void
test_no_list(void **state)
{
	(void)state;
	assert_null(rule_edit_add("rules = [ 1 ];\n", "sudo", SUDO));
	assert_null(rule_edit_add("rules = \"(\";\n", "sudo", SUDO));
}

UNIT_TESTS(test_rule_edit)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_undo),
		cmocka_unit_test(test_two_services),
		cmocka_unit_test(test_first_again),
		cmocka_unit_test(test_written_since),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_last_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
