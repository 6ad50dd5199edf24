# shellcheck shell=sh
# A virtual environment of Python for the checks. Knows nothing of what is installed into it. Sourced.

# make_venv FOLDER PACKAGE...: one with these packages; a half-made one, or one whose Python went away, is made again.
# Run what is in it as `FOLDER/bin/python -m NAME`: its other commands hold the path at which it was made, and the folder
# may have moved since, or been reached through a link that is gone.
make_venv() {
    folder=$1
    shift
    "$folder/bin/python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$folder" || return
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
