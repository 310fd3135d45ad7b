/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enable's rule in twofa.conf: adds it as the first rule, between marks that
 * name its service, and removes it again. Works on texts; the caller checks
 * whether the settings are valid afterwards.
 */
#ifndef TWOFA_RULE_EDIT_H
#define TWOFA_RULE_EDIT_H

#include <stdbool.h>

/* Add rule, "{ ... }". An earlier rule for that service is replaced. To be
 * freed; NULL: no memory, or the text's rules are not a list. */
char *rule_edit_add(const char *text, const char *service, const char *rule);

/* Remove it; other rules stay, and the list stays valid. To be freed; NULL: no
 * memory. */
char *rule_edit_undo(const char *text, const char *service);

/* The rule for that service, "{ ... }". To be freed; NULL: none with both
 * marks, or no memory. */
char *rule_edit_get(const char *text, const char *service);

/* Replace it by another one. To be freed; NULL as from rule_edit_get. */
char *rule_edit_replace(
    const char *text, const char *service, const char *rule);

/* True when there is one for that service. */
bool rule_edit_has(const char *text, const char *service);

#endif
