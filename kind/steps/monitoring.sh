# shellcheck shell=bash
# A Prometheus that scrapes the farm and holds its alert rules, and a Grafana with its dashboard.

install_monitoring() {
  if ask "${KUBECTL[@]}" diff --kustomize "kind/monitoring"; then
    already "Prometheus and Grafana"
  else
    run "${KUBECTL[@]}" apply --kustomize "kind/monitoring"
  fi
  local name
  for name in prometheus grafana; do
    run "${KUBECTL[@]}" --namespace farmhand rollout status "deployment/$name" --timeout 300s
  done
}
