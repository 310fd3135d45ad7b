/* SPDX-License-Identifier: BSD-2-Clause */
/* PURPOSE_RECORDS, PURPOSE_RECORD_PUT, PURPOSE_RECORD_REMOVE: serve.h. */
#ifndef TWOFA_SERVE_RECORDS_H
#define TWOFA_SERVE_RECORDS_H

#include "helper/service/serve.h"

serve_with_state serve_records, serve_record_put, serve_record_remove;

#endif
