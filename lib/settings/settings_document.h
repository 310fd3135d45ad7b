/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A settings file as a libconfig document: it is checked for trust, then for
 * text that libconfig silently reads differently from what the writer meant,
 * then parsed.
 */
#ifndef TWOFA_SETTINGS_DOCUMENT_H
#define TWOFA_SETTINGS_DOCUMENT_H

#include "lib/settings/settings_error.h"
#include "lib/system/system.h"

struct config_t;

/*
 * Read scope->file into doc, and the SHA-256 of its bytes into digest (NULL:
 * not wanted). Every error is reported, except that a user's file is absent. On
 * OK the caller destroys doc; else there is nothing to destroy.
 */
enum trusted_file_result settings_document_read(struct setting_scope *,
    enum trusted_file_kind, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN]);

/* The same for text[len] of a file that does not exist yet: OK or REFUSED. */
enum trusted_file_result settings_document_parse(struct setting_scope *,
    enum trusted_file_kind, const char *text, size_t len, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN]);

#endif
