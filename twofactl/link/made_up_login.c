/* SPDX-License-Identifier: BSD-2-Clause */
/* A simulated login. */
#include "twofactl/link/made_up_login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

#define SERVICE_MAX 64
#define SERVICE_BYTES                                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"                 \
	"0123456789._-"

static const char *
tty_of(const char *service)
{
	if (strcmp(service, "sshd") == 0)
		return "ssh";
	return strcmp(service, "login") == 0 ? "tty1" : "";
}

static bool
is_address(const char *text)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, raw) == 1 ||
	    inet_pton(AF_INET6, text, raw) == 1;
}

static bool
is_su(const char *service)
{
	return strcmp(service, "su") == 0 || strcmp(service, "su-l") == 0;
}

/* The user who starts sudo is asked himself, and su may be started by any user;
 * other services run as root, or it is unknown. */
static int
real_user(const struct ctl *ctl, const char *service, struct facts *f)
{
	const char *name = NULL;
	const struct passwd *pw;

	if (strncmp(service, "sudo", 4) == 0)
		name = ctl->name;
	else if (is_su(service))
		name = ctl->caller;
	f->real_uid = 0;
	f->ruser = "";
	if (name == NULL)
		return 0;
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL) {
		complain("account \"%.80s\": %s; see: getent passwd %s", name,
		    errno != 0 ? strerror(errno) : "not there",
		    shell_word(name));
		return -1;
	}
	f->real_uid = pw->pw_uid;
	f->ruser = name;
	return 0;
}

#define SOCK "sock:"

/* Is it a service as status names it, "sock:UID"? */
static bool
other_service(const struct ctl *ctl, const char *from, struct facts *f)
{
	char *end;

	if (strcmp(ctl->command, "explain") != 0 ||
	    strncmp(from, SOCK, strlen(SOCK)) != 0 ||
	    from[strlen(SOCK)] < '1' || from[strlen(SOCK)] > '9')
		return false;
	f->request = from + strlen(SOCK);
	f->socket_uid = strtoll(f->request, &end, 10);
	f->real_uid = f->socket_uid;
	f->ruser = f->rhost = f->ssh_addr = f->tty = "";
	return *end == '\0' && f->socket_uid <= UINT32_MAX;
}

/* Warn of swapped operands, whose explanation would be nonsense. */
static void
warn_service(const struct ctl *ctl, const char *service)
{
	static const char *const folder[] = { "/etc/pam.d", "/usr/lib/pam.d" };
	char path[SERVICE_MAX + 32];

	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder[i], service);
		if (access(path, F_OK) == 0)
			return;
	}
	complain("warning: PAM has no service \"%s\" (there is no "
		 "/etc/pam.d/%s)%s",
	    service, service,
	    strcmp(ctl->command, "explain") == 0
		? "; first the user, then the service"
		: "");
}

enum ctl_exit
made_up_login(const struct ctl *ctl, const char *service, const char *from,
    struct facts *f)
{
	if (service == NULL)
		service = "sshd";
	if (from == NULL)
		from = "";
	if (service[0] == '\0' || strlen(service) > SERVICE_MAX ||
	    service[strspn(service, SERVICE_BYTES)] != '\0') {
		complain("\"%.80s\" is no PAM service: see the files in "
			 "/etc/pam.d",
		    service);
		return CTL_USAGE;
	}
	if (from[0] != '\0' && !is_address(from) &&
	    !other_service(ctl, from, f)) {
		complain("\"%.80s\" is no address: rules look at numeric ones "
			 "alone, as 192.0.2.7",
		    from);
		return CTL_USAGE;
	}
	if (ctl->caller != NULL && !is_su(service)) {
		complain("--caller: only su and su-l have one");
		return CTL_USAGE;
	}
	warn_service(ctl, service);
	f->service = service;
	if (f->socket_uid == 0) {
		if (real_user(ctl, service, f) != 0)
			return CTL_FAILED;
		f->rhost = from;
		f->ssh_addr = strcmp(service, "sshd") == 0 ? from : "";
		f->tty = tty_of(service);
	}
	f->deadline_ms = module_arguments_deadline(service) * 1000;
	f->conversation = true;
	f->first_factor = FIRST_PASSWORD_SEEN;
	return CTL_DONE;
}
