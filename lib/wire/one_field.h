/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A password and a code in one field, as programs send it that ask for one and
 * no more: "password,123456". Pure.
 */
#ifndef TWOFA_ONE_FIELD_H
#define TWOFA_ONE_FIELD_H

#include <stddef.h>

#define ONE_FIELD_MAX 19 /* the longest part: a recovery code in groups */

/* What stands behind the password. */
enum one_field {
	ONE_FIELD_NONE = 0, /* nothing that is known here */
	ONE_FIELD_CODE,     /* 4 to 10 digits */
	/* as it is on paper: XXXX-XXXX-XXXX-XXXX or 16 of A-Z and 2-7, in
	 * capitals, with a letter */
	ONE_FIELD_RECOVERY,
	ONE_FIELD_SMS,  /* "sms": have a code sent */
	ONE_FIELD_CALL, /* "call": the same by a call */
	ONE_FIELD_PUSH, /* "push" */
};

/* What is this part? */
enum one_field one_field_kind(const char *part);

/*
 * Split at the last comma, where the part behind it is known or empty: so
 * "foo," is the password "foo", and "foo,1234," the password "foo,1234". All
 * else is password. How long that is; *part: what stands behind it, "" where
 * there is nothing; it points into the text, and is at most ONE_FIELD_MAX long.
 */
size_t one_field_split(const char *text, const char **part);

#endif
