/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider type's recorded replies: tests/replies/TYPE, a text.
 *
 *	-- check-ok  check=ok start=ok
 *	HTTP 200
 *	{"request_id":"abcdef","status":"0"}
 *
 *	-- check-wrong  check=wrong[wrong-codes] cancel=transient
 *	HTTP 200 check-ok
 *	"status":"0" => "status":"16"
 *
 * A section begins with --, ends at an empty line, and is a reply: its name,
 * what it means for each call (CALL=OUTCOME[MARKS], see struct reply_row), its
 * status and its body, which may have several lines. The last of these has no
 * newline behind it. A name behind the status is that of a reply further up:
 * its body is taken, and each line FIND => PUT puts one text in the first
 * place of another; => PUT puts one before the last }. "base" instead of calls:
 * no reply, but a body to take. Lines that begin with # are comments.
 *
 * In texts, ~7e is the byte with this hexadecimal number, ~(600*ab) the text ab
 * 600 times. All that is not printable ASCII is written so, and so are ~
 * itself, a blank at the end of a line, an empty line, and # or "-- " at the
 * beginning of one.
 *
 * A section with a * in its name is a family: many replies that differ in one
 * thing, and mean the same unless said otherwise. Its lines before HTTP:
 *
 *	each 400 404         the names that take the place of *
 *	each float: 60202.5  one name, with a value
 *	family member sid    all that can be wrong with this member of the body
 *	                     that is taken; a string (replies_family.c)
 *	family body x 64     all that can be wrong with any JSON; x: a member
 *	                     that some add; 64: how deep "deep" is
 *	but upper utf8  check=ok    what these mean instead, or more
 *	without upper               no such replies
 *
 * There ~n is the name, in HTTP ~n, too, and ~v the value.
 */
#ifndef TWOFA_TESTS_REPLIES_FILE_H
#define TWOFA_TESTS_REPLIES_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define REPLIES "tests/replies"
#define REPLIES_ROWS_MAX 1500
#define REPLIES_CASES_MAX 600
#define REPLIES_NAME_MAX 64

/*
 * What a reply means for one call.
 *
 * CALL: start check cancel next poll lookup token factors register; with
 * ":METHOD" behind it the reply is to another method than the sample's.
 * "check-late" and so on: our own clock says that it has expired.
 * "check-first": no id is known yet.
 *
 * OUTCOME as outcome_name; "foreign": an ok start, with an id other than the
 * sample's.
 *
 * MARKS, compared when they are there, "-" for none, else in this order with a
 * blank between: more other weak internal per-number wrong-codes unevaluated
 * refused; of a look-up valid=yes reachable=no country=GB line=mobile, unknown
 * ones left out.
 */
struct reply_row {
	char file[REPLIES_NAME_MAX]; /* the reply's name */
	char call[32];
	char outcome[16];
	char marks[96]; /* "" when there are none */
};

struct reply_case {
	char name[REPLIES_NAME_MAX];
	long status;
	char *body;
	size_t len;
	bool base; /* a body for others, no reply that means something */
};

struct replies_file {
	struct reply_case reply[REPLIES_CASES_MAX];
	size_t count;
	struct reply_row row[REPLIES_ROWS_MAX];
	size_t rows;
};

/* Read such a text. NULL, with "PATH:LINE: REASON" in why, when there is
 * anything in it that is not as above. replies_free. */
struct replies_file *replies_parse(
    const char *path, const char *text, size_t len, char *why, size_t cap);
/* The same of tests/replies/TYPE. */
struct replies_file *replies_open(const char *type, char *why, size_t cap);
void replies_free(struct replies_file *);

/* NULL when there is no reply of this name. */
const struct reply_case *replies_find(
    const struct replies_file *, const char *name);

#endif
