# shellcheck shell=bash
# OpenFaaS Community Edition by its chart. The release's description carries a digest of our values, so that a change of them is seen.

install_openfaas() {
  local release values
  values=$(digest_of_values)
  release=$(value "${HELM[@]}" history openfaas --max 1 --output json)
  if ! $OWN_CLUSTER && ! is_ours "$release" && ask "${KUBECTL[@]}" --namespace openfaas get deployment gateway; then
    already "OpenFaaS, not of this script: it is left as it is. Its alertmanager must not scale the worker (README)"
    return
  fi
  if [[ $release == *"\"openfaas-$CHART_VERSION\""* && $release == *'"deployed"'* && $release == *"farmhand values $values"* ]]; then
    already "OpenFaaS, chart $CHART_VERSION"
  else
    # An installation that was interrupted holds the release for ever.
    if [[ $release == *'"pending-'* ]]; then run "${HELM[@]}" uninstall openfaas --wait; fi
    run "${HELM[@]}" upgrade --install openfaas openfaas --repo "$CHART_REPOSITORY" --version "$CHART_VERSION" \
      --values "kind/openfaas/values.yaml" --description "farmhand values $values" --wait --timeout 10m
  fi
  if $LOCAL_REGISTRY; then forward_registry; fi
  run "${KUBECTL[@]}" --namespace openfaas rollout status deployment/gateway --timeout 300s
  if ask "${KUBECTL[@]}" diff --filename "kind/openfaas/functions.yaml"; then
    already "disruption budget and network policy of the functions"
  else
    run "${KUBECTL[@]}" apply --filename "kind/openfaas/functions.yaml"
  fi
}

# is_ours RELEASE: did this script install it? Helm puts its own words in place of ours where an installation failed; a namespace that
# this script made tells it then.
is_ours() {
  [[ $1 == *"farmhand values"* ]] ||
    [[ $(value "${KUBECTL[@]}" get namespace openfaas --output 'jsonpath={.metadata.labels.app\.kubernetes\.io/part-of}') == farmhand ]]
}

digest_of_values() {
  if $DRY_RUN; then printf '<digest>'; else digest <kind/openfaas/values.yaml; fi
}

forward_registry() {
  local containers
  containers=$(value "${KUBECTL[@]}" --namespace openfaas get deployment gateway --output 'jsonpath={.spec.template.spec.containers[*].name}')
  if [[ " $containers " == *" registry-forward "* ]]; then
    already "the gateway's way to localhost:5001"
  else
    warn "this lets Community Edition take images from a registry of this machine, which its vendor does not mean it to: README"
    run "${KUBECTL[@]}" --namespace openfaas patch deployment gateway --patch-file "kind/openfaas/local-registry-patch.yaml"
  fi
}
