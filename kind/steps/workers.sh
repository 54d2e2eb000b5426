# shellcheck shell=bash
# --workers deployment: workers as a plain Deployment, the right to scale it, and no worker behind the gateway.

deploy_workers() {
  local image=$REGISTRY/worker:$TAG
  if ask "${KUBECTL[@]}" diff --filename "kind/scaler-rbac.yaml"; then
    already "the autoscaler's right to scale them"
  else
    run "${KUBECTL[@]}" apply --filename "kind/scaler-rbac.yaml"
  fi
  sed "s|ghcr.io/farmhand/worker:0.1.0|$image|" "kind/worker-deployment.yaml" |
    feed "worker-deployment.yaml with $image" "${KUBECTL[@]}" apply --filename -
  run "${KUBECTL[@]}" --namespace farmhand-workers rollout status deployment/worker --timeout 300s
  if $DRY_RUN || ask "${KUBECTL[@]}" --namespace openfaas-fn get deployment worker; then
    run faas-cli remove worker --gateway "$GATEWAY"
  else
    already "no function worker"
  fi
}
