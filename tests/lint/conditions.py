# SPDX-License-Identifier: BSD-2-Clause
"""Checks of rules: whatever stands in one is a condition, which the table in
lib/settings/conditions.c has whole, or something that a matching rule does,
which the decision is given. A key that is neither would be read and ignored."""

import re

import tree

RULE = "lib/settings/settings.h"
CONDITIONS = "lib/settings/conditions.c"
ACTIONS = "lib/settings/settings_rules.c"
DECIDES = "lib/rules/policy.c"


def found(pattern, text, what):
    match = re.search(pattern, text, re.S)
    if match is None:
        raise ValueError("no %s" % what)
    return match.group(1)


def members():
    """Of struct rule."""
    text = found(r"\nstruct rule \{\n(.*?)\n\};", tree.code(RULE),
                 "struct rule in " + RULE)
    for line in text.split(";"):
        yield from re.findall(r"[\w.]+(?=\s*(?:,|$))", line)


def keys(path):
    """(key, the member that it is read into or None) of a table of entries."""
    table = found(r"entries\[\] = \{\n(.*?)\n\};", tree.code(path),
                  "entries[] in " + path)
    for key, rest in re.findall(r'\{ "(\w+)"(.*?)\},?(?:\n|$)', table, re.S):
        yield key, (re.findall(r"SETTING_AT\(rule, (\w+)\)", rest) + [None])[0]


def keys_of_rules_are_conditions_or_actions():
    """By the members of struct rule that the two sides name."""
    table = tree.code(CONDITIONS)
    named = set(re.findall(r"(?:->|SETTING_AT\(rule, )(\w+)", table))
    done = set(re.findall(r"\br->(\w+)", found(
        r"\ndecision_of_rule\((.*?)\n\}\n", tree.code(DECIDES),
        "decision_of_rule in " + DECIDES)))
    for member in members():
        if member not in named | done:
            yield "%s: struct rule has %s, which no condition looks at and " \
                "no decision is given" % (RULE, member)
    for key, member in keys(ACTIONS):
        if member not in done:
            yield "%s: %s is nothing that a rule does, by decision_of_rule: " \
                "is it a condition? Those stand in %s" % (
                    ACTIONS, key, CONDITIONS)
    rows = re.findall(r'\{ \.name = "(\w+)"', table)
    for key, _ in keys(CONDITIONS):
        if key not in rows:
            yield "%s: %s has no row in conditions[]" % (CONDITIONS, key)


CHECKS = (keys_of_rules_are_conditions_or_actions,)
