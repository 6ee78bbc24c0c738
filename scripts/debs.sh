# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced after cache.sh by the scripts that unpack Debian packages of another suite and architecture; they set `suite`
# and `architecture`.
# shellcheck disable=SC2154 # suite, architecture, cache, scratch_directory: see above

debs_scripts=$(dirname "${BASH_SOURCE[0]}")
debs=$cache/images/packages

private_apt() {
    "$debs_scripts/private-apt" "$suite" "$architecture" "$@"
}

# Prints the kept file of package NAME in VERSION, if there is one; apt writes the epoch's colon as %3a.
kept_deb() {
    local stem=${1}_${2//:/%3a}
    find "$debs" -name "${stem}_$architecture.deb" -o -name "${stem}_all.deb"
}

# download_debs LOCK: puts the packages that LOCK names ("package version" lines) into scratch_directory, as *.deb. The
# files are kept beside the unpacked trees, so that a changed script needs no network.
download_debs() {
    local name version wanted=()
    begin_step "get $(wc -l <"$1") packages for $architecture"
    mkdir -p "$debs"
    while read -r name version; do
        [ -n "$(kept_deb "$name" "$version")" ] || wanted+=("$name=$version")
    done <"$1"
    if [ "${#wanted[@]}" -gt 0 ]; then
        (cd "$scratch_directory" && private_apt download "${wanted[@]}" && mv ./*.deb "$debs/")
    fi
    while read -r name version; do
        ln "$(kept_deb "$name" "$version")" "$scratch_directory/"
    done <"$1"
    finish_step
}

# unpack_debs DIRECTORY: makes DIRECTORY of what download_debs put into scratch_directory.
unpack_debs() {
    local deb
    mkdir -p "$1"
    for deb in "$scratch_directory"/*.deb; do
        dpkg-deb -x "$deb" "$1"
    done
}

# Of what programs depend on, only libraries matter to those who run them without an installed system; these big ones are
# loaded for graphics or name services.
unused_libraries='^(libllvm|libz3|libegl-mesa|libx11-data|libdrm-common|libsystemd-shared|libc-gconv|libsasl2-modules)'

# programs_closure PACKAGE...: prints "package version" of each PACKAGE and of the libraries that they need.
programs_closure() {
    private_apt closure "$@" | awk -v wanted=" $* " -v unused="$unused_libraries" \
        'index(wanted, " " $1 " ") || ($1 ~ /^(lib|zlib)/ && $1 !~ unused)' | sort
}

# write_starter OUTPUT TREE PROGRAM [ARGUMENT...]: writes a script that runs TREE/PROGRAM, with ARGUMENTs before its own, by the
# loader and with the libraries of TREE.
write_starter() {
    local output=$1 tree=$2 loader libraries
    loader=$(find "$tree/usr/lib" -name 'ld-linux*' | head -n 1)
    libraries=$(dirname "$(find "$tree/usr/lib" -name libc.so.6)")
    shift 2
    {
        echo "#!/bin/sh"
        echo "export PYTHONHOME='$tree/usr'"
        printf "exec '%s' --library-path '%s' '%s'" "$loader" "$libraries" "$tree/$1"
        shift
        [ "$#" -eq 0 ] || printf " '%s'" "$@"
        echo ' "$@"'
    } >"$output.partial"
    chmod +x "$output.partial"
    mv "$output.partial" "$output"
}
