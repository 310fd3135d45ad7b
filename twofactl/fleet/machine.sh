# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154
# What twofactl state does on a server or host of a fleet, as root there; all of
# it can be done again. twofactl puts variables before it, and "$act" after it.

own=/etc/twofa-state
unit=twofa-firewall.service
table=/etc/nftables.d/twofa.nft
conf=/etc/twofa/twofa.conf
secrets='/etc/twofa/store.password /etc/twofa/fleet.key /etc/twofa/store-ca.pem'
begin='# twofactl state: begin'
end='# twofactl state: end'

say() {
	echo "$name: $*"
}

fail() {
	echo "$name: $*" >&2
	exit 1
}

# FILE MODE OWNER: stdin is in FILE, whole or not at all; until its mode is set
# only root can open it
put() {
	[ -d "${1%/*}" ] || install -d -m 755 "${1%/*}"
	rm -f "$1.new"
	(umask 077 && cat >"$1.new")
	chown "$3" "$1.new"
	chmod "$2" "$1.new"
	mv -f "$1.new" "$1"
	say "wrote $1"
}

# FILE USER: without one of both marks, all that follows the other would go
marked() {
	begun=$(runuser -u "$2" -- grep -cFx "$begin" "$1") || [ $? = 1 ]
	ended=$(runuser -u "$2" -- grep -cFx "$end" "$1") || [ $? = 1 ]
	[ "$begun" = "$ended" ] || fail "$1 is as it was: one of the lines" \
		"\"$begin\" and \"$end\" is missing; take what twofactl wrote" \
		"and the other one out by hand"
}

# FILE USER: without the lines of twofactl
rest_of() {
	runuser -u "$2" -- sed "/^$begin\$/,/^$end\$/d" "$1"
}

# FILE USER [ACT]: stdin is in FILE, whole or not at all. The user whose folder it
# is in reads and writes it: by a link there root would do so with any file. ACT is
# done before FILE.new, $0.new, takes its place.
put_as() {
	runuser -u "$2" -- sh -ec "umask 077
		rm -f \"\$0.new\"
		cat >\"\$0.new\"
		${3-}
		mv -f \"\$0.new\" \"\$0\"" "$1"
}

# FILE USER: stdin becomes it, with its owner and mode
replace() {
	# shellcheck disable=SC2016 # the shell of put_as expands it
	put_as "$1" "$2" '[ "$(id -u)" != 0 ] || chown --reference="$0" "$0.new"
		chgrp --reference="$0" "$0.new" 2>/dev/null || :
		chmod --reference="$0" "$0.new"'
	say "changed $1"
}

# By stdin, since others see a command line.
sql() {
	(cd / && echo "$1;" | runuser -u postgres -- psql -qAtX -v ON_ERROR_STOP=1)
}

# Restarted with nftables.service, as that removes all tables when it starts.
firewall_unit() {
	cat <<-'END'
	[Unit]
	DefaultDependencies=no
	Wants=network-pre.target
	After=local-fs.target nftables.service
	Before=network-pre.target shutdown.target
	Conflicts=shutdown.target
	PartOf=nftables.service
	ReloadPropagatedFrom=nftables.service
	[Service]
	Type=oneshot
	RemainAfterExit=yes
	ExecStart=nft -f /etc/nftables.d/twofa.nft
	ExecReload=nft -f /etc/nftables.d/twofa.nft
	[Install]
	WantedBy=sysinit.target nftables.service
	END
}

firewall() {
	command -v nft >/dev/null || fail "install nftables first"
	put $table 644 root:root
	firewall_unit | put /etc/systemd/system/$unit 644 root:root
	systemctl daemon-reload
	systemctl enable -q $unit
	systemctl restart $unit
}

no_firewall() {
	[ -e /etc/systemd/system/$unit ] || return 0
	systemctl disable -q --now $unit
	nft delete table inet "$1" 2>/dev/null || : # after a boot without it
	rm -f $table /etc/systemd/system/$unit
	say "removed the firewall's table $1, and $unit"
}

# synproxy completes the handshake before a connection counts, so nobody can
# use up another address's limit by forged packets; the connection then arrives
# by lo. The limit of 60 leaves room for a host's 50 sessions (fleet_hosts.c)
# and those that are just ending. Who has more is told at once, since silence
# would pass for an outage: a reset in reply to what it sends after the
# handshake, first or again (one for lo's packet would not have the numbers
# that synproxy chose). A connection that has ended is soon forgotten: synproxy
# does not see the handshake of the next one from that port.
server_table() {
	cat <<-END
	table inet twofa
	delete table inet twofa
	table inet twofa {
	  ct timeout ip_ended { protocol tcp; l3proto ip; policy = { time_wait : 2, close : 2 }; }
	  ct timeout ip6_ended { protocol tcp; l3proto ip6; policy = { time_wait : 2, close : 2 }; }
	  set ip_now { type ipv4_addr; flags dynamic; size 65535; }
	  set ip6_now { type ipv6_addr; flags dynamic; size 65535; }
	  set ip_full { type ipv4_addr; flags dynamic, timeout; timeout 1s; size 65535; }
	  set ip6_full { type ipv6_addr; flags dynamic, timeout; timeout 1s; size 65535; }
	  chain outside {
	    tcp flags & syn == 0 ip saddr @ip_full reject with tcp reset
	    tcp flags & syn == 0 ip6 saddr @ip6_full reject with tcp reset
	END
	for net in $networks; do
		case $net in *:*) ip=ip6 ;; *) ip=ip ;; esac
		echo "    $ip saddr $net synproxy mss 1440 wscale 7 timestamp sack-perm"
	done
	cat <<-END
	    drop
	  }
	  chain answered {
	    add @ip_now { ip saddr ct count over 60 } add @ip_full { ip saddr } reject with tcp reset
	    add @ip6_now { ip6 saddr ct count over 60 } add @ip6_full { ip6 saddr } reject with tcp reset
	  }
	  chain passed_on {
	    type filter hook output priority 0; policy accept;
	    tcp dport $port ct state new meta nfproto ipv4 ct timeout set "ip_ended"
	    tcp dport $port ct state new meta nfproto ipv6 ct timeout set "ip6_ended"
	  }
	  chain first {
	    type filter hook prerouting priority -300; policy accept;
	    iif != lo fib daddr type local tcp dport $port tcp flags & (syn | ack) == syn notrack
	  }
	  chain input {
	    type filter hook input priority 10; policy accept;
	    iif != lo tcp dport $port ct state new,untracked,invalid jump outside
	    iif lo fib saddr type != local tcp dport $port ct state new jump answered
	  }
	}
	END
}

# The lines with reject keep a host's role from connecting by a line that is
# meant for others.
hba_lines() {
	for net in $networks; do
		echo "hostssl $database +twofa_host,+twofa_admin $net scram-sha-256"
		[ -z "$ca" ] || echo "hostssl replication standby $net scram-sha-256"
	done
	echo "host all +twofa_host,+twofa_admin all reject"
	echo "local all +twofa_host,+twofa_admin reject"
	[ -z "$ca" ] || echo "hostssl all postgres $admin scram-sha-256"
}

access() {
	hba=$(sql 'SHOW hba_file')
	marked "$hba" postgres
	{
		echo "$begin"
		hba_lines
		echo "$end"
		rest_of "$hba" postgres
	} | replace "$hba" postgres
	sql "ALTER SYSTEM SET authentication_timeout = '5s'"
	sql 'SELECT pg_reload_conf()' >/dev/null
	port=$(sql 'SHOW port')
	server_table | firewall
}

# What the first server sets with ALTER SYSTEM; the others copy it.
settings() {
	cat <<-END
	listen_addresses = '*'
	ssl = on
	ssl_cert_file = '$own/server.pem'
	ssl_key_file = '$own/server.key'
	ssl_min_protocol_version = 'TLSv1.2'
	max_connections = 300
	wal_keep_size = '1GB'
	log_parameter_max_length = 0
	END
}

first() {
	settings | while read -r one; do
		sql "ALTER SYSTEM SET $one"
	done
	say "set $(settings | sed 's/ =.*//' | tr '\n' ' ')"
	systemctl restart postgresql
	sql "SET log_statement = none; SET log_min_duration_statement = -1;
		SET password_encryption = 'scram-sha-256';
		SET synchronous_commit = local;
		DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles
			WHERE rolname = 'standby') THEN
			CREATE ROLE standby; END IF; END \$\$;
		ALTER ROLE standby LOGIN REPLICATION PASSWORD '$standby_word';
		ALTER ROLE postgres PASSWORD '$admin_word'"
	say "gave the roles standby and postgres new passwords"
}

# A copy of the first server; the own database stays beside it.
standby() {
	data=$(sql 'SHOW data_directory')
	home=$(getent passwd postgres | cut -d: -f6)
	{
		runuser -u postgres -- grep -sv '^\*:\*:\*:standby:' \
			"$home/.pgpass" || :
		echo "*:*:*:standby:$standby_word"
	} | put_as "$home/.pgpass" postgres
	say "wrote $home/.pgpass"
	[ "$(sql 'SELECT pg_is_in_recovery()')" = f ] || return 0
	[ ! -e "$data.before" ] || fail "remove $data.before first"
	systemctl stop postgresql
	mv "$data" "$data.before"
	(cd / && HOME=$home runuser -u postgres -- pg_basebackup -c fast \
		-X stream -R -D "$data" -d "host=$primary user=standby \
		application_name=${name%%.*} sslmode=verify-full \
		sslrootcert=$own/ca.pem") || {
		rm -rf "$data"
		mv "$data.before" "$data"
		systemctl start postgresql
		fail "it could not be copied from $primary, and is as it was"
	}
	systemctl start postgresql
	say "copied $primary to $data; what was there is $data.before"
}

server() {
	command -v psql >/dev/null || fail "install PostgreSQL first"
	echo "$ca" | put $own/ca.pem 644 root:root
	echo "$certificate" | put $own/server.pem 644 root:root
	echo "$key" | put $own/server.key 600 postgres:postgres
	admin=${SSH_CONNECTION%% *}
	case $admin in *:*) admin=$admin/128 ;; *) admin=$admin/32 ;; esac
	if [ -n "$primary" ]; then standby; else first; fi
	access
}

# On the first server, once one copies it: from now on it waits for that.
in_step() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(sql 'SELECT count(*) FROM pg_stat_replication')" = 0 ] || break
		sleep 1
	done
	sql "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'"
	sql 'SELECT pg_reload_conf()' >/dev/null
	say "set synchronous_standby_names"
}

server_remove() {
	data=$(sql 'SHOW data_directory')
	hba=$(sql 'SHOW hba_file')
	[ ! -e "$hba" ] || marked "$hba" postgres
	no_firewall twofa
	if [ -e "$data.before" ]; then
		systemctl stop postgresql
		rm -rf "$data"
		mv "$data.before" "$data"
		say "removed the copy; $data is as it was"
	else
		{ settings; echo authentication_timeout
			echo synchronous_standby_names; } | while read -r one; do
			sql "ALTER SYSTEM RESET ${one%% *}"
		done
		say "reset the settings; the database $database is still there"
	fi
	[ ! -e "$hba" ] || rest_of "$hba" postgres | replace "$hba" postgres
	systemctl restart postgresql
	rm -rf $own
	say "removed $own"
}

# Any user of a host could use up the connections of its address.
host_table() {
	echo "table inet twofa_host"
	echo "delete table inet twofa_host"
	echo "table inet twofa_host {"
	echo "  chain output {"
	echo "    type filter hook output priority 0; policy accept;"
	for one in $servers; do
		at=${one##*:}
		case $one in *:*) ;; *) at=5432 ;; esac
		getent ahosts "${one%%:*}" | while read -r address _; do
			case $address in *:*) ip=ip6 ;; *) ip=ip ;; esac
			echo "    $ip daddr $address tcp dport $at meta skuid != { root, twofa } reject"
		done | sort -u
	done
	echo "  }"
	echo "}"
}

host() {
	[ -e $conf ] || fail "install pam_twofa and run twofactl init first"
	marked $conf root
	for one in $conf $secrets; do
		rm -f "$one.former"
		[ ! -e "$one" ] || cp -p "$one" "$one.former"
	done
	trap host_as_before EXIT
	echo "$password" | put /etc/twofa/store.password 640 root:twofa
	echo "$fleet_key" | base64 -d | put /etc/twofa/fleet.key 640 root:twofa
	echo "$ca" | put /etc/twofa/store-ca.pem 644 root:root
	host_table | firewall
	{
		rest_of $conf.former root
		echo "$begin"
		echo "$settings"
		echo "$end"
	} | replace $conf root
	twofactl check >&2 ||
		fail "its settings do not fit, so $conf is as it was"
	twofactl doctor 2>&1 | grep -E '^store-(reach|refused|password|schema|key|version)\b' >&2 &&
		fail "the state cannot be used, so $conf is as it was"
	trap - EXIT
	for one in $conf $secrets; do
		rm -f "$one.former"
	done
}

# The host tries both, whichever the servers have.
next_password() {
	{
		echo "$password"
		head -n 3 /etc/twofa/store.password 2>/dev/null || :
	} | put /etc/twofa/store.password 640 root:twofa
}

# Wherever host ends early, as without nftables. The former keys may be of
# another fleet, whose settings are still there.
host_as_before() {
	for one in $conf $secrets; do
		[ -e "$one.former" ] || rm -f "$one"
		[ ! -e "$one.former" ] || mv -f "$one.former" "$one"
	done
	say "put back what was in /etc/twofa"
}

host_remove() {
	marked $conf root
	# users = "state", which is set elsewhere in the file, needs these lines
	! twofactl check >/dev/null 2>&1 ||
		rest_of $conf root | twofactl check --file - >/dev/null ||
		fail "$conf is as it was: without what host add wrote it would" \
			"deny each login; correct it there, then run this again"
	rest_of $conf root | replace $conf root
	no_firewall twofa_host
	rm -f /etc/twofa/store.password
	say "removed its password"
	[ ! -e /etc/twofa/state-admin ] || return 0
	rm -f /etc/twofa/fleet.key /etc/twofa/store-ca.pem
	say "removed the fleet's key and the servers' authority"
}
