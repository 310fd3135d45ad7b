/* SPDX-License-Identifier: BSD-2-Clause */
/* twofa-helper: start-up, in the order that its security needs. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/postgresql/postgresql.h"
#include "helper/broker/broker.h"
#include "helper/listener/listener.h"
#include "helper/login/login.h"
#include "helper/sandbox/sandbox.h"
#include "helper/control/control.h"

#define SOCKET_FD 3
#define BEGIN_WAIT_MS 5000
/* of a state broker, which may be waiting for a server */
#define BROKER_WAIT_MS 14000
#define ALERT_MS 15000 /* of an alert after its login */

static bool listening; /* this process is a listener or its worker */
/* the connected service; NULL if it runs as root */
static const struct listener_peer *other;
static bool has_user_socket; /* of the listener */
static unsigned char begin_bytes[FRAME_BEGIN_MAX];
static struct ui_frames main_peer = { .fd = SOCKET_FD };
static struct settings *main_settings; /* of this login or task */
static int64_t main_begun;
static int alert_link = -1;  /* to alert_process_run(), or -1 */
static int main_status = -1; /* the exit status, or -1 before the verdict */
static bool main_confined;   /* it needs only its brokers: confine_process() */

static int
usage(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("twofa-helper " TWOFA_VERSION);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("usage: twofa-helper [--help | --version]\n"
		     "       twofa-helper --listen[=PATH [--user=PATH]]\n\n"
		     "pam_twofa.so starts this program, once for each login, "
		     "as user twofa with a\nsocket on descriptor 3; or it "
		     "listens on a socket for all of them. It is of no\nuse "
		     "by hand. See twofa-helper(8).");
		return 0;
	}
	fputs("twofa-helper: pam_twofa.so starts this program; it is of no "
	      "use by hand. See twofa-helper(8).\n",
	    stderr);
	return 2;
}

/* True for a SEQPACKET socket whose other end was made by root. */
static bool
socket_is_ours(void)
{
	struct ucred peer;
	socklen_t len = sizeof(int);
	int type = 0;

	if (getsockopt(SOCKET_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_SEQPACKET)
		return false;
	len = sizeof(peer);
	return getsockopt(SOCKET_FD, SOL_SOCKET, SO_PEERCRED, &peer, &len) ==
	    0 &&
	    peer.uid == 0;
}

static bool
env_dead(void *ctx, int64_t process)
{
	(void)ctx;
	/* a process that is alone cannot check: its state broker does */
	return !main_confined && store_process_is_dead(process);
}

static bool
env_pause(void *ctx, int64_t ms)
{
	return ui_frames_pause(ctx, ms);
}

/* Returns the exit status. A worker's exit status is not seen by the module, so
 * it sends END, and nothing after it. */
static int
main_send(const struct login_result *result)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	login_result_write_frame(result, &f);
	if (frame_send(SOCKET_FD, &f) != 0)
		return 1;
	if (!listening)
		return 0;
	frame_init(&f, FRAME_END, bytes, sizeof(bytes));
	return frame_send(SOCKET_FD, &f) == 0 &&
		shutdown(SOCKET_FD, SHUT_RDWR) == 0
	    ? 0
	    : 1;
}

/* Sends the verdict, once. */
static void
main_send_verdict(struct login_result *result)
{
	if (main_status >= 0)
		return;
	PRINT_TO(result->store, "%s", store_wait_times()->where);
	result->store_ms = store_wait_times()->ms;
	result->total_ms = frame_clock_ms() - main_begun;
	main_status = main_send(result);
}

/* Does nothing without a state broker. From now on only that broker reads the
 * state and has its keys; each provider's broker has its credentials. */
static void
main_confine(bool alone)
{
	struct settings_store *s = &main_settings->store;

	if (!broker_client_has_fd())
		return;
	latency_keep_for_reading(main_settings->state_dir);
	explicit_bzero(s->fleet_key, sizeof(s->fleet_key));
	explicit_bzero(s->next_key, sizeof(s->next_key));
	main_confined = alone;
	if (main_confined)
		settings_wipe_credentials(main_settings, SIZE_MAX);
	confine_process(main_settings, main_confined);
}

/* Returns false, with a denial, if this service may not ask about the user. */
static bool
main_may_ask(const struct facts *facts, const struct settings *conf,
    const struct ui *ui, struct login_result *result)
{
	const char *words = words_self_not_you;
	/* EXPLAIN is about the login of another */
	enum reason why = facts->purpose == PURPOSE_EXPLAIN
	    ? REASON_NONE
	    : admission_check_socket(
		  conf, facts, other != NULL ? other->name : "");

	if (why == REASON_NONE && facts->purpose == PURPOSE_SELF &&
	    other->no_self) {
		ui_item(ui, ITEM_SAY, &words, NULL);
		why = REASON_SOCKET_SELF;
	}
	if (why != REASON_NONE)
		login_result_deny(result, VERDICT_DENY, why);
	return why == REASON_NONE;
}

/* text is in begin_bytes, or NULL. */
static void
wipe(const char *text)
{
	if (text != NULL)
		explicit_bzero((char *)text, strlen(text));
}

/* Offline, only this process has a store. */
static bool
begin_alert(const struct login *l)
{
	char request[OWNER_MAX + 2];

	request[0] = (char)l->result->alert;
	snprintf(request + 1, sizeof(request) - 1, "%s", l->user);
	if (!l->offline && alert_link >= 0 &&
	    send(alert_link, request, strlen(request), MSG_NOSIGNAL) > 0)
		return true;
	main_send_verdict(l->result);
	return false;
}

static void run_task(control_with_network *, const struct facts *,
    struct ui_frames *, const struct ui *, struct login_result *);

static void
drop_line(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* Waits until the login's helper asks for the alert, or ends. */
static void
alert_process_run(const struct facts *login, int link)
{
	char request[OWNER_MAX + 2] = "";
	const struct ui silent = { .say = drop_line };
	struct ui_frames closed = { .fd = -1 };
	struct login_result result;
	struct facts facts = *login;

	listening = true; /* it starts no further process */
	if (recv(link, request, sizeof(request) - 1, 0) < 2 ||
	    (unsigned char)request[0] >= EVENT_COUNT)
		return;
	facts.purpose = PURPOSE_ALERT;
	facts.user = request + 1;
	facts.request = logline_event_word((enum event)request[0]);
	facts.deadline_ms = ALERT_MS;
	sandbox_end_after(ALERT_MS, true);
	main_begun = frame_clock_ms();
	store_set_deadline(main_begun + ALERT_MS);
	login_result_init(&result);
	run_task(control_run, &facts, &closed, &silent, &result);
}

/* Starts a process of its own for this login's alert, with neither the socket
 * nor the settings: the verdict needs the exit of this process, and the sandbox
 * allows no new one later. It ends with this one unless it is asked. */
static void
alert_process_start(const struct facts *facts, struct settings *conf)
{
	int pair[2];
	pid_t pid;

	if (listening || facts->purpose != PURPOSE_LOGIN ||
	    !conf->alert_owner ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		(void)close(SOCKET_FD);
		(void)close(pair[0]);
		sandbox_end_after(facts->deadline_ms, true);
		wipe(facts->one_field);
		settings_free(conf);
		alert_process_run(facts, pair[1]);
		_exit(EXIT_SUCCESS);
	}
	(void)close(pair[1]);
	if (pid < 0)
		(void)close(pair[0]);
	else
		alert_link = pair[0];
}

static void
run_with_records(control_with_network *todo, const struct environment *env,
    struct settings *conf, struct login_result *result)
{
	const struct store_fleet *fleet = store_records(conf);

	if (fleet != NULL)
		fleet->records_begin(
		    conf, env->facts, env->store_session_id_new);
	todo(env, result);
	if (fleet != NULL)
		fleet->records_end(conf);
}

/* Runs a login or a task that needs settings, providers and prompts. */
static void
run_task(control_with_network *todo, const struct facts *facts,
    struct ui_frames *peer, const struct ui *ui, struct login_result *result)
{
	struct settings *conf =
	    settings_load(facts->conf, 0, &settings_report_log);
	struct provider_connections connections;
	struct connection connection;
	char host[65] = ""; /* Linux HOST_NAME_MAX */
	const int64_t process = store_process_id_new(getpid());
	struct user_account own = { .owner = USER_OWN };
	struct environment env = { .facts = facts,
		.conf = conf,
		.ui = ui,
		.connection = &connection,
		.report = &settings_report_log,
		.host = host,
		.has_user_socket = has_user_socket,
		.deadline = main_begun + facts->deadline_ms,
		.ctx = peer,
		.dead = env_dead,
		.pause = env_pause,
		.confine = main_confine,
		.begin_alert = begin_alert };

	main_settings = conf;
	if (conf == NULL) {
		if (facts->purpose == PURPOSE_LOGIN)
			ending_deny_settings(&env, result);
		else
			login_result_deny(
			    result, VERDICT_DENY, REASON_SETTINGS);
		return;
	}
	conf->undigested = broker_client_has_fd(); /* its broker compares */
	/* other purposes are about records as they are */
	if (facts->purpose == PURPOSE_LOGIN || facts->purpose == PURPOSE_SELF ||
	    facts->purpose == PURPOSE_EXPLAIN)
		conf->account = &own;
	if (facts->purpose == PURPOSE_DESK &&
	    conf->sends.user_hour > LIMITS_DESK_HOUR)
		conf->sends.user_hour = LIMITS_DESK_HOUR;
	if (gethostname(host, sizeof(host)) != 0)
		host[0] = '\0';
	if (facts->purpose == PURPOSE_DOCTOR)
		sandbox_probe_bus();
	alert_process_start(facts, conf);
	sandbox_enter(conf);
	env.store_session_id_new = store_session_id_new();
	store_set_process_id(process);
	if (env.store_session_id_new < 0 || process < 0) {
		login_result_deny(result, VERDICT_DENY, REASON_NO_RANDOM);
	} else if (main_may_ask(facts, conf, ui, result)) {
		provider_connections_init(&connections, conf, &connection);
		run_with_records(todo, &env, conf, result);
		provider_connections_close(&connections);
	}
	settings_free(conf);
}

/* True if twofactl shows errors, such as a vendor's text. Users, and a help
 * desk whose codes alert their owners, are shown what the errors come to. */
static bool
shows_errors(const struct facts *f)
{
	return f->purpose != PURPOSE_ALERT && f->purpose != PURPOSE_SELF &&
	    f->purpose != PURPOSE_DESK;
}

static void
run_for_twofactl(
    const struct facts *facts, struct ui *ui, struct login_result *result)
{
	if (shows_errors(facts))
		log_set_sink(ui, control_send_error);
	run_task(control_run, facts, &main_peer, ui, result);
	log_set_sink(NULL, NULL);
	ui_frames_drain(&main_peer);
}

static void
main_run(const struct facts *facts, struct login_result *result)
{
	const bool login = facts->purpose == PURPOSE_LOGIN;
	const int64_t deadline = main_begun + facts->deadline_ms;
	struct ui ui;

	ui_frames_init(&main_peer, SOCKET_FD, login ? 0 : deadline, &ui);
	if (login)
		run_task(login_run, facts, &main_peer, &ui, result);
	else
		run_for_twofactl(facts, &ui, result);
}

/* At user.sock any program may have sent it: its uid says whose. */
static void
log_no_begin(void)
{
	if (other != NULL)
		log_notice("user.sock uid=%u: sent no BEGIN that this version "
			   "knows; if that was pam_twofa.so, install it and "
			   "twofa-helper of one version",
		    (unsigned)other->uid);
	else
		log_problem("the module sent no BEGIN that this version knows: "
			    "install pam_twofa.so and twofa-helper of one "
			    "version");
}

/* Replies get the version of BEGIN, even if that is unknown here. A state
 * broker that has ended received none: its end of the connection is closed. */
static enum frame_result
receive_begin(struct facts *facts)
{
	struct frame begin;
	const ssize_t len = broker_client_receive_begin(SOCKET_FD, begin_bytes,
	    sizeof(begin_bytes), frame_clock_ms() + BROKER_WAIT_MS);
	enum frame_result got = len < 0 ? FRAME_EOF
	    : len > 0
	    ? frame_read(&begin, 1u << FRAME_BEGIN, begin_bytes, (size_t)len)
	    : frame_recv(SOCKET_FD, &begin, 1u << FRAME_BEGIN, begin_bytes,
		  sizeof(begin_bytes), frame_clock_ms() + BEGIN_WAIT_MS);

	if (got == FRAME_OK || got == FRAME_OTHER_VERSION)
		frame_set_version(begin_bytes[4]);
	if (got == FRAME_OK && facts_get(&begin, facts) != 0)
		got = FRAME_BAD;
	/* modules disconnect if HELLO is late or has another version */
	if (got != FRAME_OK && !(listening && got == FRAME_EOF))
		log_no_begin();
	return got;
}

/* Logs a login by user.sock, since the line that the service logs is not
 * trusted. */
static void
log_other(const struct login_result *result)
{
	log_notice("user.sock uid=%u outcome=%s reason=%s",
	    (unsigned)other->uid,
	    result->outcome == LOGIN_DENIED ? "denied" : "allowed",
	    reason_word(result->reason));
}

/* Returns the exit status. */
static int
main_serve(void)
{
	struct login_result result;
	struct facts facts;
	enum frame_result got = receive_begin(&facts);
	enum reason why;

	main_begun = frame_clock_ms();
	login_result_init(&result);
	if (got == FRAME_OTHER_VERSION) {
		login_result_deny(&result, VERDICT_DENY, REASON_HELPER_VERSION);
		return main_send(&result);
	}
	if (got != FRAME_OK)
		return 1;
	/* keeps only facts that the service may set */
	why = other != NULL ? admission_filter_facts(&facts, other->uid)
			    : REASON_NONE;
	sandbox_end_after(facts.deadline_ms, true);
	log_set_subject(facts.user, facts.service);
	store_set_deadline(main_begun + facts.deadline_ms);
	if (why == REASON_NONE)
		main_run(&facts, &result);
	else
		login_result_deny(&result, VERDICT_DENY, why);
	refused_calls_log();
	wipe(facts.one_field);
	wipe(facts.state_admin);
	wipe(facts.record);
	if (other != NULL)
		log_other(&result);
	main_send_verdict(&result);
	/* log_other() has logged other services */
	if (main_status != 0 && facts.purpose == PURPOSE_LOGIN &&
	    other == NULL && ui_frames_peer_left(&main_peer))
		login_result_log_disconnect(&facts, &result);
	return main_status;
}

/* Runs in a worker. */
static int
serve_worker(const struct listener_peer *peer)
{
	other = peer->uid != 0 ? peer : NULL;
	has_user_socket = peer->beside;
	return main_serve();
}

/* For every helper process, before any input. tied: its parent has not ended.
 */
static bool
main_set_up(bool tied)
{
	const char *wrong;

	log_open();
	crash_guard_init(log_from_signal);
	wrong = tied ? privileges_verify() : "what started it has ended";
	if (wrong != NULL) {
		log_problem("not started as a helper is: %s", wrong);
		return false;
	}
	/* libcrypto 3.0 crashes at its first use if its tables could not be
	 * allocated. NO_ATEXIT: they are not freed, since the process ends
	 * anyway. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
	    OSSL_LIB_CTX_get0_global_default() == NULL) {
		log_problem(
		    "libcrypto cannot be set up: free memory, or install "
		    "it again");
		return false;
	}
	return true;
}

static int
run_listening(int argc, char **argv)
{
	struct listener_arguments arguments;

	if (listener_arguments_read(&arguments, argc, argv) != 0)
		return usage(argc, argv);
	if (arguments.path != NULL && geteuid() == 0)
		return listener_bind_and_exec(&arguments, argv);
	listening = true;
	if (!main_set_up(true))
		return EXIT_FAILURE;
	return listener_run(&arguments, argv, serve_worker);
}

int
main(int argc, char **argv)
{
	store_set_fleet(&fleet_store);
	if (listener_is_requested(argc, argv))
		return run_listening(argc, argv);
	if (broker_is_requested(argc, argv))
		return main_set_up(true) ? broker_run(argc, argv)
					 : EXIT_FAILURE;
	if (argc != 1 || !socket_is_ours())
		return usage(argc, argv);
	return main_set_up(privileges_die_with_parent(SOCKET_FD))
	    ? main_serve()
	    : EXIT_FAILURE;
}
