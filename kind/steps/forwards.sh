# shellcheck shell=bash
# Ports of this machine that lead to the gateway and to Redis. They outlive this script, and end with --teardown.

start_forwards() {
  forward gateway openfaas "$GATEWAY_PORT" 8080
  wait_until 60 "the gateway answers at $GATEWAY" curl --silent --fail --max-time 5 "$GATEWAY/healthz"
  if [[ -z $REDIS_URL_FILE ]]; then forward redis farmhand "$REDIS_PORT" 6379; fi
}

# forward SERVICE NAMESPACE LOCAL-PORT PORT
forward() {
  local service=$1 namespace=$2 from=$3 to=$4 pid=$STATE/$1.pid log=$STATE/$1.log
  local wanted=(kind/port-forward.sh "$CONTEXT" "$namespace" "$service" "$from" "$to")
  # One that never got through, because another program has the port for one, is not there.
  if ! $DRY_RUN && [[ $(forwarding "$service") == *"${wanted[*]}" ]] && leads "$log"; then
    already "127.0.0.1:$from leads to $service"
    return
  fi
  stop_forward "$service"
  say "\$ ${wanted[*]} &"
  if ! $DRY_RUN; then
    mkdir -p "$STATE"
    : >"$log"
    nohup "${wanted[@]}" >>"$log" 2>&1 </dev/null &
    printf '%d\n' $! >"$pid"
  fi
  wait_until 60 "127.0.0.1:$from leads to $service" leads "$log"
}

leads() { grep -q '^Forwarding from' "$1"; }

# forwarding SERVICE: the command line of its process, if that still runs and is ours: a pid may have become another's.
forwarding() {
  local pid line
  pid=$(cat "$STATE/$1.pid" 2>/dev/null || true)
  if [[ -z $pid ]]; then return 0; fi
  line=$(ps -ww -o args= -p "$pid" 2>/dev/null || true)
  if [[ $line == *port-forward.sh* ]]; then printf '%s' "$line"; fi
}

stop_forward() {
  if [[ -n $(forwarding "$1") ]]; then run kill "$(cat "$STATE/$1.pid")"; fi
  if ! $DRY_RUN; then rm -f "$STATE/$1.pid"; fi
}

stop_forwards() {
  local service
  for service in gateway redis; do
    if $DRY_RUN; then
      say "stop the port-forward of $service, if it runs"
    else
      stop_forward "$service"
    fi
  done
}
