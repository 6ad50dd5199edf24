
# `cargo xtask …` is completed like `xtask …`; every other `cargo …` as before.
[[ ${_comps[cargo]:-} == _cargo_or_xtask ]] || _cargo_before_xtask=${_comps[cargo]:-}

_cargo_or_xtask() {
    if [[ ${words[2]} == xtask && $CURRENT -gt 2 ]]; then
        shift words
        (( CURRENT-- ))
        _xtask "$@"
    elif [[ -n $_cargo_before_xtask ]]; then
        $_cargo_before_xtask "$@"
    fi
}

compdef _cargo_or_xtask cargo
