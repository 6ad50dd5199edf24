#!/bin/sh
# Says whether the database that stands takes POSTGRES_PASSWORD: it keeps the one that its data were made with, whatever a Secret
# says later. Asked before anything is changed, since afterwards no service reaches its data. What can't be found out stops nobody.
#   POSTGRES_PASSWORD=… scripts/password-fits.sh CONTEXT NAMESPACE RELEASE
set -eu
[ $# = 3 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
context=$1 namespace=$2 release=$3
ours="app.kubernetes.io/instance=$release,app.kubernetes.io/name=postgresql"
k() { kubectl --context "$context" --namespace "$namespace" --request-timeout=10s "$@"; }

[ -n "${POSTGRES_PASSWORD:-}" ] || { echo "none is given: the chart keeps the one that stands"; exit 0; }

# How psql, where it stands, answers to the password; not by loopback, where PostgreSQL's image trusts everybody.
# shellcheck disable=SC2016 # filled in by the pod
asked() {
    printf '%s\n' "$POSTGRES_PASSWORD" | k exec -i "$1" -c postgresql -- sh -c '
        IFS= read -r PGPASSWORD; export PGPASSWORD PGCONNECT_TIMEOUT=5
        exec psql -w -h "$(hostname)" -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c ""' 2>&1
}
# That of the Secret which stands beside the data, without a server to ask.
kept() { k get secret "$release-postgresql" --ignore-not-found -o 'jsonpath={.data.POSTGRES_PASSWORD}' | base64 -d; }

pod=$(k get pods -l "$ours" --field-selector=status.phase=Running -o 'jsonpath={.items[0].metadata.name}' 2>/dev/null || :)
if [ -n "$pod" ]; then
    said=$(asked "$pod") && { echo "$pod takes it"; exit 0; }
    case $said in *"password authentication failed"*) ;; *) echo "it can't be told: $said"; exit 0 ;; esac
else
    claim=$(k get pvc -l "$ours" -o 'jsonpath={.items[*].metadata.name}' 2>/dev/null || :)
    [ -n "$claim" ] || { echo "there are no data yet"; exit 0; }
    old=$(kept 2>/dev/null || :)
    [ -n "$old" ] && [ "$old" != "$POSTGRES_PASSWORD" ] || { echo "it can't be told: no pod of $claim runs"; exit 0; }
fi
cat >&2 <<END
error: the data of $release-postgresql were made with another POSTGRES_PASSWORD than the one given; nothing was changed
keep it: take POSTGRES_PASSWORD out of .env, and the one that stands is used
change it: docs/RUNBOOK.md, "Change the database's password"
give the data up: kubectl --context $context -n $namespace delete statefulset,pvc -l $ours
END
exit 1
