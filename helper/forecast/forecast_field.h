/* SPDX-License-Identifier: BSD-2-Clause */
/* The forecast for a login that asks nothing: forecast.h's answer for one
 * field. */
#ifndef TWOFA_FORECAST_FIELD_H
#define TWOFA_FORECAST_FIELD_H

#include "helper/factors/factors.h"
#include "helper/forecast/forecast.h"
#include "helper/forecast/forecast_steps.h"

/* The challenge belongs to these factors; the user is not locked. */
void forecast_field(
    struct factors *, struct looking *, struct forecast_asked *out);

#endif
