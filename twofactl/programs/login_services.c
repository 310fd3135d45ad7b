/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of PAM that can give root, by their names. */
#include "twofactl/programs/login_services.h"

#include <string.h>
#include <unistd.h>

const struct login_service login_services[] = {
	{ "sshd", true,
	    { "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd" } },
	{ "login", true, { "/bin/login", "/usr/bin/login" } },
	{ "remote", true, { "/usr/sbin/telnetd", "/usr/sbin/in.telnetd" } },
	{ "su", false, { "/bin/su", "/usr/bin/su" } },
	{ "su-l", false, { "/bin/su", "/usr/bin/su" } },
	{ "sudo", false, { "/usr/bin/sudo", "/usr/local/bin/sudo" } },
	{ "sudo-i", false, { "/usr/bin/sudo", "/usr/local/bin/sudo" } },
	{ "doas", false, { "/usr/bin/doas", "/usr/local/bin/doas" } },
	{ "pkexec", false, { NULL } },
	{ "polkit-1", false,
	    { "/usr/lib/polkit-1/polkit-agent-helper-1",
		"/usr/libexec/polkit-agent-helper-1",
		"/usr/lib/policykit-1/polkit-agent-helper-1" } },
	{ "cockpit", true,
	    { "/usr/lib/cockpit/cockpit-session",
		"/usr/libexec/cockpit-session" } },
	{ "gdm-password", true, { "/usr/sbin/gdm3", "/usr/sbin/gdm" } },
	{ "gdm-fingerprint", true, { NULL } },
	{ "gdm-smartcard", true, { NULL } },
	{ "lightdm", true, { "/usr/sbin/lightdm", "/usr/bin/lightdm" } },
	{ "sddm", true, { "/usr/bin/sddm" } },
	{ "greetd", true, { "/usr/sbin/greetd", "/usr/bin/greetd" } },
	{ "xdm", true, { "/usr/bin/xdm", "/usr/sbin/xdm" } },
	{ "lxdm", true, { "/usr/sbin/lxdm", "/usr/bin/lxdm" } },
	{ "ly", true, { "/usr/bin/ly", "/usr/bin/ly-dm" } },
	{ "xrdp-sesman", true, { "/usr/sbin/xrdp-sesman" } },
	{ "webmin", true,
	    { "/usr/share/webmin/miniserv.pl",
		"/usr/libexec/webmin/miniserv.pl" } },
	{ "proxmox-ve-auth", true, { "/usr/bin/pvedaemon" } },
};

const size_t login_services_count =
    sizeof(login_services) / sizeof(login_services[0]);

const struct login_service *
login_service_find(const char *name)
{
	for (size_t i = 0; i < login_services_count; i++)
		if (strcmp(login_services[i].name, name) == 0)
			return &login_services[i];
	return NULL;
}

const char *
login_service_enable(const char *name)
{
	static const struct {
		const char *name, *by;
	} known[] = { { "sshd", "sshd" }, { "login", "login" }, { "su", "su" },
		{ "su-l", "su" }, { "sudo", "sudo" }, { "sudo-i", "sudo" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].by;
	return NULL;
}

bool
login_service_installed(const struct login_service *service)
{
	for (size_t i = 0; i < LOGIN_SERVICE_PROGRAMS; i++)
		if (service->program[i] != NULL &&
		    access(service->program[i], X_OK) == 0)
			return true;
	return false;
}
