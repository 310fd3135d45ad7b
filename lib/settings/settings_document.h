/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A settings file as a libconfig document: fit to be trusted, looked through
 * for what libconfig accepts in silence and means otherwise than its writer,
 * then parsed.
 */
#ifndef TWOFA_SETTINGS_DOCUMENT_H
#define TWOFA_SETTINGS_DOCUMENT_H

#include "lib/settings/settings_error.h"
#include "lib/system/trusted_file.h"

struct config_t;

/*
 * Read scope->file into doc, and the SHA-256 of its bytes into digest (NULL:
 * not wanted). Every error is reported, an absent user's file excepted. On OK
 * the caller destroys doc; else there is nothing to destroy.
 */
enum trusted_file_result settings_document_read(struct setting_scope *,
    enum trusted_file_kind, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN]);

/* The same for text[len] of a file that is not there yet: OK or REFUSED. */
enum trusted_file_result settings_document_parse(struct setting_scope *,
    enum trusted_file_kind, const char *text, size_t len, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN]);

#endif
