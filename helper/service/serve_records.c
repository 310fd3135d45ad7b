/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records of a state that hosts share, for twofactl. */
#include "helper/service/serve_records.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/store/store_fleet.h"
#include "lib/fleet_records/fleet_records.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

/* A part, as one SAY has room for it; base64 makes four bytes of three. */
#define PART 420

static void
say_part(const struct request *request, const struct store_record_row *row,
    const char *text, size_t len, enum record_part what)
{
	char seal[2 * RECORD_SEAL_LEN + 1], code[(PART + 2) / 3 * 4 + 1] = "";
	const char *const field[] = { row->user, row->groups, seal, code };
	const int64_t number = what;

	hex_text(row->seal, RECORD_SEAL_LEN, seal);
	(void)EVP_EncodeBlock(
	    (unsigned char *)code, (const unsigned char *)text, (int)len);
	request_say(request, ADMIN_RECORD, field, &number);
	explicit_bzero(code, sizeof(code));
}

static void
say_record(void *ctx, const struct store_record_row *row)
{
	const struct request *request = ctx;
	size_t left = row->text != NULL ? strlen(row->text) : 0;
	const char *text = row->text;

	if (text == NULL)
		say_part(request, row, "", 0, RECORD_PART_UNREADABLE);
	for (; text != NULL && left > PART; left -= PART, text += PART)
		say_part(request, row, text, PART, RECORD_PART_MORE);
	if (text != NULL)
		say_part(request, row, text, left, RECORD_PART_LAST);
}

/* A host's own, as for a login. */
static void
say_own(const struct request *request, struct store *store,
    struct login_result *result)
{
	struct store_record_row row = { .user = request->facts->user,
		.groups = "" };
	char *text;

	switch (store_record_read(store, row.user, &text)) {
	case STORE_RECORD_THERE:
		row.text = text;
		say_record((void *)request, &row);
		record_wipe_free(text);
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
		return;
	case STORE_RECORD_NONE:
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
		return;
	case STORE_RECORD_REFUSED:
	case STORE_RECORD_OTHER_KEY:
	case STORE_RECORD_OUTAGE:
	case STORE_RECORD_ERROR:
		break;
	}
	request_state_failed(request, store, result);
}

void
serve_records(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *user = request->facts->user;

	(void)conf;
	if (request->facts->state_admin == NULL) {
		if (user[0] != '\0') {
			say_own(request, store, result);
			return;
		}
		request_error(request,
		    "the records in the state can be listed on the "
		    "administrator's machine alone, which has the file "
		    "state-admin beside twofa.conf");
		result_deny(result, VERDICT_DENY, REASON_STATE);
		return;
	}
	if (store_record_list(store, user[0] != '\0' ? user : NULL,
		(void *)request, say_record) == 0)
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
	else
		request_state_failed(request, store, result);
}

static void
changed(const struct request *request, const char *user,
    struct login_result *result)
{
	char line[USER_NAME_MAX + 80];

	snprintf(line, sizeof(line),
	    "the record of %s was changed meanwhile; run this again", user);
	request_error(request, line);
	result_deny(result, VERDICT_DENY, REASON_STATE);
}

static void
note(const struct request *request, const char *what, const char *user)
{
	const struct facts *f = request->facts;

	log_notice("twofactl: %s user=%s by uid=%lld%s%s", what, user,
	    (long long)f->real_uid, f->ruser[0] != '\0' ? " ruser=" : "",
	    f->ruser);
}

/* As far as it goes: those before it stay. */
static bool
put(const struct request *request, struct store *store,
    const struct record_batch *one, struct login_result *result)
{
	const struct facts *f = request->facts;
	char by[128];
	struct store_record_row row = { .user = one->user,
		.text = one->text,
		.groups = one->keeps_groups ? NULL : one->groups,
		.by = by };

	snprintf(by, sizeof(by), "uid=%lld%s%.64s", (long long)f->real_uid,
	    f->ruser[0] != '\0' ? " ruser=" : "", f->ruser);
	memcpy(row.seal, one->seal, sizeof(row.seal));
	switch (store_record_put(store, &row, one->had)) {
	case 1:
		note(request, "record-put", one->user);
		return true;
	case 0:
		changed(request, one->user, result);
		return false;
	}
	request_state_failed(request, store, result);
	return false;
}

void
serve_record_put(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *next = request->facts->record;
	struct record_batch *one = calloc(1, sizeof(*one));
	int64_t count = 0;
	int rc = -1;

	(void)conf;
	while (one != NULL && (rc = record_batch_read(&next, one)) == 1 &&
	    put(request, store, one, result))
		count++;
	if (one != NULL)
		explicit_bzero(one, sizeof(*one));
	free(one);
	request_say(request, ADMIN_LEFT, NULL, &count);
	if (rc == 0)
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
	else if (rc < 0)
		result_deny(result, VERDICT_DENY, REASON_USAGE);
}

void
serve_record_remove(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *user = request->facts->user;
	unsigned char seal[RECORD_SEAL_LEN];

	(void)conf;
	if (record_batch_bytes(request->facts->request, seal) != 0) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	switch (store_record_remove(store, user, seal)) {
	case 1:
		note(request, "record-remove", user);
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
		return;
	case 0:
		changed(request, user, result);
		return;
	}
	request_state_failed(request, store, result);
}

void
serve_rekey(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const struct facts *f = request->facts;
	const bool look = strcmp(f->request, REKEY_LOOK) == 0;
	unsigned char key[RECORD_SEAL_KEY];
	int64_t count;

	if (settings_fleet_key(conf) == NULL ||
	    record_batch_bytes(f->record, key) != 0) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	switch (store_record_rekey(store, key, look, &count)) {
	case STORE_REKEY_DONE:
		request_say(request, ADMIN_LEFT, NULL, &count);
		if (!look)
			note(request, "rekey", "-");
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
		break;
	case STORE_REKEY_ALREADY:
		result_deny(result, VERDICT_DENY, REASON_NOTHING);
		break;
	case STORE_REKEY_MEANWHILE:
		request_error(request,
		    "a record, or the fleet's key, was changed meanwhile, and "
		    "nothing by this; run this again");
		result_deny(result, VERDICT_DENY, REASON_STATE);
		break;
	case STORE_REKEY_FAILED:
		request_state_failed(request, store, result);
		break;
	}
	explicit_bzero(key, sizeof(key));
}
