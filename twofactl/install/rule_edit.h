/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule of enable's in twofa.conf: put first among the rules, between marks
 * that name its service, and taken out again. Text in, text out; whether the
 * settings are right then is for who reads them.
 */
#ifndef TWOFA_RULE_EDIT_H
#define TWOFA_RULE_EDIT_H

#include <stdbool.h>

/* rule: "{ ... }". The one that was put in before for that service goes first,
 * so that twice is once. For free(); NULL: no memory, or the text has rules
 * that are no list. */
char *rule_edit_add(const char *text, const char *service, const char *rule);

/* Take it out; what others wrote stays, and is a list without it. For free();
 * NULL: no memory. */
char *rule_edit_undo(const char *text, const char *service);

/* The one that it has for that service, "{ ... }". For free(); NULL: none that
 * has both marks, or no memory. */
char *rule_edit_get(const char *text, const char *service);

/* Another one in its place. For free(); NULL as of rule_edit_get. */
char *rule_edit_replace(
    const char *text, const char *service, const char *rule);

/* Has it one for that service? */
bool rule_edit_has(const char *text, const char *service);

#endif
