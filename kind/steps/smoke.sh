# shellcheck shell=bash
# A little work through the gateway, and its results; then where everything is.

SMOKE_TASKS=8

smoke_run() {
  local run_id id ids=() body='' tasks
  run_id=smoke-$(if $DRY_RUN; then printf '<random>'; else random_text | cut -c 1-12; fi)
  for tasks in $(seq "$SMOKE_TASKS"); do
    id=$run_id-$tasks
    ids+=("$id")
    body+="${body:+,}{\"id\":\"$id\",\"kind\":\"calibrated\",\"payload\":{\"serviceMs\":200},\"expectedServiceMs\":200,\"deadlineMs\":60000}"
  done
  say "$SMOKE_TASKS tasks of 0.2 s, $run_id-1 to -$SMOKE_TASKS"
  # The token is in curl's configuration, which it reads from its standard input.
  {
    printf 'header = "Authorization: Bearer %s"\n' "$(secret_value openfaas-fn farm-token farm-token)"
    printf 'header = "Content-Type: application/json"\ndata = "[%s]"\n' "${body//\"/\\\"}"
  } | feed "token and $SMOKE_TASKS tasks" curl --silent --show-error --fail-with-body --max-time 30 --config - "$GATEWAY/function/emitter/tasks"
  wait_until 120 "all $SMOKE_TASKS tasks completed" completed "${ids[@]}"
  say "$SMOKE_TASKS of $SMOKE_TASKS tasks came out of the collector"
}

# completed ID...: have all of them a record in the output?
completed() {
  local id answer
  for id in "$@"; do
    answer=$(curl --silent --fail --max-time 10 "$GATEWAY/function/collector/results/$id") || return 1
    if [[ $answer != *'"state":"completed"'* ]]; then return 1; fi
  done
}

summary() {
  printf '\n'
  show_workers
  cat <<TEXT
Page        $GATEWAY/function/autoscaler/
Gateway     $GATEWAY, user admin; its password:
              kubectl --context $CONTEXT -n openfaas get secret basic-auth -o jsonpath='{.data.basic-auth-password}' | base64 -d
Token       for whatever changes anything in the farm:
              kubectl --context $CONTEXT -n openfaas-fn get secret farm-token -o jsonpath='{.data.farm-token}' | base64 -d
TEXT
  if [[ -z $REDIS_URL_FILE ]]; then
    printf 'Redis       127.0.0.1:%s; its password is in the secret farmhand/redis-auth\n' "$REDIS_PORT"
  fi
  if $MONITORING; then
    printf 'Grafana     kubectl --context %s -n farmhand port-forward service/grafana 3000   then http://127.0.0.1:3000\n' "$CONTEXT"
  fi
  printf 'Stop        %s\n' "$(teardown_command)"
}

teardown_command() {
  if ! $OWN_CLUSTER; then
    printf './kind/bootstrap.sh --context %s --teardown --yes' "$CONTEXT"
  elif $LOCAL_REGISTRY; then
    printf './kind/bootstrap.sh --teardown --local-registry'
  else
    printf './kind/bootstrap.sh --teardown'
  fi
}

# What is asked for and what is granted are two numbers: Community Edition grants 5 and says nothing.
show_workers() {
  local said provider
  said=$(value curl --silent --fail --max-time 10 "$GATEWAY/function/autoscaler/desired")
  if [[ $said =~ \"desired\":([0-9]+) ]]; then printf 'Workers     %s wanted' "${BASH_REMATCH[1]}"; else printf 'Workers    '; fi
  if [[ $said =~ \"granted\":([0-9]+) ]]; then printf ', %s granted' "${BASH_REMATCH[1]}"; fi
  printf ' (control.minWorkers to maxWorkers of farm.yml; the page shows both)\n'
  provider=$(value gateway_info)
  if [[ $WORKERS == function && $provider == *faas-netes-ce* ]]; then
    printf '            This is OpenFaaS Community Edition: 5 workers at most, whatever is wanted. More: kind/README.md\n'
  fi
}

gateway_info() {
  printf 'user = "admin:%s"\n' "$(secret_value openfaas basic-auth basic-auth-password)" |
    curl --silent --fail --max-time 10 --config - "$GATEWAY/system/info"
}
