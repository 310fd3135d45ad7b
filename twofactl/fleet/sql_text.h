/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQL as text that grows in memory. Whatever comes from outside goes through
 * sql_literal or sql_name.
 */
#ifndef TWOFA_SQL_TEXT_H
#define TWOFA_SQL_TEXT_H

#include <stddef.h>
#include <stdio.h>

struct sql {
	FILE *f;
	char *text; /* once it is closed */
	size_t len;
};

/* 0, or -1 after complaining. */
int sql_open(struct sql *);
void sql_add(struct sql *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 'text', and "text": a quote in it is doubled. Also where the server has
 * standard_conforming_strings off. */
void sql_literal(struct sql *, const char *text);
void sql_name(struct sql *, const char *text);
/* Text of several lines, each as a comment. */
void sql_comment(struct sql *, const char *text);
/* No more is added. 0, or -1 after complaining; in both cases sql_free. */
int sql_close(struct sql *);
/* Wipes: verifiers are in it. */
void sql_free(struct sql *);

#endif
