# shellcheck shell=bash
# Everything that install made, and nothing else.

teardown() {
  step "Port-forwards" "Processes named port-forward.sh may be ended by hand." stop_forwards
  if $OWN_CLUSTER; then
    step "Cluster" "Is Docker running? 'docker rm --force $CLUSTER-control-plane' does it by hand." delete_cluster
    step "Registry of this machine" "'docker rm --force --volumes kind-registry' does it by hand." delete_registry
  else
    step "What was installed on $CONTEXT" "'kubectl --context $CONTEXT get namespaces' shows what is left; one that stays Terminating says why in its status." uninstall
  fi
  step "State of this machine" "The folder is $STATE." delete_state
}

delete_cluster() {
  if $DRY_RUN || has_line "$CLUSTER" kind get clusters; then
    run kind delete cluster --name "$CLUSTER"
  else
    say "not there: kind cluster $CLUSTER"
  fi
}

# Other clusters may use a registry of this name; this one goes only if this script's option made it for this cluster.
delete_registry() {
  if ! $LOCAL_REGISTRY; then
    say "left alone; --teardown --local-registry deletes it, with its images"
  elif $DRY_RUN || ask docker inspect kind-registry; then
    run docker rm --force --volumes kind-registry
  else
    say "not there: container kind-registry"
  fi
}

uninstall() {
  local name
  for name in "${FUNCTIONS[@]}" "${SHARDS[@]}"; do
    run "${KUBECTL[@]}" --namespace openfaas-fn delete deployment,service "$name" --ignore-not-found
  done
  run "${KUBECTL[@]}" --namespace openfaas-fn delete secret,serviceaccount,role,rolebinding,networkpolicy,poddisruptionbudget \
    --selector app.kubernetes.io/part-of=farmhand
  if $DRY_RUN || [[ $(value "${HELM[@]}" history openfaas --max 1 --output json) == *"farmhand values"* ]]; then
    run "${HELM[@]}" uninstall openfaas --wait
  else
    say "not of this script, or not there: OpenFaaS"
  fi
  # Only namespaces.yaml gives them this label, and it is applied to namespaces that were missing only.
  run "${KUBECTL[@]}" delete namespace --selector app.kubernetes.io/part-of=farmhand
}

delete_state() {
  if $DRY_RUN || [[ -d $STATE ]]; then
    run rm -rf "$STATE"
  else
    say "not there: $STATE"
  fi
}
