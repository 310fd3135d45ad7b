/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Password and code in one field, for programs that ask for only one:
 * "password,123456". Pure.
 */
#ifndef TWOFA_ONE_FIELD_H
#define TWOFA_ONE_FIELD_H

#include <stddef.h>

#define ONE_FIELD_MAX 19 /* the longest part: a recovery code in groups */

/* What stands behind the password. */
enum one_field {
	ONE_FIELD_NONE = 0, /* no known kind */
	ONE_FIELD_CODE,     /* 4 to 10 digits */
	/* as on paper: XXXX-XXXX-XXXX-XXXX, or 16 of A-Z and 2-7 in capitals
	 * with at least one letter */
	ONE_FIELD_RECOVERY,
	ONE_FIELD_SMS,  /* "sms": send a code */
	ONE_FIELD_CALL, /* "call": send one by a call */
	ONE_FIELD_PUSH, /* "push" */
};

/* The kind of this part. */
enum one_field one_field_kind(const char *part);

/*
 * Split at the last comma if the part behind it is known or empty: "foo," is
 * the password "foo", but "foo,1234," is the password "foo,1234". Everything
 * else is password. Returns the password's length; *part is what follows, ""
 * for nothing. It points into the text and has at most ONE_FIELD_MAX bytes.
 */
size_t one_field_split(const char *text, const char **part);

#endif
