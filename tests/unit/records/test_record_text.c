/* SPDX-License-Identifier: BSD-2-Clause */
/* One key of a user's record: changed, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/records/records.h"

#define CAP 1024

/* The key k. */
static int
set(const char *old, const char *value, char *out, size_t cap, size_t *len)
{
	const struct record_text_change change = { .key = "k", .value = value };

	return record_text_put_key(old, NULL, &change, out, cap, len);
}

static void
test_edits(void **state)
{
	static const struct {
		const char *old, *want;
	} row[] = {
		/* added */
		{ "", "k = \"v\";\n" },
		{ "# only a comment", "# only a comment\nk = \"v\";\n" },
		{ "a = 1;\n", "a = 1;\nk = \"v\";\n" },
		{ "a = 1", "a = 1\nk = \"v\";\n" },
		{ "a = 1; // k = 2;", "a = 1; // k = 2;\nk = \"v\";\n" },
		{ "/* k = 1; */ a = \"k = 1;\";\n",
		    "/* k = 1; */ a = \"k = 1;\";\nk = \"v\";\n" },
		{ "kk = 1;\nK = 2;\n", "kk = 1;\nK = 2;\nk = \"v\";\n" },
		{ "a = { k = 1; };\n", "a = { k = 1; };\nk = \"v\";\n" },
		{ "a = ( { k = \"}\"; }, [ 1, 2 ] );",
		    "a = ( { k = \"}\"; }, [ 1, 2 ] );\nk = \"v\";\n" },
		/* replaced */
		{ "k = \"old\";\n", "k = \"v\";\n" },
		{ "k=\"old\"", "k=\"v\"" },
		{ "k : 5, a = 1;", "k : \"v\", a = 1;" },
		{ "a = 1;\n  k\t=  \"o\\\"l\\\\\" ; # why\nb = 2;\n",
		    "a = 1;\n  k\t=  \"v\" ; # why\nb = 2;\n" },
		{ "k /* x */ = // y\n true # z\nb = 1;",
		    "k /* x */ = // y\n \"v\" # z\nb = 1;" },
		{ "k = [ \"a;\", # ]\n \"b\" ]; b = 1;", "k = \"v\"; b = 1;" },
		{ "b = [\"x\"] k = ( ) c = 2", "b = [\"x\"] k = \"v\" c = 2" },
	};
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(set(row[i].old, "v", out, CAP, &len), 0);
		assert_string_equal(out, row[i].want);
		assert_int_equal(len, strlen(out));
	}
}

static void
test_value_is_escaped(void **state)
{
	char out[CAP];
	size_t len;

	(void)state;
	assert_int_equal(set("", "DOM\\al\"ice", out, CAP, &len), 0);
	assert_string_equal(out, "k = \"DOM\\\\al\\\"ice\";\n");
}

static void
test_literal_value(void **state)
{
	static const struct record_text_change change = {
		.key = "k", .value = "[\"a\", \"b\"]", .literal = true
	};
	char out[CAP];
	size_t len;

	(void)state;
	assert_int_equal(record_text_put_key("k = [ \"a\", # why\n ]; # here\n",
			     NULL, &change, out, CAP, &len),
	    0);
	assert_string_equal(out, "k = [\"a\", \"b\"]; # here\n");
	assert_int_equal(
	    record_text_put_key("a = 1;", NULL, &change, out, CAP, &len), 0);
	assert_string_equal(out, "a = 1;\nk = [\"a\", \"b\"];\n");
}

static void
test_other_forms_are_refused(void **state)
{
	static const char *const bad[] = { "k", "k =", "k = ;", "= 1", "1",
		"k = \"a", "k = \"a\\", "k = ( \"a )", "k = ( 1", "/* a",
		"k = 1; /* a", "{ k = 1; }", "a = 1; }", "k = )",
		"@include \"x\"", "k == 1" };
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (set(bad[i], "v", out, CAP, &len) == 0)
			fail_msg("taken: %s", bad[i]);
}

/* The key k takes the place of a key that it replaces. */
static void
test_a_key_instead(void **state)
{
	static const struct {
		const char *old, *want;
	} row[] = {
		{ "phone = \"1\"; # his\nb = 2;\n",
		    "k = ( ); # his\nb = 2;\n" },
		{ "a = 1;\n  phone : \"1\";", "a = 1;\n  k = ( );" },
		{ "k = ( 1 );\nphones = 3;", "k = ( );\nphones = 3;" },
		{ "phones = 3;\n", "phones = 3;\nk = ( );\n" },
		{ "phone=\"phone = 1\";", "k = ( );" },
	};
	static const struct record_text_change change = {
		.key = "k", .value = "( )", .literal = true, .instead = "phone"
	};
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(record_text_put_key(
				     row[i].old, NULL, &change, out, CAP, &len),
		    0);
		assert_string_equal(out, row[i].want);
	}
	assert_int_equal(record_text_put_key("phone /* x */ = 1;", NULL,
			     &change, out, CAP, &len),
	    -1);
	assert_int_equal(
	    record_text_put_key("people = ( { name = \"anna\"; phone = \"1\"; "
				"} );",
		"anna", &change, out, CAP, &len),
	    0);
	assert_string_equal(out, "people = ( { name = \"anna\"; k = ( ); } );");
}

/* A group more, and one less; the keys of one app become the first. */
static void
test_lists(void **state)
{
	static const struct {
		const char *old, *group;
		size_t cut;
		const char *want;
	} row[] = {
		{ "a = 1;\n", "{ x }", 0, "a = 1;\napps = ( { x } );\n" },
		{ "apps = ( { a = 1; } ); # his\n", "{ x }", 0,
		    "apps = ( { a = 1; }, { x } ); # his\n" },
		{ "apps = (\n  { a = \")\"; }, # )\n  { b = 2; }\n);\n",
		    "{ x }", 0,
		    "apps = ( { a = \")\"; }, { b = 2; }, { x } );\n" },
		{ "apps = ( { a = 1; }, { b = 2; }, { c = 3; } );\n", NULL, 2,
		    "apps = ( { a = 1; }, { c = 3; } );\n" },
		{ "apps = ( { a = 1; } );\n", NULL, 1, "apps = ( );\n" },
		{ "apps = ( );\n", "{ x }", 0, "apps = ( { x } );\n" },
		{ "totp_secret_file = \"/a\"; # it\n", "{ x }", 0,
		    "apps = ( { secret_file = \"/a\"; }, { x } ); # it\n" },
		{ "totp_hash = \"SHA256\"; totp_period = 60;\n"
		  "totp_secret_file = \"/a\";\n",
		    "{ x }", 0,
		    "totp_hash = \"SHA256\"; totp_period = 60;\n"
		    "apps = ( { secret_file = \"/a\"; period = 60; hash = "
		    "\"SHA256\"; }, { x } );\n" },
		{ "totp_secret_file = \"/a\";\n", NULL, 1, "apps = ( );\n" },
	};
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct record_text_change change = { .key = "apps",
			.value = row[i].group,
			.list = true,
			.cut = row[i].cut,
			.instead = "totp_secret_file" };

		assert_int_equal(record_text_put_key(
				     row[i].old, NULL, &change, out, CAP, &len),
		    0);
		assert_string_equal(out, row[i].want);
	}
}

static void
test_lists_of_people(void **state)
{
	static const struct record_text_change change = {
		.key = "tokens", .value = "{ x }", .list = true
	};
	static const char *const bad[] = { "tokens = 1;", "tokens = ( 1 );",
		"tokens = [ { a = 1; } ];", "tokens = ( { a = 1; }" };
	char out[CAP];
	size_t len;

	(void)state;
	assert_int_equal(
	    record_text_put_key("tokens = ( { a = 1; } ); people = ( { name = "
				"\"anna\"; tokens = ( { b = 1; } ); } );",
		"anna", &change, out, CAP, &len),
	    0);
	assert_string_equal(out,
	    "tokens = ( { a = 1; } ); people = ( { name = \"anna\"; tokens = "
	    "( { b = 1; }, { x } ); } );");
	assert_int_equal(
	    record_text_put_key("people = ( { name = \"anna\"; } );", "ben",
		&change, out, CAP, &len),
	    0);
	assert_non_null(strstr(out, "tokens = ( { x } );"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    record_text_put_key(bad[i], NULL, &change, out, CAP, &len),
		    -1);
}

#define ANNA "{ name = \"anna\"; k = 1; }"
#define BEN "{ name = \"ben\"; }"

/* The key k of anna, and nothing else of the file. */
static void
test_people_edits(void **state)
{
	static const struct {
		const char *old, *want;
	} row[] = {
		/* the first */
		{ "# of the account\nenabled = true;",
		    "# of the account\nenabled = true;\npeople = (\n  {\n"
		    "    name = \"anna\";\n    k = \"v\";\n  }\n);\n" },
		/* behind the others */
		{ "people = ( " BEN " );\n",
		    "people = ( " BEN ", {\n    name = \"anna\";\n"
		    "    k = \"v\";\n  } );\n" },
		{ "people = ( ); # none",
		    "people = (\n  {\n    name = \"anna\";\n    k = \"v\";\n"
		    "  } ); # none" },
		/* her own */
		{ "k = 2; people = ( { k = 3; name = \"an\\\"na\"; }, " ANNA
		  " );",
		    "k = 2; people = ( { k = 3; name = \"an\\\"na\"; }, "
		    "{ name = \"anna\"; k = \"v\"; } );" },
		{ "people = ( { name = \"anna\"; }, " BEN " );",
		    "people = ( { name = \"anna\"; k = \"v\"; }, " BEN " );" },
		{ "people = ( {name=\"anna\"} );",
		    "people = ( {name=\"anna\" k = \"v\"; } );" },
		{ "people = (\n  { # hers }\n    name = \"anna\"; # }\n"
		  "  }, /* ben */ " BEN "\n);",
		    "people = (\n  { # hers }\n    name = \"anna\"; # }\n"
		    "    k = \"v\";\n  }, /* ben */ " BEN "\n);" },
		{ "people = ( { x = { k = 1; name = \"anna\"; }; "
		  "name = \"ben\"; } );",
		    "people = ( { x = { k = 1; name = \"anna\"; }; "
		    "name = \"ben\"; }, {\n    name = \"anna\";\n"
		    "    k = \"v\";\n  } );" },
	};
	static const struct record_text_change change = { .key = "k",
		.value = "v" };
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(record_text_put_key(row[i].old, "anna",
				     &change, out, CAP, &len),
		    0);
		assert_string_equal(out, row[i].want);
		assert_int_equal(len, strlen(out));
		assert_int_equal(record_text_has_person(out, "anna"), 1);
		assert_int_equal(record_text_has_person(out, "ann"), 0);
	}
}

static void
test_person_goes(void **state)
{
	static const struct {
		const char *old, *want;
	} row[] = {
		{ "people = ( " ANNA ", " BEN " );", "people = ( " BEN " );" },
		{ "people = ( " BEN ", " ANNA " );", "people = ( " BEN " );" },
		{ "people = ( " BEN ", " ANNA ", );",
		    "people = ( " BEN ", );" },
		{ "people = (\n  # first\n  " ANNA ",\n  # second\n  " BEN
		  "\n);\n",
		    "people = (\n  # first\n  # second\n  " BEN "\n);\n" },
		{ "people = (\n  " BEN ",\n  " ANNA "\n);\n",
		    "people = (\n  " BEN "\n);\n" },
		{ "people = (\n  {\n  name = \"anna\";\n  }, {\n"
		  "  name = \"ben\";\n  } );",
		    "people = (\n  {\n  name = \"ben\";\n  } );" },
		{ "people = (\n  " BEN "\n  , " ANNA "\n);",
		    "people = (\n  " BEN "\n);" },
		{ "people = ( " BEN ", # anna's:\n " ANNA " );",
		    "people = ( " BEN " # anna's:\n  );" },
		{ "people = ( # anna:\n" ANNA " /* , */ , " BEN " );",
		    "people = ( # anna:\n /* , */  " BEN " );" },
		{ "people = ( " BEN ", " ANNA ", { name = \"carl\"; } );",
		    "people = ( " BEN ", { name = \"carl\"; } );" },
	};
	static const char *const not [] = { "", "k = 1;", "people = ( );",
		"people = ( " ANNA " );", "people = ( " BEN " );",
		"people = ( " BEN ", " BEN " );", "people = " ANNA ";",
		"people = ( " BEN ", " ANNA ", 1 );", "people = ( " ANNA "," };
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(
		    record_text_drop_person(row[i].old, "anna", out, CAP, &len),
		    0);
		assert_string_equal(out, row[i].want);
		assert_int_equal(len, strlen(out));
	}
	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		if (record_text_drop_person(not [i], "anna", out, CAP, &len) ==
		    0)
			fail_msg("taken: %s", not [i]);
}

/* Every size: it fits with its NUL, or is refused, and never overruns. */
static void
test_room(void **state)
{
	static const char *const old[] = { "", "a = 1", "k = 2;\n" };
	char out[CAP], want[CAP];
	size_t len, need;

	(void)state;
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		assert_int_equal(set(old[i], "v", want, CAP, &need), 0);
		for (size_t cap = 0; cap < need + 4; cap++) {
			memset(out, '#', sizeof(out));
			assert_int_equal(set(old[i], "v", out, cap, &len),
			    cap > need ? 0 : -1);
			assert_int_equal(out[cap], '#');
		}
	}
}

UNIT_TESTS(test_record_text)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_value_is_escaped),
		cmocka_unit_test(test_literal_value),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lists_of_people),
		cmocka_unit_test(test_other_forms_are_refused),
		cmocka_unit_test(test_a_key_instead),
		cmocka_unit_test(test_people_edits),
		cmocka_unit_test(test_person_goes),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
