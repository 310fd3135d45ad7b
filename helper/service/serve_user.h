/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What twofactl changes in the state, for one user or for all. serve.h
 * describes what each purpose says and asks; each fills the result.
 */
#ifndef TWOFA_SERVE_USER_H
#define TWOFA_SERVE_USER_H

#include "helper/service/serve.h"

request_with_state serve_unlock, serve_recovery_codes, serve_totp, serve_forget;

#endif
