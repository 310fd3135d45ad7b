/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records of a fleet's state, for logins and for requests of twofactl,
 * and the table of struct store_fleet. */
#include "helper/store/postgresql/postgresql.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"

/* Bytes of a record in one SAY frame; base64 makes four bytes of three. */
#define PART_MAX 396
#define BY_MAX 80 /* of who wrote it, cut */

static void
send_part(const struct environment *r, const struct store_record_row *row,
    const char *text, size_t len, enum fleet_part what)
{
	char seal[2 * FLEET_SEAL_LEN + 1],
	    code[(PART_MAX + 2) / 3 * 4 + 1] = "", by[BY_MAX + 1];
	const char *const field[] = { row->user, row->groups, seal, code, by };
	const int64_t number[] = { what, row->at };

	text_copy_ascii(by, sizeof(by), row->by != NULL ? row->by : "");
	hex_text(row->seal, FLEET_SEAL_LEN, seal);
	(void)EVP_EncodeBlock(
	    (unsigned char *)code, (const unsigned char *)text, (int)len);
	ui_item(r->ui, ITEM_RECORD, field, number);
	explicit_bzero(code, sizeof(code));
}

static void
send_record(void *ctx, const struct store_record_row *row)
{
	const struct environment *request = ctx;
	size_t left = row->text != NULL ? strlen(row->text) : 0;
	const char *text = row->text;

	if (text == NULL)
		send_part(request, row, "", 0, FLEET_PART_UNREADABLE);
	for (; text != NULL && left > PART_MAX;
	     left -= PART_MAX, text += PART_MAX)
		send_part(request, row, text, PART_MAX, FLEET_PART_MORE);
	if (text != NULL)
		send_part(request, row, text, left, FLEET_PART_LAST);
}

/* Sends a record that this host may read, as for a login. */
static enum reason
send_own_record(const struct environment *r)
{
	struct store_record_row row = { .user = r->facts->user, .groups = "" };
	char *text OWNED(secret_end) = NULL;
	const enum store_record found =
	    store_record_read(r->store, row.user, &text);

	row.text = text;
	if (found == STORE_RECORD_FOUND)
		send_record((void *)r, &row);
	return found == STORE_RECORD_FOUND || found == STORE_RECORD_NONE
	    ? REASON_NONE
	    : request_store_failure(r);
}

static enum reason
serve_records(const struct environment *r)
{
	const char *user = r->facts->user;

	if (r->facts->state_admin == NULL && settings_is_fleet(r->conf)) {
		if (user[0] != '\0')
			return send_own_record(r);
		return request_error(r,
		    "the records in the state can be listed on the "
		    "administrator's machine alone, which has the file "
		    "state-admin next to twofa.conf");
	}
	return store_record_list(r->store, user[0] != '\0' ? user : NULL,
		   (void *)r, send_record) == 0
	    ? REASON_NONE
	    : request_store_failure(r);
}

static enum reason
deny_changed(const struct environment *r, const char *user)
{
	char line[USER_NAME_MAX + 80];

	PRINT_TO(line, "the record of %s was changed meanwhile; run this again",
	    user);
	return request_error(r, line);
}

/* Writes one record. Earlier ones stay if it fails. */
static enum reason
put_one(const struct environment *r, const struct fleet_batch *one)
{
	char by[REQUEST_BY_MAX];
	struct store_record_row row = { .user = one->user,
		.text = one->text,
		.groups = one->keeps_groups ? NULL : one->groups,
		.by = request_caller_text(r->facts, by) };

	memcpy(row.seal, one->seal, sizeof(row.seal));
	switch (store_record_put(r->store, &row, one->had)) {
	case 1:
		request_log(r->facts, EVENT_NONE, "record-put", one->user);
		return REASON_NONE;
	case 0:
		return deny_changed(r, one->user);
	}
	return request_store_failure(r);
}

static enum reason
serve_record_put(const struct environment *r)
{
	const char *next = r->facts->record;
	struct fleet_batch *one OWNED(secret_end) = secret_new(sizeof(*one));
	int64_t count = 0;
	int rc = -1;
	enum reason why = REASON_NONE;

	while (one != NULL && (rc = fleet_batch_read(&next, one)) == 1 &&
	    (why = put_one(r, one)) == REASON_NONE)
		count++;
	ui_item(r->ui, ITEM_LEFT, NULL, &count);
	return rc < 0 ? REASON_USAGE : why;
}

static enum reason
serve_record_remove(const struct environment *r)
{
	const char *user = r->facts->user;
	unsigned char seal[FLEET_SEAL_LEN];

	if (!hex_parse(r->facts->request, seal, FLEET_SEAL_LEN))
		return REASON_USAGE;
	switch (store_record_remove(r->store, user, seal)) {
	case 1:
		request_log(r->facts, EVENT_NONE, "record-remove", user);
		return REASON_NONE;
	case 0:
		return deny_changed(r, user);
	}
	return request_store_failure(r);
}

static enum reason
serve_rekey(const struct environment *r)
{
	const struct facts *f = r->facts;
	const bool dry_run = strcmp(f->request, PURPOSE_REKEY_LOOK) == 0;
	unsigned char key[FLEET_SEAL_KEY];
	enum store_rekey done;
	int64_t count;

	if (settings_fleet_key(r->conf) == NULL ||
	    !hex_parse(f->record, key, FLEET_SEAL_KEY))
		return REASON_USAGE;
	done = store_record_rekey(r->store, key, dry_run, &count);
	explicit_bzero(key, sizeof(key));
	if (done == STORE_REKEY_DONE) {
		ui_item(r->ui, ITEM_LEFT, NULL, &count);
		if (!dry_run)
			request_log(f, EVENT_NONE, "rekey", "-");
		return REASON_NONE;
	}
	if (done == STORE_REKEY_ALREADY)
		return REASON_NOTHING;
	if (done != STORE_REKEY_MEANWHILE)
		return request_store_failure(r);
	return request_error(r,
	    "a record, or the fleet's key, was changed meanwhile, and "
	    "nothing by this; run this again");
}

/* Returns all rows of the file, to be wiped and freed, or NULL after an error
 * message. */
static char *
read_state_file(const struct environment *r, const char *path, size_t *len)
{
	const struct store_session me = { .host = r->conf->store.host,
		.keys = r->conf->state_dir };
	char cause[STORE_CAUSE_MAX] = "", *text = NULL;
	struct store *from OWNED(store_end) = store_open(path, &me, cause);
	int64_t rows = -1;
	FILE *to;

	if (from == NULL) {
		request_error(r, cause);
		return NULL;
	}
	to = open_memstream(&text, len);
	if (to != NULL) {
		rows = store_rows_out(from, to);
		if (fclose(to) != 0)
			rows = -1;
	}
	if (rows >= 0)
		return text;
	request_error(r,
	    store_cause(from)[0] != '\0' ? store_cause(from)
					 : "state: out of memory");
	secret_free(text);
	return NULL;
}

static enum reason
serve_import(const struct environment *r)
{
	const struct facts *f = r->facts;
	const char *path = strchr(f->request, ' ');
	char host[STORE_HOST_MAX + 1];
	struct store_moved moved;
	size_t len = 0;
	char *rows OWNED(secret_end) = NULL;

	if (path == NULL || path[1] != '/' ||
	    !PRINT_FITS(host, "%.*s", (int)(path - f->request), f->request))
		return REASON_USAGE;
	rows = read_state_file(r, ++path, &len);
	if (rows == NULL)
		return REASON_STATE;
	if (store_rows_in(r->store, host, path, rows, &moved) != 0)
		return request_store_failure(r);
	if (!moved.fresh)
		return REASON_NOTHING;
	ui_item(r->ui, ITEM_IMPORTED, NULL,
	    (int64_t[]){
		moved.steps, moved.guesses, moved.sends, moved.codes });
	log_notice("twofactl: import of host %s by uid=%lld", f->request,
	    (long long)f->real_uid);
	return REASON_NONE;
}

/* A record that has been read; text is NULL if it does not exist. */
struct known_record {
	struct known_record *next;
	char *text;
	char user[];
};

/* Records of this process's login or request, each read once. The state is
 * opened for the first one and kept for the login. */
static struct {
	struct record_source source; /* settings point to it */
	struct settings *conf;
	const struct facts *facts;
	int64_t session;
	struct store *store; /* NULL if not open, or taken over by the login */
	bool lent;           /* store belongs to the caller */
	struct known_record *known;
	char cause[STORE_CAUSE_MAX];
} records;

static enum record_source_found
records_failed(const char *cause, enum reason why)
{
	PRINT_TO(records.cause, "%s", cause);
	records.source.why = why;
	return why == REASON_STORE_OUTAGE ? RECORD_SOURCE_OUTAGE
					  : RECORD_SOURCE_FAILED;
}

static enum record_source_found
records_known(const struct known_record *k, const char **text)
{
	records.source.why = REASON_NONE;
	*text = k->text;
	return k->text != NULL ? RECORD_SOURCE_THERE : RECORD_SOURCE_NONE;
}

static enum record_source_found
records_keep(const char *user, char *read, const char **text)
{
	const size_t len = strlen(user) + 1;
	struct known_record *k = malloc(sizeof(*k) + len);

	if (k == NULL) {
		secret_free(read);
		return records_failed("out of memory: free some", REASON_STATE);
	}
	*k = (struct known_record){ .next = records.known, .text = read };
	memcpy(k->user, user, len);
	records.known = k;
	return records_known(k, text);
}

static enum record_source_found
records_ask(const char *user, const char **text)
{
	char *read = NULL;
	enum store_record found = store_record_read(records.store, user, &read);

	if (found == STORE_RECORD_OTHER_KEY &&
	    settings_fleet_key_use_next(records.conf))
		found = store_record_read(records.store, user, &read);
	if (found == STORE_RECORD_FOUND || found == STORE_RECORD_NONE)
		return records_keep(user, read, text);
	return records_failed(store_cause(records.store),
	    found == STORE_RECORD_REFUSED ? REASON_RECORD_REFUSED
		: found == STORE_RECORD_OUTAGE
		? REASON_STORE_OUTAGE
		: login_store_failure_reason(records.store));
}

static enum record_source_found
records_text(struct record_source *source, const char *user, const char **text)
{
	char cause[STORE_CAUSE_MAX] = "";

	(void)source;
	for (const struct known_record *k = records.known; k != NULL;
	     k = k->next)
		if (strcmp(k->user, user) == 0)
			return records_known(k, text);
	if (records.store == NULL)
		records.store = store_open_from_settings(
		    records.conf, records.facts, records.session, cause);
	return records.store != NULL
	    ? records_ask(user, text)
	    : records_failed(cause, login_store_failure_reason(NULL));
}

static void
records_begin(struct settings *conf, const struct facts *facts, int64_t session)
{
	records.source = (struct record_source){ .text = records_text,
		.unseal = fleet_seal_open,
		.cause = records.cause };
	records.conf = conf;
	records.facts = facts;
	records.session = session;
	if (conf->users_state || settings_has_enrolments(conf))
		conf->records = &records.source;
}

static void
records_end(struct settings *conf)
{
	struct known_record *next;

	conf->records = NULL;
	if (!records.lent)
		store_close(records.store);
	for (struct known_record *k = records.known; k != NULL; k = next) {
		next = k->next;
		secret_free(k->text);
		free(k);
	}
	memset(&records, 0, sizeof(records));
}

static struct store *
records_kept(const struct settings *conf)
{
	struct store *s = records.store;

	if (conf->records != &records.source || records.lent)
		return NULL;
	records.store = NULL;
	return s;
}

static void
records_lend(const struct settings *conf, struct store *store)
{
	if (conf->records != &records.source)
		return;
	records.store = store;
	records.lent = store != NULL;
}

static void
records_rest(const struct settings *conf)
{
	if (conf->records == &records.source)
		store_enter_idle(records.store);
}

_Static_assert(STORE_SEALED_MAX == FLEET_SEAL_TEXT_MAX, "one length");

const struct store_fleet fleet_store = {
	.records_begin = records_begin,
	.records_end = records_end,
	.records_kept = records_kept,
	.records_lend = records_lend,
	.records_rest = records_rest,
	.unseal = fleet_seal_open,
	.seal = fleet_seal_secret,
	.outage_may = outage_login_may_go_offline,
	.outage_open = outage_login_open,
	.outage_end = outage_login_close,
	.decoy_begin = outage_decoy_open_store,
	.decoy_end = outage_decoy_close_store,
	.report = outage_report_entries,
	.step_used = outage_note_totp_step,
	.outage_store = outage_store_open_for_control,
	.outage_users = outage_store_users,
	.serve = { [PURPOSE_IMPORT] = serve_import,
	    [PURPOSE_RECORDS] = serve_records,
	    [PURPOSE_RECORD_PUT] = serve_record_put,
	    [PURPOSE_RECORD_REMOVE] = serve_record_remove,
	    [PURPOSE_REKEY] = serve_rekey },
};
