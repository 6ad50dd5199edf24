
# `cargo xtask …` is completed like `xtask …`; every other `cargo …` as before.
_cargo_now=$(complete -p cargo 2>/dev/null | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
[[ $_cargo_now == _cargo_or_xtask ]] || _cargo_before_xtask=$_cargo_now

_cargo_or_xtask() {
    if [[ ${COMP_WORDS[1]} == xtask && $COMP_CWORD -gt 1 ]]; then
        COMP_WORDS=("${COMP_WORDS[@]:1}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _xtask xtask "$2" "$3"
    elif [[ -n $_cargo_before_xtask ]]; then
        "$_cargo_before_xtask" "$@"
    fi
}

complete -F _cargo_or_xtask -o nosort -o bashdefault -o default cargo
