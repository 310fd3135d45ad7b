# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154
# What twofactl state does on the administrator's machine to set up others, by
# ssh as the admin who typed it. twofactl puts variables and the text $machine
# (machine.sh) before it, and "$act" after it.

set -eu
umask 077
key_of_ca=/etc/twofa/state-ca.key

# MACHINE ACT VARIABLE...: does that there
at() {
	there=$1
	{
		echo "set -eu; umask 022; name='$1'; PATH=/usr/local/sbin:\$PATH"
		printf '%s\n' "$machine"
		act=$2
		shift 2
		for one; do
			eval "printf \"%s='%s'\\n\" $one \"\$$one\""
		done
		echo "$act </dev/null"
	} | if [ "${there%%.*}" = "$(uname -n | cut -d. -f1)" ]; then
		sh
	else
		as_admin ssh -T -o BatchMode=yes "root@$there" sh
	fi
}

as_admin() {
	if [ -n "${SUDO_USER-}" ]; then
		runuser -u "$SUDO_USER" -- "$@"
	else
		"$@"
	fi
}

# The authority that hosts know servers by; and what $name shows them.
certify() {
	ec="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
	# shellcheck disable=SC2086
	if [ ! -e $key_of_ca ]; then
		openssl req -x509 $ec -subj "/CN=twofa servers" -out $ca_file \
			-keyout $key_of_ca 2>/dev/null
		chmod 644 $ca_file
		echo "made $ca_file and $key_of_ca"
	fi
	ca=$(cat $ca_file)
	# shellcheck disable=SC2086
	both=$(openssl req -x509 $ec -CA $ca_file -CAkey $key_of_ca \
		-subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
		-addext basicConstraints=CA:FALSE -keyout - 2>/dev/null)
	key=$(echo "$both" | sed -n '/BEGIN PRIVATE/,/END PRIVATE/p')
	certificate=$(echo "$both" | sed -n '/BEGIN CERT/,/END CERT/p')
}

servers_init() {
	standby_word=$(openssl rand -hex 32)
	admin_word=$(openssl rand -hex 32)
	primary=
	for name in $servers; do
		certify "$name"
		at "$name" server ca certificate key standby_word admin_word \
			primary database networks
		[ -z "$primary" ] || at "$primary" in_step
		primary=${primary:-$name}
	done
	any=$(echo "\*" "$servers" | tr ' ' '|')
	{
		grep -svE "^($any):[^:]*:[^:]*:postgres:" "$HOME/.pgpass" || :
		echo "*:*:*:postgres:$admin_word"
	} >"$HOME/.pgpass.new"
	mv "$HOME/.pgpass.new" "$HOME/.pgpass"
	echo "wrote $HOME/.pgpass: the password of postgres"
}

servers_access() {
	ca=
	for name in $servers; do
		at "$name" access ca database networks
	done
}

servers_remove() {
	for name in $servers; do
		at "$name" server_remove database
	done
}

host_add() {
	ca=$(cat "$ca_file")
	fleet_key=$(base64 -w0 "$key_file")
	at "$host" host ca fleet_key password settings servers
}
