/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PURPOSE_SHAPE: twofactl says which shape most users' records have, and how
 * many users there are; the file in state_dir is kept by it.
 */
#ifndef TWOFA_SERVE_SHAPE_H
#define TWOFA_SERVE_SHAPE_H

#include "helper/service/serve.h"
#include "helper/state/store.h"
#include "lib/settings/settings.h"

/* facts.request: "USERS SHAPE" (record_shape.h). Fills the result. */
void serve_shape(const struct serve_request *, const struct settings *,
    struct store *, struct login_result *);

#endif
