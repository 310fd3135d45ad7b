/* SPDX-License-Identifier: BSD-2-Clause */
/* PURPOSE_IMPORT of serve.h. */
#ifndef TWOFA_SERVE_IMPORT_H
#define TWOFA_SERVE_IMPORT_H

#include "helper/dialogue/dialogue.h"

request_with_state serve_import;

#endif
