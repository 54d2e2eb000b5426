# shellcheck shell=bash
# One Redis with an append-only file, unless there is one already.

install_redis() {
  local folder=kind/redis/base
  if [[ -n $REDIS_URL_FILE ]]; then
    say "yours, by $REDIS_URL_FILE; none is installed"
    return
  fi
  if $TLS; then folder=kind/redis/tls; fi
  if ask "${KUBECTL[@]}" diff --kustomize "$folder"; then
    already "Redis, as in $folder"
  else
    run "${KUBECTL[@]}" apply --kustomize "$folder"
  fi
  run "${KUBECTL[@]}" --namespace farmhand rollout status statefulset/redis --timeout 300s
}
