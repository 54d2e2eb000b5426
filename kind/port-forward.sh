#!/usr/bin/env bash
# Keeps a port of 127.0.0.1 forwarded to a service until it gets a SIGTERM: kubectl's own forward ends with the pod that it leads to.
# port-forward.sh CONTEXT NAMESPACE SERVICE LOCAL-PORT PORT
set -euo pipefail

child=''
stop() {
  trap - TERM INT
  if [[ -n $child ]]; then kill "$child" 2>/dev/null || true; fi
  exit 0
}
trap stop TERM INT

while true; do
  kubectl --context "$1" --namespace "$2" port-forward "service/$3" "$4:$5" &
  child=$!
  wait "$child" || true
  # In the background, so that a signal is heard at once.
  sleep 1 &
  child=$!
  wait "$child" || true
done
