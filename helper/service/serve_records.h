/* SPDX-License-Identifier: BSD-2-Clause */
/* PURPOSE_RECORDS, PURPOSE_RECORD_PUT, PURPOSE_RECORD_REMOVE and PURPOSE_REKEY
 * of serve.h: of those in a state that hosts share. */
#ifndef TWOFA_SERVE_RECORDS_H
#define TWOFA_SERVE_RECORDS_H

#include "helper/dialogue/dialogue.h"

request_with_state serve_records, serve_record_put, serve_record_remove,
    serve_rekey;

#endif
