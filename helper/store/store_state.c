/* SPDX-License-Identifier: BSD-2-Clause */
/* Common parts of the backends that keep the state: the current session,
 * digests of numbers, checks of arguments. */
#include "helper/store/store.h"

#include <errno.h>
#include <linux/limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "helper/store/store_backend.h"

struct store_state *
store_state_get(const struct store *s)
{
	return (struct store_state *)(const void *)s;
}

int
store_set_cause(struct store *s, const char *fmt, ...)
{
	char *cause = store_state_get(s)->cause;

	snprintf(
	    cause, STORE_CAUSE_MAX, "%s: ", store_state_get(s)->cause_prefix);
	PRINT_GIVEN_BEHIND(cause, STORE_CAUSE_MAX, fmt);
	for (char *c = cause; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = c[1] == '\0' ? '\0' : ' ';
	return -1;
}

bool
store_state_set_names(struct store *store, const struct store_session *session)
{
	const char *host = session->host != NULL ? session->host : STORE_HOST;
	struct store_state *s = store_state_get(store);

	if (!PRINT_FITS(s->host, "%s", host))
		store_set_cause(store, "this host's name is too long");
	else if (!PRINT_FITS(s->keys, "%s", session->keys))
		store_set_cause(store, "state_dir is too long");
	else
		return true;
	return false;
}

void
store_state_set_session(
    struct store *store, const struct store_session *session)
{
	struct store_state *s = store_state_get(store);

	s->head.session = session->number;
	s->socket = session->socket;
	s->scope = s->ended = "";
	if (session->settings != NULL && session->rehearsal)
		s->scope = session->settings;
	else if (session->settings != NULL)
		s->ended = session->settings;
	s->account[0] = s->cause[0] = '\0';
	s->keyless = s->taken = false;
	if (s->fleet_key == session->fleet_key)
		return;
	explicit_bzero(s->key, sizeof(s->key));
	s->has_key = false;
	s->fleet_key = session->fleet_key;
}

/* Reads the key when a number is first looked up, so that a damaged host.key
 * stops nothing else. */
int
store_key_read(struct store *store, bool dry_run)
{
	struct store_state *s = store_state_get(store);
	int rc;

	if (s->has_key)
		return 0;
	(void)mlock(s->key, sizeof(s->key)); /* keep the key out of swap */
	errno = 0;
	rc = dry_run && s->fleet_key == NULL
	    ? host_key_read_existing(s->keys, s->key)
	    : host_key_read_shared(s->keys, s->fleet_key, s->key);
	if (rc != 0 && dry_run && errno == ENOENT)
		return 1;
	s->has_key = rc == 0;
	s->keyless = rc != 0;
	if (rc != 0)
		store_set_cause(store,
		    "host.key cannot be read or made (%s): make it a file of "
		    "32 bytes, twofa's own, 0600, or remove it",
		    strerror(errno));
	return rc;
}

static int
hash_number(struct store *s, const char *number, const char *scope,
    bool dry_run, char out[HOST_KEY_TEXT])
{
	const int rc = store_key_read(s, dry_run);
	unsigned char md[32];
	char plain[HOST_KEY_TEXT + PATH_MAX + 1];

	out[0] = '\0';
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!sha256_of(number, strlen(number), md))
		return store_set_cause(s, "SHA-256 failed: check libcrypto");
	hex_text(md, sizeof(md), plain);
	if (scope[0] != '\0')
		PRINT_APPEND(plain, "\n%s", scope);
	host_key_hmac_hex(store_state_get(s)->key, plain, out);
	return 0;
}

int
store_hash_number(
    struct store *s, const char *number, bool dry_run, char out[HOST_KEY_TEXT])
{
	return hash_number(s, number, store_state_get(s)->scope, dry_run, out);
}

int
store_hash_phone_of_record(
    struct store *s, const char *number, char out[HOST_KEY_TEXT])
{
	return hash_number(s, number, "", false, out);
}

static enum store_row_state
row_state_from_word(const char *word)
{
	static const char *const words[] = {
		[STORE_ROW_NONE] = "",
		[STORE_ROW_STARTING] = "starting",
		[STORE_ROW_RUNNING] = "running",
		[STORE_ROW_REPLACING] = "replacing",
		[STORE_ROW_UNKNOWN] = "unknown",
		[STORE_ROW_SPENT] = "spent",
	};
	_Static_assert(COUNT_OF(words) == STORE_ROW_SPENT + 1, "states");
	enum store_row_state state = STORE_ROW_SPENT;

	while (state != STORE_ROW_NONE && strcmp(words[state], word) != 0)
		state--;
	return state;
}

static int64_t
column_number(const struct store_columns *c, int n)
{
	return strtoll(c->text(c->ctx, n), NULL, 10);
}

static bool
column_flag(const struct store_columns *c, int n)
{
	const char *text = c->text(c->ctx, n);

	return text[0] == 't' || text[0] == '1';
}

/* Far beyond all clocks, so that sums of these do not overflow. */
#define SPAN_MAX_MS (INT64_C(1) << 51)

/* Return false if outside -SPAN_MAX_MS..SPAN_MAX_MS or 0..max, or too long for
 * out[cap]. */
static bool
column_span(const struct store_columns *c, int n, int64_t *out)
{
	*out = column_number(c, n);
	return *out >= -SPAN_MAX_MS && *out <= SPAN_MAX_MS;
}

static bool
column_count(const struct store_columns *c, int n, int64_t max, unsigned *out)
{
	const int64_t value = column_number(c, n);

	*out = (unsigned)value;
	return value >= 0 && value <= max;
}

static bool
column_copy(const struct store_columns *c, int n, char *out, size_t cap)
{
	return (size_t)snprintf(out, cap, "%s", c->text(c->ctx, n)) < cap;
}

bool
store_row_from_columns(const struct store_columns *c, struct store_row *r,
    enum store_row_state *state)
{
	unsigned method = 0;

	r->id = column_number(c, 0);
	*state = row_state_from_word(c->text(c->ctx, 1));
	r->holder = column_number(c, 7);
	r->send = column_number(c, 11);
	r->mine = column_flag(c, 12);
	r->apart = column_flag(c, 13);
	r->shut = column_flag(c, 14);
	r->foreign = column_flag(c, 15);
	if (r->id < 0 ||
	    (*state == STORE_ROW_NONE && c->text(c->ctx, 1)[0] != '\0') ||
	    !column_span(c, 4, &r->age_ms) || !column_span(c, 5, &r->left_ms) ||
	    !column_span(c, 6, &r->over_ms) ||
	    !column_copy(c, 2, r->request_id, sizeof(r->request_id)) ||
	    !column_count(c, 3, METHOD_COUNT - 1, &method) ||
	    !column_count(c, 8, INT32_MAX, &r->tries) ||
	    !column_count(c, 9, INT32_MAX, &r->sends) ||
	    !column_count(c, 10, INT32_MAX, &r->joined) ||
	    !column_copy(c, 16, r->provider, sizeof(r->provider)) ||
	    !column_copy(c, 17, r->type, sizeof(r->type)))
		return false;
	r->method = (enum method)method;
	return true;
}

bool
store_check_provider_names(struct store *s, const struct store_key *key)
{
	if (strlen(key->provider) <= STORE_PROVIDER_MAX &&
	    strlen(key->type) <= STORE_TYPE_MAX)
		return true;
	store_set_cause(s, "the provider's name is too long");
	return false;
}

bool
store_check_price(struct store *s, int64_t price)
{
	if (price >= 0 && price <= PRICE_MAX)
		return true;
	store_set_cause(
	    s, "a message cannot cost %lld millionths", (long long)price);
	return false;
}

bool
store_check_limits(
    struct store *s, const char *source, const struct limits_of_guesses *l)
{
	if (source[0] != '\0' && l->after > 0 && l->after_total > 0 &&
	    l->lock_s > 0)
		return true;
	store_set_cause(s, "a guess without source or limits: report this bug");
	return false;
}

bool
store_names_range_end(
    struct store *s, const char *shared, char end[2 * STORE_ACCOUNT_MAX])
{
	const int len = snprintf(end, 2 * STORE_ACCOUNT_MAX, "%s", shared);

	if (len < 1 || len >= 2 * STORE_ACCOUNT_MAX) {
		store_set_cause(s, "the account's name is too long");
		return false;
	}
	end[len - 1]++;
	return true;
}

int
store_require_held(struct store *s, int64_t changed)
{
	store_state_get(s)->taken = changed == 0;
	if (changed == 0)
		store_set_cause(
		    s, "another session has taken this verification over");
	return changed == 1 ? 0 : -1;
}

int
store_recovery_hash(struct store *s, const char *const *code, unsigned count,
    struct store_recovery out[RECOVERY_MAX])
{
	if (count > RECOVERY_MAX)
		return store_set_cause(
		    s, "%u recovery codes: %d at most", count, RECOVERY_MAX);
	for (unsigned i = 0; i < count; i++)
		if (strlen(code[i]) != RECOVERY_LEN ||
		    getrandom(out[i].salt, RECOVERY_SALT, 0) != RECOVERY_SALT ||
		    recovery_code_hash(out[i].salt, code[i], out[i].hash) != 0)
			return store_set_cause(s,
			    "a recovery code could not be hashed: report this "
			    "bug");
	return 0;
}
