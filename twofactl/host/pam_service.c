/* SPDX-License-Identifier: BSD-2-Clause */
/* Services and programs that use PAM, as far as they are known. */
#include "twofactl/host/host.h"

#include <unistd.h>

#define SASLAUTHD "/usr/sbin/saslauthd"

const struct pam_service pam_services[] = {
	{ "sshd", true, "sshd",
	    { "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd" } },
	{ "login", true, "login", { "/bin/login", "/usr/bin/login" } },
	{ "remote", true, NULL,
	    { "/usr/sbin/telnetd", "/usr/sbin/in.telnetd" } },
	{ "su", false, "su", { "/bin/su", "/usr/bin/su" } },
	{ "su-l", false, "su", { "/bin/su", "/usr/bin/su" } },
	{ "sudo", false, "sudo", { "/usr/bin/sudo", "/usr/local/bin/sudo" } },
	{ "sudo-i", false, "sudo", { "/usr/bin/sudo", "/usr/local/bin/sudo" } },
	{ "doas", false, NULL, { "/usr/bin/doas", "/usr/local/bin/doas" } },
	{ "pkexec", false, NULL, { NULL } },
	{ "polkit-1", false, NULL,
	    { "/usr/lib/polkit-1/polkit-agent-helper-1",
		"/usr/libexec/polkit-agent-helper-1",
		"/usr/lib/policykit-1/polkit-agent-helper-1" } },
	{ "cockpit", true, NULL,
	    { "/usr/lib/cockpit/cockpit-session",
		"/usr/libexec/cockpit-session" } },
	{ "gdm-password", true, NULL, { "/usr/sbin/gdm3", "/usr/sbin/gdm" } },
	{ "gdm-fingerprint", true, NULL, { NULL } },
	{ "gdm-smartcard", true, NULL, { NULL } },
	{ "lightdm", true, NULL, { "/usr/sbin/lightdm", "/usr/bin/lightdm" } },
	{ "sddm", true, NULL, { "/usr/bin/sddm" } },
	{ "greetd", true, NULL, { "/usr/sbin/greetd", "/usr/bin/greetd" } },
	{ "xdm", true, NULL, { "/usr/bin/xdm", "/usr/sbin/xdm" } },
	{ "lxdm", true, NULL, { "/usr/sbin/lxdm", "/usr/bin/lxdm" } },
	{ "ly", true, NULL, { "/usr/bin/ly", "/usr/bin/ly-dm" } },
	{ "xrdp-sesman", true, NULL, { "/usr/sbin/xrdp-sesman" } },
	{ "webmin", true, NULL,
	    { "/usr/share/webmin/miniserv.pl",
		"/usr/libexec/webmin/miniserv.pl" } },
	{ "proxmox-ve-auth", true, NULL, { "/usr/bin/pvedaemon" } },
};

const size_t pam_services_count = COUNT_OF(pam_services);

const struct pam_service *
pam_service_find(const char *name)
{
	for (size_t i = 0; i < pam_services_count; i++)
		if (strcmp(pam_services[i].name, name) == 0)
			return &pam_services[i];
	return NULL;
}

bool
pam_service_has_program(const struct pam_service *service)
{
	for (size_t i = 0; i < PAM_SERVICE_PROGRAMS; i++)
		if (service->program[i] != NULL &&
		    access(service->program[i], X_OK) == 0)
			return true;
	return false;
}

/* Each program with one field was tested, or its source was read: Squid's
 * basic_pam_auth gives the password to each hidden prompt, and calls PAM again
 * when credentialsttl is over, not for each page. */
static const struct pam_service_program programs[] = {
	{ "i3lock swaylock", "a screen locker", PAM_SERVICE_AS_USER,
	    .one_field = true },
	{ "gtklock waylock hyprlock xfce4-screensaver mate-screensaver "
	  "cinnamon-screensaver kde",
	    "a screen locker", .runs = PAM_SERVICE_AS_USER },
	{ "postgresql", "PostgreSQL", PAM_SERVICE_AS_ACCOUNT, .one_field = true,
	    .account = { "postgres" } },
	{ "apache2 apache httpd", "Apache", PAM_SERVICE_AS_ACCOUNT,
	    .one_field = true, .repeats = true,
	    .account = { "www-data", "apache", "http" } },
	{ "nginx", "nginx", PAM_SERVICE_AS_ACCOUNT, .one_field = true,
	    .repeats = true, .account = { "www-data", "nginx", "http" } },
	{ "squid", "Squid", PAM_SERVICE_AS_ACCOUNT, .one_field = true,
	    .account = { "proxy", "squid" } },
	{ "vsftpd", "vsftpd", PAM_SERVICE_AS_ROOT, .one_field = true },
	{ "dovecot", "Dovecot", PAM_SERVICE_AS_ROOT, .one_field = true },
	{ "radiusd", "FreeRADIUS", PAM_SERVICE_AS_ROOT, .one_field = true },
	{ "xrdp-sesman", "xrdp", PAM_SERVICE_AS_ROOT, .one_field = true },
	{ "sddm", "SDDM", PAM_SERVICE_AS_ROOT, .one_field = true },
	{ "ly", "ly", PAM_SERVICE_AS_ROOT, .one_field = true },
	{ "proxmox-ve-auth", "Proxmox VE", PAM_SERVICE_AS_ROOT,
	    .one_field = true },
	{ "smtp imap pop sieve", "a mail server", PAM_SERVICE_AS_ROOT,
	    .one_field = true, .crashing_path = SASLAUTHD },
	{ "ldap", "an LDAP server", PAM_SERVICE_AS_ROOT, .one_field = true,
	    .crashing_path = SASLAUTHD },
};

const struct pam_service_program *
pam_service_program(const char *service)
{
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (text_has_word(programs[i].services, service))
			return &programs[i];
	return NULL;
}
