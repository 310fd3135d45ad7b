/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stand-in helper finds around itself, and what BEGIN told it.
 */
#ifndef TWOFA_TESTS_FAKE_REPORT_H
#define TWOFA_TESTS_FAKE_REPORT_H

#include "lib/wire/wire.h"

/* Call line for each `name value` line. */
void fake_report_process(void (*line)(const char *), char **envp);
void fake_report_facts(void (*line)(const char *), const struct facts *);

#endif
