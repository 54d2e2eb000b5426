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
  if is_older_than_its_secrets; then run "${KUBECTL[@]}" --namespace farmhand rollout restart statefulset/redis; fi
  run "${KUBECTL[@]}" --namespace farmhand rollout status statefulset/redis --timeout 300s
}

# Redis reads its password and certificates when it starts; one that was deleted to be renewed has been made since.
is_older_than_its_secrets() {
  local started made
  started=$(value "${KUBECTL[@]}" --namespace farmhand get pod redis-0 --output 'jsonpath={.status.startTime}')
  if [[ -z $started ]]; then return 1; fi
  for made in $(value "${KUBECTL[@]}" --namespace farmhand get secret redis-auth redis-tls --ignore-not-found \
    --output 'jsonpath={.items[*].metadata.creationTimestamp}'); do
    if [[ $made > $started ]]; then return 0; fi
  done
  return 1
}
