/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's checks for twofactl doctor: providers, the state, and paths. */
#include "helper/control/control_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "helper/broker/broker.h"
#include "helper/sandbox/sandbox.h"
#include "helper/store/store_fleet.h"

#define CLOCK_OFF_S 30 /* an app's code is valid for 30 s */
#define SPACE_MIN (32 * UINT64_C(1024) * 1024)
#define FILES_MIN 64
#define TEXT_MAX (FRAME_PROMPT_MAX - 64)

static void __attribute__((format(printf, 4, 5)))
serve_doctor_say(const struct environment *env, enum item_kind kind,
    const char *name, const char *fmt, ...)
{
	char text[TEXT_MAX];
	const char *const field[] = { name, text };

	PRINT_GIVEN(text, fmt);
	ui_item(env->ui, kind, field, NULL);
}

/* Reports a provider that did not reply. */
static void
tell_fate(const struct environment *env, const struct provider_call *x)
{
	static const struct {
		const char *name, *remedy;
	} problems[HTTP_LOCAL + 1] = {
		[HTTP_UNKNOWN] = { "provider-down",
		    "see whether it is up, as on a vendor's status page, or "
		    "raise timeout_ms" },
		[HTTP_NOT_SENT] = { "provider-connect",
		    "let this host connect there, or correct base_url" },
		[HTTP_CERTIFICATE] = { "provider-tls",
		    "correct ca_file or ca_path, base_url, or the clock" },
		[HTTP_PROXY] = { "provider-proxy",
		    "correct proxy, proxy_user and proxy_password_file, or let "
		    "the proxy connect there" },
		[HTTP_LOCAL] = { "provider-local",
		    "free memory, processes or descriptors" },
	};
	const char *name = x->p->name, *cause = x->reply.cause;

	if (x->reply.stalled)
		serve_doctor_say(env, ITEM_NOTE, "provider-unchecked",
		    "%s: %s; run doctor again", name, cause);
	else if (x->reply.fate == HTTP_NOT_SENT && x->reply.unresolved)
		serve_doctor_say(env, ITEM_PROBLEM, "provider-dns",
		    "%s: %s; check base_url, /etc/resolv.conf and the "
		    "name server",
		    name, cause);
	else
		serve_doctor_say(env, ITEM_PROBLEM,
		    problems[x->reply.fate].name, "%s: %s; %s", name, cause,
		    problems[x->reply.fate].remedy);
}

static void
tell_outcome(const struct environment *env, const struct provider_call *x,
    enum outcome o)
{
	const char *name = x->p->name;
	char keys[PROVIDER_CREDENTIALS_MAX];

	if (o == OUTCOME_CONFIG)
		serve_doctor_say(env, ITEM_PROBLEM, "provider-credentials",
		    "%s: does not accept our credentials (see the log); "
		    "correct in %s: %s",
		    name, env->facts->conf,
		    provider_list_credential_keys(x->p, keys));
	else if (o == OUTCOME_ACCOUNT)
		serve_doctor_say(env, ITEM_PROBLEM, "provider-account",
		    "%s: the account is empty, suspended or limited (see the "
		    "log); see the vendor's dashboard",
		    name);
	else if (o == OUTCOME_THROTTLE)
		serve_doctor_say(env, ITEM_NOTE, "provider-unchecked",
		    "%s: is throttled (see the log); run doctor again in a "
		    "minute",
		    name);
	else if (o != OUTCOME_OK)
		serve_doctor_say(env, ITEM_PROBLEM, "provider-down",
		    "%s: answered with an error (see the log); look at its "
		    "own log or a vendor's status page, and at base_url",
		    name);
}

/* The detail has the vendor's words. */
static void
tell_finding(const struct environment *env, const struct provider_call *x)
{
	const struct provider_finding *f = x->ctx.told.finding;
	const bool problem = f->level == PROVIDER_PROBLEM;
	char detail[PROVIDER_DETAIL_MAX];

	text_copy_ascii(detail, sizeof(detail), x->ctx.detail);
	serve_doctor_say(env, problem ? ITEM_PROBLEM : ITEM_NOTE, f->name,
	    "%s: %s%s%s%s", x->p->name, f->text, problem ? " (" : "",
	    problem ? detail : "", problem ? ")" : "");
}

/* Compares this host's clock with the date of a reply, which a valid
 * certificate has authenticated. */
static void
serve_doctor_check_clock(
    const struct environment *env, const struct provider_call *x)
{
	const int64_t off = login_env_wall_s(env) - x->reply.date;

	if (x->reply.date == 0 || (off >= -CLOCK_OFF_S && off <= CLOCK_OFF_S))
		return;
	serve_doctor_say(env, ITEM_PROBLEM, "clock",
	    "this host's clock is %lld s %s that of %s: codes of apps fail, "
	    "signatures too; run an NTP client, such as chrony",
	    (long long)(off < 0 ? -off : off), off < 0 ? "behind" : "ahead of",
	    x->p->name);
}

static void
probe(const struct environment *env, const struct provider_conf *p,
    struct provider_call *x)
{
	const struct user_record none = { 0 };
	enum outcome o;

	if (!provider_has_call(p->type, CALL_PROBE)) {
		serve_doctor_say(env, ITEM_NOTE, "provider-unchecked",
		    "%s: no call of %s is free; nothing was asked", p->name,
		    p->type->name);
		return;
	}
	provider_call_init(x, env, p, &none, NULL);
	o = provider_call_run(x, CALL_PROBE, NULL, &(bool){ false });
	if (x->reply.fate != HTTP_REPLIED) {
		tell_fate(env, x);
		return;
	}
	if (x->ctx.told.finding != NULL)
		tell_finding(env, x);
	else
		tell_outcome(env, x, o);
	serve_doctor_check_clock(env, x);
}

static void
check_providers(const struct environment *env)
{
	struct provider_call *x OWNED(secret_end) = secret_new(sizeof(*x));

	if (x == NULL) {
		serve_doctor_say(env, ITEM_PROBLEM, "provider-local",
		    "no memory to ask the providers; free some");
		return;
	}
	for (size_t i = 0; i < env->conf->provider_count; i++)
		probe(env, &env->conf->provider[i], x);
}

static void
check_space(const struct environment *env, const char *dir)
{
	struct statvfs fs;
	uint64_t left;

	/* check_state reports a missing folder */
	if (statvfs(dir, &fs) != 0)
		return;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left < SPACE_MIN)
		serve_doctor_say(env, ITEM_PROBLEM, "space",
		    "%s has %llu MiB left, less than %llu; free some", dir,
		    (unsigned long long)(left >> 20),
		    (unsigned long long)(SPACE_MIN >> 20));
	if (fs.f_files > 0 && fs.f_favail < FILES_MIN)
		serve_doctor_say(env, ITEM_PROBLEM, "space",
		    "%s has room for %llu files; remove some", dir,
		    (unsigned long long)fs.f_favail);
}

/* Notes, not problems: logins work without these. */
static const char *const without_filter[FILTER_ON + 1] = {
	[FILTER_UNKNOWN] =
	    "twofa-helper was built without a filter of system calls: "
	    "there is one for x86-64 and arm64",
	[FILTER_REFUSED] =
	    "this kernel does not support filters of system calls; run one "
	    "with CONFIG_SECCOMP_FILTER, in a container that allows seccomp",
};

static const char *const without_landlock[LANDLOCK_ON + 1] = {
	[LANDLOCK_MISSING] =
	    "this kernel has no Landlock, so a helper that was taken "
	    "over can write whatever user twofa may: run one with "
	    "CONFIG_SECURITY_LANDLOCK, and landlock among lsm=",
	[LANDLOCK_REFUSED] = "Landlock failed: see the log",
};

static void
check_sandbox(const struct environment *env)
{
	const bool off = env->conf->sandbox_off;
	const char *const notes[] = {
		off ? "sandbox = \"off\" in the settings: nothing holds a "
		      "helper that was taken over, but what user twofa may do"
		    : NULL,
		off ? NULL : without_filter[filter_state()],
		off ? NULL : without_landlock[landlock_state()],
	};

	for (size_t i = 0; i < COUNT_OF(notes); i++)
		if (notes[i] != NULL)
			serve_doctor_say(
			    env, ITEM_NOTE, "sandbox", "%s", notes[i]);
	if (sandbox_bus_is_open())
		serve_doctor_say(env, ITEM_PROBLEM, "bus",
		    "the system bus lets user twofa in, and a helper that was "
		    "taken over out of its limits; install pam_twofa again "
		    "(dbus-1/system.d), and run: systemctl reload dbus");
}

static void
say_held(void *ctx, const struct store_status *row)
{
	const struct environment *env = ctx;
	const char *const user[] = { row->user };
	const int64_t codes[] = { row->recovery };

	if (row->source[0] == '\0')
		ui_item(env->ui, ITEM_HELD, user, codes);
}

/* A missing key is no problem: the first login that needs it creates it. */
static void
check_host_key(const struct environment *env)
{
	const char *dir = env->conf->state_dir;
	const char *without = settings_fleet_key(env->conf) == NULL
	    ? "no code can be sent"
	    : "no code of this host's own can be sent";
	unsigned char key[HOST_KEY_LEN];

	if (host_key_read_existing(dir, key) != 0 && errno != ENOENT)
		serve_doctor_say(env, ITEM_PROBLEM, "state",
		    "%s/host.key cannot be read (%s): %s; make it a file of "
		    "32 bytes, twofa's own, 0600, or remove it",
		    dir, strerror(errno), without);
	explicit_bzero(key, sizeof(key));
}

struct health {
	const struct environment *env;
	bool told; /* a problem was reported */
};

static void
say_found(void *ctx, const struct store_finding *f)
{
	struct health *h = ctx;

	h->told = h->told || f->problem;
	if (strcmp(f->name, "store-key") == 0 &&
	    h->env->conf->store.next == SETTINGS_KEY_NEXT)
		serve_doctor_say(h->env, ITEM_PROBLEM, f->name,
		    "the state has another key than %s; logins here try "
		    "%s" SETTINGS_FLEET_KEY_NEXT
		    " as well: let it take that one's place, by mv",
		    h->env->conf->store.fleet_key_file,
		    h->env->conf->store.fleet_key_file);
	else
		serve_doctor_say(h->env, f->problem ? ITEM_PROBLEM : ITEM_NOTE,
		    f->name, "%s", f->text);
}

/* Says if the settings let users enrol here, and the server does not. */
static void
check_enrols(const struct environment *env, struct store *store)
{
	const struct settings *conf = env->conf;

	if (conf->unenrolled_enrol &&
	    admission_allows_self(conf, admission_today(conf)) &&
	    store_enrol_may(store) == 0)
		serve_doctor_say(env, ITEM_PROBLEM, "store-enrols",
		    "users cannot enrol here by self_enrol_until: the state "
		    "lets %s enrol none, or no more in this hour; on the "
		    "administrator's machine run: twofactl state host change "
		    "%s --enrols; or leave self_enrol_until out",
		    conf->store.host, conf->store.host);
}

/* Checks the state server. This host may ask for its health, but not which
 * users have recovery codes. */
static void
check_server(const struct environment *env)
{
	const struct store_fleet *fleet = store_fleet(env->conf);
	const char *path = env->conf->store.fleet_key_file;
	struct health h = { .env = env };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *store;

	store_check_health(
	    env->conf, env->facts, login_env_wall_s(env), &h, say_found);
	store = store_open_from_settings(
	    env->conf, env->facts, env->store_session_id_new, cause);
	if (store == NULL && !h.told)
		serve_doctor_say(env, ITEM_PROBLEM, "state", "%s", cause);
	if (store != NULL)
		check_enrols(env, store);
	store_close(store);
	/* break-glass codes are valid while no server replies */
	if (fleet != NULL &&
	    fleet->outage_users(env->conf, (void *)env, say_held, cause) != 0)
		serve_doctor_say(env, ITEM_PROBLEM, "state", "%s", cause);
	/* needed as soon as the fleet's key changes */
	if (env->conf->store.next == SETTINGS_KEY_UNREADABLE)
		serve_doctor_say(env, ITEM_PROBLEM, "store-key",
		    "%s" SETTINGS_FLEET_KEY_NEXT " cannot be used: make it a "
		    "file of 32 bytes, root:twofa, 0640, as %s is, or remove "
		    "it",
		    path, path);
	check_host_key(env);
}

static void
check_state(const struct environment *env)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *store OWNED(store_end) = NULL;

	if (settings_is_fleet(env->conf)) {
		check_server(env);
		return;
	}
	store = store_open_from_settings(
	    env->conf, env->facts, env->store_session_id_new, cause);
	if (store == NULL) {
		serve_doctor_say(env, ITEM_PROBLEM, "state", "%s", cause);
		return;
	}
	if (store_status_list(store, NULL, (void *)env, say_held) != 0)
		serve_doctor_say(
		    env, ITEM_PROBLEM, "state", "%s", store_cause(store));
	check_host_key(env);
}

void
control_doctor(const struct environment *env, struct login_result *result)
{
	char dir[FOLDER_PATH_MAX];
	int64_t number[ITEM_BROKER_NUMBERS];

	log_set_sink(
	    NULL, NULL); /* each finding is reported once, by its name */
	check_sandbox(env);
	if (folder_from_path(env->conf->state, dir) == 0)
		check_space(env, dir);
	if (settings_state_dir_is_separate(env->conf))
		check_space(env, env->conf->state_dir);
	check_state(env);
	(void)broker_status_read(env->conf->state_dir, number);
	if (number[ITEM_BROKER_REFUSED] > 0)
		serve_doctor_say(env, ITEM_PROBLEM, "broker",
		    "the state broker refused requests that no login makes: a "
		    "worker has a fault or was taken over; see the "
		    "log for \"its connection is closed\", then run: "
		    "systemctl restart twofa-helper; rm -f %s/broker",
		    env->conf->state_dir);
	check_providers(env);
	login_result_end(result, REASON_NONE);
}

/* Reports a path that this helper cannot use, as a listener's unit may hide it.
 * twofactl compares two helpers, so a path missing for both is no difference.
 */
static void
serve_doctor_look(const struct environment *env, const char *path, bool writes)
{
	if (path != NULL &&
	    access(path, writes ? R_OK | W_OK | X_OK : R_OK) != 0)
		serve_doctor_say(env, ITEM_PROBLEM, writes ? "write" : "read",
		    "%.512s: %s", path, strerror(errno));
}

void
control_paths(const struct environment *env, struct login_result *result)
{
	const struct settings *conf = env->conf;
	const char *slash = strrchr(env->facts->conf, '/');
	char state[FOLDER_PATH_MAX], secrets[PATH_MAX];

	serve_doctor_look(env, conf->users_dir, false);
	/* twofactl writes users' secrets next to the settings */
	PRINT_TO(secrets, "%.*s/secrets",
	    slash != NULL ? (int)(slash - env->facts->conf) : 0,
	    env->facts->conf);
	serve_doctor_look(env, secrets, false);
	for (size_t i = 0; i < conf->provider_count; i++) {
		serve_doctor_look(env, conf->provider[i].ca_file, false);
		serve_doctor_look(env, conf->provider[i].ca_path, false);
	}
	if (folder_from_path(conf->state, state) == 0)
		serve_doctor_look(env, state, true);
	if (settings_state_dir_is_separate(conf))
		serve_doctor_look(env, conf->state_dir, true);
	login_result_end(result, REASON_NONE);
}
