/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/calls/failover.h"

bool
failover_allowed(const struct settings *cfg, enum outcome outcome,
    bool maybe_sent, bool per_number)
{
	switch (outcome) {
	case OUTCOME_THROTTLE:
		return !per_number;
	case OUTCOME_INFLIGHT:
	case OUTCOME_NUMBER:
	case OUTCOME_CONFIG:
	case OUTCOME_ACCOUNT:
		return true;
	case OUTCOME_TRANSIENT:
	case OUTCOME_STALLED:
		return !maybe_sent || cfg->failover_after_unknown;
	case OUTCOME_DENY:
	case OUTCOME_OK:
	case OUTCOME_WRONG:
	case OUTCOME_EXPIRED:
	case OUTCOME_FRAUD:
	case OUTCOME_LATER:
	case OUTCOME_COUNT:
		return false;
	}
	return false;
}
