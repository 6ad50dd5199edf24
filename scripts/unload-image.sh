#!/bin/sh
# Removes an image from the containerd of a Kubernetes node that is a container: under its name, and under the reference `sha256:…`
# that containerd keeps for the kubelet, which would hold on to its disk.
#   scripts/unload-image.sh CONTAINER IMAGE
set -eu
[ $# = 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
ctr() { docker exec "$container" ctr -n k8s.io images "$@"; }
container=$1 image=$2
# Lines are `REF TYPE DIGEST …`; every reference to the same digest goes.
refs=$(ctr ls | awk -v image="$image" '
    { digest[$1] = $3 }
    END {
        wanted = image in digest ? digest[image] : digest["docker.io/library/" image]
        for (ref in digest) if (wanted != "" && digest[ref] == wanted) print ref
    }')
# shellcheck disable=SC2086 # references have no spaces
[ -z "$refs" ] || ctr rm $refs
