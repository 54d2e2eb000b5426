# shellcheck shell=bash
# Everything that install made, and nothing else.

# Kinds of what this script makes in namespaces, which may have been there before and then stay.
OBJECTS=deployment,statefulset,service,configmap,secret,serviceaccount,role,rolebinding,networkpolicy,poddisruptionbudget

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
  local clusters=''
  # Not by `value`: an engine that does not answer says nothing of what there is.
  if ! $DRY_RUN; then clusters=$(kind get clusters); fi
  if $DRY_RUN || grep -qxF -- "$CLUSTER" <<<"$clusters"; then
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
  local namespace release
  run "${KUBECTL[@]}" --namespace openfaas-fn delete deployment,service "${FUNCTIONS[@]}" "${SHARDS[@]}" --ignore-not-found
  for namespace in openfaas-fn farmhand-workers farmhand; do
    run "${KUBECTL[@]}" --namespace "$namespace" delete "$OBJECTS" --selector app.kubernetes.io/part-of=farmhand
  done
  run "${KUBECTL[@]}" --namespace farmhand delete persistentvolumeclaim data-redis-0 --ignore-not-found
  release=$(value "${HELM[@]}" history openfaas --max 1 --output json)
  if $DRY_RUN || { [[ -n $release ]] && is_ours "$release"; }; then
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
