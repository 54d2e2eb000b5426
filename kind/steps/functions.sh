# shellcheck shell=bash
# The functions by faas-cli, as anybody would install them. A ConfigMap remembers what was deployed, so that a second run builds
# nothing unless the sources, the registry or a secret changed.

log_in() {
  if ask faas-cli list --gateway "$GATEWAY"; then
    already "faas-cli's login at $GATEWAY"
  else
    secret_value openfaas basic-auth basic-auth-password |
      feed "the password of openfaas/basic-auth" faas-cli login --gateway "$GATEWAY" --username admin --password-stdin
  fi
}

deploy_functions() {
  local wanted name functions=("${FUNCTIONS[@]}") options=()
  case $WORKERS in
    deployment)
      functions=(emitter collector autoscaler demo)
      options=(--regex '^(emitter|collector|autoscaler|demo)$' --env FARM_GATEWAY_SCALER=kubernetes)
      ;;
    shards)
      options=(--env FARM_GATEWAY_SCALER=sharded-gateway)
      warn "5 workers a function is what Community Edition means to allow; seven functions sidestep it. The licence note: kind/README.md"
      ;;
  esac
  say "images: $REGISTRY/<function>:$TAG"
  wanted=$(deployment_digest)
  if [[ $(value "${KUBECTL[@]}" --namespace farmhand get configmap functions --output 'jsonpath={.data.digest}') == "$wanted" ]] &&
    ask "${KUBECTL[@]}" --namespace openfaas-fn get deployment "${functions[@]}"; then
    already "functions, from these sources"
  else
    run faas-cli up --yaml stack.yml --gateway "$GATEWAY" "${options[@]}"
    if [[ $WORKERS == deployment ]]; then
      run faas-cli build --yaml stack.yml --filter worker
      run faas-cli push --yaml stack.yml --filter worker
    fi
    printf '%s\n' 'apiVersion: v1' 'kind: ConfigMap' 'metadata: { name: functions, namespace: farmhand, labels: { app.kubernetes.io/part-of: farmhand } }' \
      "data: { digest: \"$wanted\" }" |
      feed "ConfigMap farmhand/functions: digest $wanted" "${KUBECTL[@]}" apply --filename -
  fi
  for name in "${functions[@]}"; do
    run "${KUBECTL[@]}" --namespace openfaas-fn rollout status "deployment/$name" --timeout 300s
  done
  remove_other_workers
}

# Of the sources and their names that go into the images, where they go, and the versions of the secrets: pods read theirs when they start.
deployment_digest() {
  if $DRY_RUN; then
    printf '<of the sources>'
    return
  fi
  {
    printf '%s %s %s\n' "$REGISTRY" "$TAG" "$WORKERS"
    value "${KUBECTL[@]}" --namespace openfaas-fn get secret redis-url farm-token basic-auth-user basic-auth-password \
      --output 'jsonpath={.items[*].metadata.resourceVersion}'
    find stack.yml farm.yml shared functions autoscaler models template -type f -not -path '*/node_modules/*' -print0 | LC_ALL=C sort -z | xargs -0 cksum
  } | digest
}
