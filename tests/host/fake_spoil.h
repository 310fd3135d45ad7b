/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames with one thing wrong. */
#ifndef TESTS_HOST_FAKE_SPOIL_H
#define TESTS_HOST_FAKE_SPOIL_H

#include <stdbool.h>

/* Send what the name says; false when it names no such fault. */
bool fake_spoil(const char *name);

#endif
