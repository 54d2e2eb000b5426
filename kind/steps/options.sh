# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the steps
# What may be asked for. Constants of the installation stand here too: one place for every version.

CLUSTER=farmhand
CHART_VERSION=15.0.6
CHART_REPOSITORY=https://openfaas.github.io/faas-netes/
REGISTRY_IMAGE=registry:3
FUNCTIONS=(emitter worker collector autoscaler demo)
SHARDS=(worker-2 worker-3 worker-4 worker-5 worker-6 worker-7)

OWN_CLUSTER=true
CONTEXT=kind-$CLUSTER
REGISTRY=${FARM_REGISTRY:-}
TAG=${FARM_TAG:-0.1.0}
LOCAL_REGISTRY=false
TLS=false
REDIS_URL_FILE=''
MONITORING=true
WORKERS=function
GATEWAY_PORT=8080
REDIS_PORT=16379
TEARDOWN=false
CONFIRMED=false
# Pids and logs of the port-forwards.
STATE=${FARM_STATE_DIR:-.farmhand}/kind

usage() {
  cat <<'TEXT'
Usage: ./kind/bootstrap.sh [options]

Installs the farm on Kubernetes with OpenFaaS: a kind cluster, OpenFaaS Community Edition, Redis, Prometheus and Grafana, secrets,
the functions (faas-cli up -f stack.yml), port-forwards, and a smoke run. Run it again at any time: it does what is missing.

  FARM_REGISTRY=ghcr.io/you ./kind/bootstrap.sh

Images
  FARM_REGISTRY=PATH    where images are pushed, and where the cluster pulls them from without a login: Community Edition
                        takes public images only. ttl.sh/<any-name> will do for a try: nobody has to sign up, and it forgets in a day.
  FARM_TAG=TAG          tag of the images (0.1.0)
  --local-registry      a registry on this machine instead. Community Edition refuses it by itself; README says what this does
                        about that, and why you should read the licence note first.

Cluster
  --context NAME        an existing cluster, by kubectl's name for it, instead of a kind cluster of its own. An OpenFaaS that is
                        there is used as it is.
  --redis-url-file FILE a Redis of yours: a file with its URL (docs/redis.md); none is installed
  --tls                 TLS between the functions and the Redis that is installed
  --workers WHAT        function (default): workers are an OpenFaaS function, 5 at most on Community Edition.
                        deployment: they are a plain Deployment that the autoscaler scales through Kubernetes, 32 at most.
                        shards: they are up to 7 functions of 5 each; it sidesteps what Community Edition means to allow, so
                        read the licence note in README first.
  --no-monitoring       without Prometheus and Grafana

This machine
  --gateway-port PORT   of the gateway's port-forward (8080)
  --redis-port PORT     of Redis' port-forward (16379)

  --dry-run             print the whole plan, look at nothing, do nothing
  --teardown            stop the port-forwards, delete the cluster and all data in it. With --context: what was installed there,
                        with --yes.
  --help                this text
TEXT
}

parse_options() {
  while (($# > 0)); do
    case $1 in
      --context | --workers | --gateway-port | --redis-port | --redis-url-file)
        if (($# < 2)); then refuse "$1 needs a value"; fi
        set_option "$1" "$2"
        shift
        ;;
      --local-registry) LOCAL_REGISTRY=true ;;
      --tls) TLS=true ;;
      --no-monitoring) MONITORING=false ;;
      --dry-run) DRY_RUN=true ;;
      --teardown) TEARDOWN=true ;;
      --yes) CONFIRMED=true ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) refuse "unknown option $1" ;;
    esac
    shift
  done
  check_options
  KUBECTL=(kubectl --context "$CONTEXT")
  HELM=(helm --kube-context "$CONTEXT" --namespace openfaas)
  GATEWAY=http://127.0.0.1:$GATEWAY_PORT
  # faas-cli fills them into stack.yml.
  export FARM_REGISTRY=$REGISTRY FARM_TAG=$TAG OPENFAAS_URL=$GATEWAY
}

set_option() {
  case $1 in
    --context)
      OWN_CLUSTER=false
      CONTEXT=$2
      ;;
    --workers)
      if [[ ! $2 =~ ^(function|deployment|shards)$ ]]; then refuse "--workers $2: allowed are function, deployment and shards"; fi
      WORKERS=$2
      ;;
    --redis-url-file)
      REDIS_URL_FILE=$2
      # As its caller means it, who may stand elsewhere than in the project.
      if [[ $2 != /* ]]; then REDIS_URL_FILE=$CALLED_FROM/$2; fi
      ;;
    --gateway-port)
      check_port "$@"
      GATEWAY_PORT=$2
      ;;
    --redis-port)
      check_port "$@"
      REDIS_PORT=$2
      ;;
  esac
}

check_port() {
  if [[ ! $2 =~ ^[1-9][0-9]{0,4}$ ]] || (($2 > 65535)); then refuse "$1 $2: allowed are ports from 1 to 65535"; fi
}

check_options() {
  if $LOCAL_REGISTRY; then
    if ! $OWN_CLUSTER; then refuse "--local-registry goes with a kind cluster, not with --context"; fi
    REGISTRY=localhost:5001
  fi
  if [[ -n $REDIS_URL_FILE ]] && $TLS; then refuse "--tls is for the Redis that is installed; yours has it in its URL"; fi
  if [[ -n $REDIS_URL_FILE && ! -r $REDIS_URL_FILE ]]; then refuse "--redis-url-file $REDIS_URL_FILE: cannot be read"; fi
  if $TEARDOWN; then
    if ! $OWN_CLUSTER && ! $CONFIRMED && ! $DRY_RUN; then
      refuse "--teardown --context $CONTEXT deletes the farm there and what its Redis holds: add --yes, or --dry-run to see what"
    fi
  elif [[ -z $REGISTRY ]]; then
    if $DRY_RUN; then
      REGISTRY='<FARM_REGISTRY>'
    else
      refuse "FARM_REGISTRY is not set. OpenFaaS Community Edition pulls public images only, so the images must be pushed somewhere" \
        "that anybody can pull from: FARM_REGISTRY=ghcr.io/you (after docker login), or FARM_REGISTRY=ttl.sh/$(random_text) for a try"
    fi
  fi
}

# Exit code 2: nothing was begun.
refuse() {
  printf 'bootstrap: %s\n' "$1" >&2
  if (($# > 1)); then printf '  %s\n' "${@:2}" >&2; fi
  trap - ERR
  exit 2
}
