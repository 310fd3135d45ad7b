/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PURPOSE_SHAPE: twofactl says which shape most users' records have, and how
 * many users there are. The helper stores the shape in state_dir.
 */
#ifndef TWOFA_SERVE_SHAPE_H
#define TWOFA_SERVE_SHAPE_H

#include "helper/service/serve.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"

/* facts.request: "USERS SHAPE" (rules.h). */
request_with_state serve_shape;

#endif
