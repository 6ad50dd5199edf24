
# `cargo xtask …` is completed like `xtask …`.
function __cargo_xtask_complete
    set -l words (commandline -opc) (commandline -ct)
    complete --do-complete "xtask "(string join " " -- $words[3..])
end

complete -c cargo -n "__fish_seen_subcommand_from xtask" -f -a "(__cargo_xtask_complete)"
