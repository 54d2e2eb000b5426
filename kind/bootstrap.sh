#!/usr/bin/env bash
# The farm on Kubernetes with OpenFaaS, from nothing to a smoke run and the address of its page. `--help` says how, README.md what for.
# Every step looks first and does only what is missing, so a run that failed goes on where it stopped.
set -Eeuo pipefail
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  echo "bootstrap: this is bash $BASH_VERSION; 4.4 or newer is needed (on macOS: brew install bash)" >&2
  exit 2
fi

CALLED_FROM=$PWD
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

source kind/steps/command.sh
source kind/steps/options.sh
source kind/steps/tools.sh
source kind/steps/cluster.sh
source kind/steps/openfaas.sh
source kind/steps/secrets.sh
source kind/steps/redis.sh
source kind/steps/monitoring.sh
source kind/steps/forwards.sh
source kind/steps/functions.sh
source kind/steps/workers.sh
source kind/steps/smoke.sh
source kind/steps/teardown.sh

install() {
  step "Tools" "Install what is named above; each line says where to get it." check_tools
  if $OWN_CLUSTER; then
    if $LOCAL_REGISTRY; then
      step "Registry of this machine" "Is Docker running (docker info)? Is port 5001 free?" start_registry
    fi
    step "Cluster" "Is Docker running, with 4 GiB to spare? 'docker start $CLUSTER-control-plane' brings back a node that was stopped, 'kind export logs' keeps what it said; 'kind delete cluster --name $CLUSTER' begins anew." create_cluster
    if $LOCAL_REGISTRY; then
      step "Registry, known to the cluster" "Does 'docker ps' show kind-registry and $CLUSTER-control-plane?" connect_registry
    fi
  else
    step "Cluster" "'kubectl --context $CONTEXT version' must reach it; 'kubectl config get-contexts' lists the names." find_cluster
  fi
  step "Namespaces" "Your user must be allowed to create namespaces." create_namespaces
  step "metrics-server" "Its manifest comes from GitHub: is it reached from here?" install_metrics_server
  step "OpenFaaS" "'kubectl --context $CONTEXT -n openfaas get pods' shows what does not start. Community Edition needs the internet when it starts (checkip.amazonaws.com): its pod's log says so. Behind a proxy or without internet, see README, Troubleshooting." install_openfaas
  step "Secrets" "Your user must be allowed to create secrets in openfaas-fn, farmhand and farmhand-workers." create_secrets
  step "Redis" "'kubectl --context $CONTEXT -n farmhand describe pod redis-0' says why it does not start; without a default storage class its volume stays pending." install_redis
  if $MONITORING; then
    step "Prometheus and Grafana" "'kubectl --context $CONTEXT -n farmhand get pods' shows which does not start; --no-monitoring leaves them out." install_monitoring
  fi
  step "Port-forwards" "Another program may hold port $GATEWAY_PORT or $REDIS_PORT (a farm of this machine holds 8080): --gateway-port and --redis-port name others. Logs: $STATE." start_forwards
  step "Login" "The password is in the secret openfaas/basic-auth." log_in
  step "Functions" "Can this machine push to $REGISTRY (docker login), and can anybody pull from it without logging in? Community Edition refuses other images. 'kubectl --context $CONTEXT -n openfaas-fn get pods' shows what does not start." deploy_functions
  if [[ $WORKERS == deployment ]]; then
    step "Workers as a Deployment" "'kubectl --context $CONTEXT -n farmhand-workers describe deployment worker' says what is missing." deploy_workers
  fi
  step "Smoke run" "'faas-cli logs worker --gateway $GATEWAY' and the page say what became of the tasks." smoke_run
  summary
}

parse_options "$@"
if $TEARDOWN; then
  teardown
else
  install
fi
