# shellcheck shell=bash
# A cluster, with or without a registry of this machine beside it.

create_cluster() {
  if has_line "$CLUSTER" kind get clusters; then
    already "kind cluster $CLUSTER"
    # Made by another user, or the configuration was cleaned up.
    if ! ask kubectl config get-contexts "$CONTEXT"; then run kind export kubeconfig --name "$CLUSTER"; fi
  else
    run kind create cluster --config kind/cluster.yaml --wait 180s
  fi
  wait_until 120 "the cluster answers" "${KUBECTL[@]}" version
}

find_cluster() {
  if ask "${KUBECTL[@]}" version; then
    already "cluster $CONTEXT"
  else
    run "${KUBECTL[@]}" version
  fi
}

# has_line LINE COMMAND...
has_line() {
  local line=$1
  shift
  value "$@" | grep -qxF -- "$line"
}

start_registry() {
  case $(value docker inspect --format '{{.State.Status}}' kind-registry) in
    running) already "registry localhost:5001" ;;
    '') run docker run --detach --restart always --publish 127.0.0.1:5001:5000 --name kind-registry "$REGISTRY_IMAGE" ;;
    *) run docker start kind-registry ;;
  esac
}

# The node pulls localhost:5001/... from the registry's container; people who look for it find it by the usual ConfigMap.
connect_registry() {
  local node=$CLUSTER-control-plane folder=/etc/containerd/certs.d/localhost:5001
  if ask docker exec "$node" test -e "$folder/hosts.toml"; then
    already "$node knows localhost:5001"
  else
    run docker exec "$node" mkdir -p "$folder"
    printf '[host."http://kind-registry:5000"]\n' |
      feed "hosts.toml: http://kind-registry:5000" docker exec --interactive "$node" cp /dev/stdin "$folder/hosts.toml"
  fi
  if has_line kind-registry docker network inspect kind --format '{{range .Containers}}{{println .Name}}{{end}}'; then
    already "the registry in kind's network"
  else
    run docker network connect kind kind-registry
  fi
  if ask "${KUBECTL[@]}" --namespace kube-public get configmap local-registry-hosting; then
    already "ConfigMap kube-public/local-registry-hosting"
  else
    printf '%s\n' 'apiVersion: v1' 'kind: ConfigMap' 'metadata: { name: local-registry-hosting, namespace: kube-public }' \
      "data: { localRegistryHosting.v1: 'host: \"localhost:5001\"' }" |
      feed "ConfigMap kube-public/local-registry-hosting" "${KUBECTL[@]}" create --filename -
  fi
}

# One by one: a namespace that is there, with whatever labels, is somebody's.
create_namespaces() {
  local name
  for name in openfaas openfaas-fn farmhand farmhand-workers; do
    if ask "${KUBECTL[@]}" get namespace "$name"; then
      already "namespace $name"
    else
      run "${KUBECTL[@]}" apply --filename "kind/namespaces.yaml" --selector "app.kubernetes.io/name=$name"
    fi
  done
}

install_metrics_server() {
  if ask "${KUBECTL[@]}" --namespace kube-system get deployment metrics-server; then
    already "metrics-server"
  elif $OWN_CLUSTER; then
    run "${KUBECTL[@]}" apply --kustomize "kind/metrics-server"
  else
    warn "not there; the farm does without (kubectl top does not). Your cluster's provider says how to install it"
  fi
}
