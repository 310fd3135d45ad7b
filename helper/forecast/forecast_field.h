/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login comes to that asks nothing: forecast.h's answer for one field.
 */
#ifndef TWOFA_FORECAST_FIELD_H
#define TWOFA_FORECAST_FIELD_H

#include "helper/factors/factors.h"
#include "helper/forecast/forecast.h"
#include "helper/forecast/forecast_steps.h"

/* The challenge is that of these factors, of a user who is not locked. */
void forecast_field(
    struct factors *, struct looking *, struct forecast_asked *out);

#endif
