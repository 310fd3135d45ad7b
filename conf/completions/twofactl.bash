# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# bash completion for twofactl.

# The options of each command.
_twofactl_options() {
	case $1 in
	init)
		echo '--app --provider --brand --api-key --api-secret-file' \
		    '--workflow-id --sender-id --application-id' \
		    '--private-key-file --from --account-sid' \
		    '--auth-token-file --api-key-sid --api-key-secret-file' \
		    '--service-sid --api-key-file --verify-profile-id' \
		    '--messaging-profile-id --text --path --auth-header' \
		    '--auth-secret-file --body --success --says --flow --client-id' \
		    '--client-auth --client-secret-file --client-key-file' \
		    '--client-key-id --proof --amr --acr --algs --claim --max-age' \
		    '--scope --page --hint --user-code --secret-file --begin --nas' \
		    '--user --phone --country' \
		    '--allowed-prefixes --office --base-url --ca-file --rehearsal' \
		    '--expect --unproven --no-verify --yes --dry-run --json'
		;;
	enroll)
		echo '--channel --email --provider --country --replace' \
		    '--no-verify --phone --person --key --cert-id --ca' \
		    '--user --groups --local --again --add'
		;;
	remove) echo '--yes --person --device' ;;
	leave) echo '--local' ;;
	show) echo '--full --json --person' ;;
	list) echo '--missing --enrolled-by --since --full --codes --devices --json' ;;
	code) echo '--hours --why --invite --list --end --json --person' ;;
	people)
		echo '--invite --csv --hours --why --left --remove --yes --json'
		;;
	import)
		echo '--country --tokens --from-google-authenticator --app-first' \
		    '--replace --yes --dry-run'
		;;
	explain) echo '--field --full --json --person --key --caller' ;;
	check) echo '--file --user --json --upgrade' ;;
	forget) echo '--yes --person' ;;
	recovery-codes) echo '--count --left --local --yes --json --person' ;;
	self) echo '--phone --add --instead --remove --app --codes' ;;
	helpdesk) echo '--json --app' ;;
	doctor) echo '--etc --files --json --service' ;;
	enable)
		echo '--login --user --exempt --skip --until --why --within' \
		    '--dry-run --check' \
		    '--rehearsal --no-trial --no-input --anyway --json'
		;;
	confirm) echo '--anyway --json' ;;
	rollback) echo '--boot --json --timer' ;;
	disable) echo '--all --json' ;;
	account) echo '--json --expect --unproven --remove' ;;
	key) echo '--sk --remove' ;;
	push) echo '--json --person' ;;
	state) echo '--url --print --yes --dry-run --renew --groups --output' \
		    '--hourly-users --hourly-sends --enrols --no-enrols --records' \
		    '--networks --push --json' ;;
	report) echo '--since --events --exceptions --json' ;;
	notices) echo '--test' ;;
	rollout) echo '--deny --file --send' ;;
	status) echo '--json --prometheus --person' ;;
	test) echo '--service --from --field --person' ;;
	totp) echo '--no-verify --secret-file --add --token --resync --counter --person' ;;
	unlock) echo '--sends --local --person' ;;
	esac
}

# What a command takes: one word for each operand.
_twofactl_operands() {
	case $1 in
	enroll) echo 'user none' ;;
	remove | leave | show | unlock) echo 'enrolled' ;;
	import) echo 'file' ;;
	enable | disable) echo 'enabled' ;;
	explain) echo 'user service none' ;;
	account) echo 'user none' ;;
	state) echo 'action what none' ;;
	helpdesk) echo 'desk user none' ;;
	rollout) echo 'stage none' ;;
	recovery-codes | code | totp | push | key | test | edit | forget | status)
		echo 'user'
		;;
	esac
}

# What may stand behind an option of a command; 1 when it takes nothing. From
# bash-completion 2.12 on _filedir fails when it finds no file.
_twofactl_argument() {
	case $1 in
	-c | --config | --helper | --file | --output | --*-file) _filedir || : ;;
	--channel) mapfile -t COMPREPLY < <(compgen -W \
	    'sms voice whatsapp email' -- "$2") ;;
	--count) mapfile -t COMPREPLY < <(compgen -W '{1..20}' -- "$2") ;;
	--missing) mapfile -t COMPREPLY < <(compgen -g -- "$2") ;;
	--service) mapfile -t COMPREPLY < <(compgen -W \
	    "$(cd /etc/pam.d 2>/dev/null && echo *)" -- "$2") ;;
	--field)
		[[ ${3-} == explain ]] || return 1
		mapfile -t COMPREPLY < <(compgen -W \
		    'code recovery sms call push none' -- "$2")
		;;
	--login) mapfile -t COMPREPLY < <(compgen -W \
	    'password key both' -- "$2") ;;
	--key | --ca | --sk) _filedir pub || : ;;
	--remove) [[ ${3-} == self ]] || _filedir pub || : ;;
	--user | --caller) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	--email | --provider | --country | --from | --person | --phone | --instead | \
	    --cert-id | --brand | --allowed-prefixes | --office | --base-url | \
	    --api-key | --workflow-id | --*-sid | --sender-id | --text | \
	    --application-id | --*-profile-id | --exempt | --deny | --until | --why | --end | --within | --since | \
	    --timer | --url | --groups | --hourly-users | --hourly-sends | \
	    --enrolled-by | \
	    --networks)
		COMPREPLY=()
		;;
	*) return 1 ;;
	esac
}

# Who has a file; any account where the files cannot be read, or where records
# are in the state.
_twofactl_enrolled() {
	local file
	local -a found=()
	for file in /etc/twofa/users.d/*.conf; do
		file=${file##*/}
		[[ $file == '*.conf' ]] || found+=("${file%.conf}")
	done
	if ((${#found[@]})) &&
	    ! grep -qs '^users *= *"state"' /etc/twofa/twofa.conf; then
		echo "${found[@]}"
	else
		compgen -u
	fi
}

_twofactl_operand() {
	case $1 in
	enrolled) mapfile -t COMPREPLY < <(compgen -W \
	    "$(_twofactl_enrolled)" -- "$2") ;;
	user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	service) _twofactl_argument --service "$2" ;;
	file) _filedir ;;
	action) mapfile -t COMPREPLY < <(compgen -W \
	    'init upgrade restored change import rekey server host' -- "$2") ;;
	what) mapfile -t COMPREPLY < <(compgen -W \
	    'add change disable remove list init access' -- "$2") ;;
	desk) mapfile -t COMPREPLY < <(compgen -W \
	    'who status unlock code end history' -- "$2") ;;
	stage) mapfile -t COMPREPLY < <(compgen -W \
	    'start who notify until enforce back' -- "$2") ;;
	enabled) mapfile -t COMPREPLY < <(compgen -W \
	    'sshd sudo su login polkit-1 self' -- "$2") ;;
	*) COMPREPLY=() ;;
	esac
}

_twofactl() {
	local cur prev words cword command word i operands
	local -a given=()
	local commands='init enroll remove leave show list people import unlock recovery-codes
code totp push account key test explain enable confirm rollback disable check edit forget
report notices rollout status state helpdesk self doctor'
	_init_completion || return
	for ((i = 1; i < cword; i++)); do
		word=${words[i]}
		if [[ $word == -* ]]; then
			if _twofactl_argument "$word" '' "${given[0]-}"; then
				((i++))
			fi
		else
			given+=("$word")
		fi
	done
	command=${given[0]-}
	COMPREPLY=()
	if _twofactl_argument "$prev" "$cur" "$command"; then
		return
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--config --helper --help \
--version $(_twofactl_options "$command")" -- "$cur")
	elif [[ -z $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
	else
		read -ra operands < <(_twofactl_operands "$command")
		_twofactl_operand "${operands[${#given[@]} - 1]-}" "$cur"
	fi
} &&
    complete -F _twofactl twofactl
