# shellcheck shell=bash
# --workers deployment: workers as a plain Deployment, the right to scale it, and no worker behind the gateway. And back again.

deploy_workers() {
  local image=$REGISTRY/worker:$TAG digest
  if ask "${KUBECTL[@]}" diff --filename "kind/scaler-rbac.yaml"; then
    already "the autoscaler's right to scale them"
  else
    run "${KUBECTL[@]}" apply --filename "kind/scaler-rbac.yaml"
  fi
  # The digest changes the pods where the name of their image does not: a new image, and secrets, are read when a pod starts.
  digest=$(deployment_digest)
  sed "s|ghcr.io/farmhand/worker:0.1.0|$image|; s|farmhand/digest: none|farmhand/digest: '$digest'|" "kind/worker-deployment.yaml" |
    feed "worker-deployment.yaml with $image" "${KUBECTL[@]}" apply --filename -
  run "${KUBECTL[@]}" --namespace farmhand-workers rollout status deployment/worker --timeout 300s
  if $DRY_RUN || ask "${KUBECTL[@]}" --namespace openfaas-fn get deployment worker; then
    run faas-cli remove worker --gateway "$GATEWAY"
  else
    already "no function worker"
  fi
}

# Workers of another --workers would take tasks as well, and nobody would scale them.
remove_other_workers() {
  local name
  if [[ $WORKERS != shards ]]; then
    for name in $(value "${KUBECTL[@]}" --namespace openfaas-fn get deployment "${SHARDS[@]}" --ignore-not-found --output name); do
      run faas-cli remove "${name#*/}" --gateway "$GATEWAY"
    done
  fi
  if [[ $WORKERS != deployment ]] && ask "${KUBECTL[@]}" --namespace farmhand-workers get deployment worker; then
    run "${KUBECTL[@]}" delete --ignore-not-found --filename "kind/scaler-rbac.yaml" --filename "kind/worker-deployment.yaml"
  fi
}
