/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider must put into no request. All fail the test when a request
 * is made; ctx is good but for what they change, and stays changed.
 */
#ifndef TWOFA_TESTS_REFUSED_H
#define TWOFA_TESTS_REFUSED_H

#include "helper/providers/providers.h"

/* Builds a call's request from the test's own ctx into its req: 0, or -1. */
#define BUILD(ops, call, code)                                                 \
	provider_ops_build((ops), (call), &ctx, (code), &req)

/* A start goes by the methods that the settings leave, and by no other. */
void refused_methods(struct provider_ctx *);

/* No start, or look-up where there is none, is for these; NULL ends them. */
void refused_phones(struct provider_ctx *, const char *const *phones);

/* No check has one of these; NULL ends them. */
void refused_codes(struct provider_ctx *, const char *const *codes);

/* No check of this code, no cancel and no next step names one of these. */
void refused_ids(
    struct provider_ctx *, const char *code, const char *const *ids);

#endif
