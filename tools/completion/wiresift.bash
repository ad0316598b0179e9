# bash completion for wiresift(1)                        -*- shell-script -*-

_wiresift() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb=${COMP_WORDS[1]} asks="-c -s --config --socket --json"
	local verbs="alert backtest check explain feeds forget help lookback
		opml parse pause poll reload replay resume show-config status
		tail top version"
	declare -A options=(
		[alert]=$asks
		[backtest]="-c -s --config --socket --since --items --json --text"
		[check]="-c --config --tap -v --verbose"
		[explain]="-c --config --json --text"
		[feeds]=$asks
		[forget]="-c -s --config --socket"
		[lookback]="-c -s --config --socket --since --json --text
			--deliver --alerts --again --no-wait --stop"
		[opml]="-c --config --with-secrets"
		[pause]=$asks
		[poll]=$asks
		[reload]=$asks
		[replay]="-c --config --all --alerts --explain --json"
		[resume]=$asks
		[show-config]=$asks
		[status]="$asks --metrics"
		[top]=$asks
		[tail]="-c -s -t -n --config --socket --topic --after --cursor-file
			--min --copies --explain --once --limit --json --text"
	)

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
		return
	fi
	case $prev in
	--min)
		mapfile -t COMPREPLY < <(compgen -W "about mentions" -- "$cur")
		return
		;;
	-t | --topic | --since | -n | --limit | --after | --text)
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${options[$verb]}" -- "$cur")
	elif [[ $verb == poll && $prev != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(wiresift feeds --json 2>/dev/null |
				sed -n 's/"key":"\([^"]*\)"/\n=\1\n/gp' |
				sed -n 's/^=//p')" -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -F _wiresift wiresift
