#!/bin/sh
# Removes an image from the containerd of a Kubernetes node that is a container: under its name, and under the reference `sha256:…`
# that containerd keeps for the kubelet and that would hold on to its disk, unless the image has another name besides.
#   scripts/unload-image.sh CONTAINER IMAGE
set -eu
[ $# = 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
ctr() { docker exec "$container" ctr -n k8s.io images "$@"; }
container=$1 image=$2
# Lines are `REF TYPE DIGEST …`.
refs=$(ctr ls | awk -v image="$image" '
    $1 == image || $1 == "docker.io/library/" image { named[$1] = $3; next }
    /^sha256:/ { nameless[$1] = $3; next }
    { kept[$3] = 1 }
    END {
        for (ref in named) { print ref; gone[named[ref]] = 1 }
        for (ref in nameless) if (nameless[ref] in gone && !(nameless[ref] in kept)) print ref
    }')
# shellcheck disable=SC2086 # references have no spaces
[ -z "$refs" ] || ctr rm $refs
