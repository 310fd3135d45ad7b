/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about the settings, for other code and for the readers. */
#include "lib/settings/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/provider_types/provider_types.h"
#include "lib/system/store_url.h"

/* An item that could not be read is NULL. */
bool
settings_socket_allows(const struct settings *c, int64_t uid)
{
	for (size_t i = 0; i < c->socket_uids; i++)
		if (c->socket_uid[i] == uid)
			return true;
	return false;
}

bool
settings_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] != NULL && strcmp(list->item[i], text) == 0)
			return true;
	return false;
}

const struct provider_conf *
settings_provider(const struct settings *c, const char *name)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (c->provider[i].name != NULL &&
		    strcmp(c->provider[i].name, name) == 0)
			return &c->provider[i];
	return NULL;
}

bool
settings_rehearsal(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (c->provider[i].rehearsal ||
		    strcmp(c->provider[i].scheme, "https") != 0)
			return true;
	return false;
}

bool
settings_state_dir_apart(const struct settings *c)
{
	char own[STATE_FOLDER_MAX];

	return state_folder_of(c->state, own) != 0 ||
	    strcmp(own, c->state_dir) != 0;
}

int
settings_state_dir_check(
    const struct settings *c, char cause[STATE_FOLDER_CAUSE_MAX])
{
	char name[128]; /* cut here, to keep the remedy */

	if (!settings_state_dir_apart(c))
		return 0;
	snprintf(name, sizeof(name), "state_dir %.100s", c->state_dir);
	return state_folder_check(c->state_dir, name, cause);
}

const char *
settings_fleet_words(const struct settings *c)
{
	return store_url_is(c->state) ? " on all hosts" : "";
}

bool
settings_outage_file(const struct settings *c)
{
	char path[STATE_FOLDER_MAX + 16];

	(void)snprintf(
	    path, sizeof(path), "%s/" SETTINGS_OUTAGE_FILE, c->state_dir);
	return store_url_is(c->state) && access(path, F_OK) == 0;
}

const unsigned char *
settings_fleet_key(const struct settings *c)
{
	return c->store.fleet_key_file != NULL ? c->store.fleet_key : NULL;
}

bool
settings_fleet_key_change(struct settings *c)
{
	if (c->store.next != FLEET_KEY_NEXT)
		return false;
	memcpy(
	    c->store.fleet_key, c->store.next_key, sizeof(c->store.fleet_key));
	c->store.next = FLEET_KEY_NONE;
	return true;
}

unsigned
settings_methods(const struct settings *c)
{
	unsigned methods = 0;

	for (size_t i = 0; i < c->provider_count; i++)
		methods |= provider_methods(&c->provider[i]);
	return methods;
}

bool
settings_network_has(const struct network_list *list, const char *address)
{
	if (address == NULL || address[0] == '\0')
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (network_contains(&list->item[i], address))
			return true;
	return false;
}
