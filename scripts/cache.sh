# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the scripts that fill the cache. Sets `cache`, and has what they share.

# shellcheck disable=SC2034 # used by those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/loongvisor
scratch_directory=

# Prints what is being done; finish_step says how long it took.
begin_step() {
    step_name=$1
    step_start=$SECONDS
    echo "==> $step_name"
}

finish_step() {
    echo "==> $step_name: done in $((SECONDS - step_start)) s"
}

# Makes `scratch_directory` below DIRECTORY (the same file system, so that a finished result can be renamed into place)
# and removes it when the script ends, however it ends.
make_scratch() {
    mkdir -p "$1"
    scratch_directory=$(mktemp -d "$1/.partial.XXXXXX")
    trap 'rm -rf "$scratch_directory"' EXIT
}

# publish DIRECTORY TARGET: renames a finished directory to its place; when somebody else was faster, theirs stays.
publish() {
    chmod 755 "$1"
    mv -T "$1" "$2" 2>/dev/null || [ -d "$2" ]
}

# Prints a short hash of standard input, to name results after their inputs.
input_hash() {
    sha256sum | cut -c1-16
}
