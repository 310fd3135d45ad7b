/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PURPOSE_EXPLAIN: what a login with these facts would meet right now. It asks
 * no provider, sends nothing, counts nothing.
 */
#ifndef TWOFA_SERVE_EXPLAIN_H
#define TWOFA_SERVE_EXPLAIN_H

#include "helper/service/serve.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"

/* Says plan; ask and limits if the state decides; passed; user and source.
 * Fills the result. */
void serve_explain(const struct request *, const struct settings *,
    struct store *, struct login_result *);

#endif
