/* SPDX-License-Identifier: BSD-2-Clause */
/* A stand-in helper that says, line by line, what a file tells it. */
#ifndef TESTS_HOST_FAKE_SCRIPT_H
#define TESTS_HOST_FAKE_SCRIPT_H

#include <stdbool.h>

/* Do as PATH.script says: ASK, ALLOW, ALLOW NUMBER, DENY REASON, and every
 * other line is sent as it is. False when there is no such file. */
bool fake_script(const char *path, int sock);

#endif
