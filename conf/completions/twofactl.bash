# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# bash completion for twofactl.

_twofactl() {
	local cur prev words cword command word
	command=
	_init_completion || return
	for word in "${words[@]:1:cword-1}"; do
		case $word in
		unlock | recovery-codes | totp | forget | status)
			command=$word
			;;
		esac
	done
	case $prev in
	-c | --config | --helper)
		_filedir
		return
		;;
	--count)
		mapfile -t COMPREPLY < <(compgen -W '{1..20}' -- "$cur")
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		local options='--config --helper --help --version'
		case $command in
		recovery-codes) options+=' --count --left --yes --json' ;;
		totp) options+=' --no-verify' ;;
		forget) options+=' --yes' ;;
		status) options+=' --json' ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	elif [[ -z $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
		    'unlock recovery-codes totp forget status' -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
	fi
} &&
    complete -F _twofactl twofactl
