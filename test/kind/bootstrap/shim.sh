#!/usr/bin/env bash
# Stands in for docker, kind, kubectl, helm, faas-cli and curl, by the name that it is called under. It records its arguments in
# $SHIM/calls and its standard input in $SHIM/stdin, keeps a cluster of files in $SHIM, and fails where $SHIM_FAIL (a regular
# expression) matches the call; where $SHIM_HANGS does, it takes its time.
set -euo pipefail

tool=${0##*/}
call="$tool $*"
printf '%s\n' "$call" >>"$SHIM/calls"
if [[ -n ${SHIM_FAIL:-} && $call =~ $SHIM_FAIL ]]; then
  echo "$tool: injected failure" >&2
  exit 1
fi
if [[ -n ${SHIM_HANGS:-} && $call =~ $SHIM_HANGS ]]; then exec sleep 60; fi

fail() {
  echo "$tool: $*" >&2
  exit 1
}
input() { tee -a "$SHIM/stdin"; }
# last ARGUMENTS: the last of them.
last() { printf '%s' "${@: -1}"; }

docker_() {
  case $* in
    version*) echo 28.2.2 ;;
    "inspect --format {{.State.Status}} kind-registry") cat "$SHIM/registry" ;;
    "inspect kind-registry") [[ -e $SHIM/registry ]] ;;
    run*kind-registry*) echo running >"$SHIM/registry" ;;
    "start kind-registry") echo running >"$SHIM/registry" ;;
    "exec "*" test -e "*) [[ -e $SHIM/cluster/hosts.toml ]] ;;
    "exec "*" mkdir "*) ;;
    "exec --interactive "*) input >"$SHIM/cluster/hosts.toml" ;;
    "network inspect kind"*) cat "$SHIM/cluster/network" ;;
    "network connect kind kind-registry") echo kind-registry >>"$SHIM/cluster/network" ;;
    "rm --force --volumes kind-registry") rm "$SHIM/registry" ;;
    *) fail "unexpected: $*" ;;
  esac
}

kind_() {
  case $* in
    version) echo "kind v0.32.0 go1.25 linux/amd64" ;;
    "get clusters") if [[ -d $SHIM/cluster ]]; then echo farmhand; else echo "No kind clusters found." >&2; fi ;;
    "create cluster "*)
      mkdir "$SHIM/cluster"
      : >"$SHIM/kubeconfig"
      echo farmhand-control-plane >"$SHIM/cluster/network"
      ;;
    "export kubeconfig --name farmhand") : >"$SHIM/kubeconfig" ;;
    "delete cluster --name farmhand") rm -r "$SHIM/cluster" ;;
    *) fail "unexpected: $*" ;;
  esac
}

# The file of an object: object NAMESPACE KIND NAME.
object() { printf '%s/cluster/%s_%s_%s' "$SHIM" "$1" "$2" "$3"; }

# The time here: how much has been called.
now() { printf '%08d' "$(grep -c '' "$SHIM/calls")"; }

# Stores the manifest on standard input; how: create, replace or apply.
store() {
  local how=$1 text kind name namespace file
  text=$(input)
  kind=$(sed -n 's/^kind: //p' <<<"$text" | head -1 | tr '[:upper:]' '[:lower:]')
  name=$(grep -oE '\bname: [a-z-]+' <<<"$text" | head -1 | cut -c 7-)
  namespace=$(grep -oE '\bnamespace: [a-z-]+' <<<"$text" | head -1 | cut -c 12-)
  file=$(object "$namespace" "$kind" "$name")
  if [[ $how == create && -e $file ]]; then fail "AlreadyExists: $kind $name"; fi
  if [[ $how == replace && ! -e $file ]]; then fail "NotFound: $kind $name"; fi
  printf '%s\n' "$text" >"$file"
  if [[ $how == create ]]; then now >"$file.made"; fi
  # The other objects of a manifest are not asked for.
  if [[ $text == *"kind: Deployment"* ]]; then : >"$(object "$namespace" deployment "$name")"; fi
}

# What a file or a folder of manifests says, as one number.
content() { { cat "$1"/* "$1"/../base/* "$1" 2>/dev/null || true; } | cksum | cut -d " " -f 1; }
applied() { printf '%s/cluster/applied_%s' "$SHIM" "$(tr / _ <<<"$1")"; }

secret_key() { sed -n "s/^  ${1//./\\.}: //p" "$2"; }

get() {
  local namespace=$1 kind=$2 names=() there=() output='' name required=true
  shift 2
  while (($# > 0)); do
    case $1 in
      --output)
        output=$2
        shift
        ;;
      --ignore-not-found) required=false ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  for name in "${names[@]}"; do
    if [[ -e $(object "$namespace" "$kind" "$name") ]]; then
      there+=("$name")
    elif $required; then
      fail "NotFound: $kind $namespace/$name"
    fi
  done
  names=("${there[@]}")
  case $output in
    '') ;;
    name) for name in "${names[@]}"; do printf '%s.apps/%s\n' "$kind" "$name"; done ;;
    'jsonpath={.items[*].metadata.creationTimestamp}')
      for name in "${names[@]}"; do printf '%s ' "$(cat "$(object "$namespace" "$kind" "$name").made")"; done
      ;;
    'jsonpath={.status.startTime}' | 'jsonpath={.metadata.labels.app\.kubernetes\.io/part-of}') cat "$(object "$namespace" "$kind" "${names[0]}")" ;;
    'jsonpath={.items[*].metadata.resourceVersion}')
      for name in "${names[@]}"; do cksum <"$(object "$namespace" "$kind" "$name")"; done
      ;;
    'jsonpath={.data.digest}') sed -n 's/.*digest: "\(.*\)".*/\1/p' "$(object "$namespace" configmap "${names[0]}")" ;;
    'jsonpath={.data.'*)
      output=${output#'jsonpath={.data.'}
      output=${output%\}}
      secret_key "${output//\\/}" "$(object "$namespace" secret "${names[0]}")"
      ;;
    *containers*) cat "$(object "$namespace" "$kind" "${names[0]}")" ;;
    *) fail "unexpected output $output" ;;
  esac
}

kubectl_() {
  local namespace='' name
  if [[ $* == "version --client" ]]; then
    echo "Client Version: v1.36.1"
    return
  fi
  if [[ $* == "config get-contexts kind-farmhand" ]]; then
    [[ -e $SHIM/kubeconfig ]]
    return
  fi
  if [[ $1 != --context ]]; then fail "no --context: the user's own cluster would be changed"; fi
  shift 2
  if [[ ! -d $SHIM/cluster ]]; then fail "connection refused"; fi
  if [[ ${1:-} == --namespace ]]; then
    namespace=$2
    shift 2
  fi
  case $* in
    version) ;;
    "get namespace "*) get '' namespace "${@:3}" ;;
    "get "*) get "$namespace" "${@:2}" ;;
    "apply --filename kind/namespaces.yaml --selector "*)
      name=$(last "$@")
      grep -q "name: ${name#*=}$" kind/namespaces.yaml
      printf farmhand >"$(object '' namespace "${name#*=}")"
      ;;
    "apply --filename -") store apply ;;
    "apply "*)
      content "$3" >"$(applied "$3")"
      case $3 in
        kind/metrics-server) : >"$(object kube-system deployment metrics-server)" ;;
        kind/redis/*) now >"$(object farmhand pod redis-0)" ;;
      esac
      ;;
    "diff "*) [[ $(cat "$(applied "$3")") == $(content "$3") ]] ;;
    "create --filename -") store create ;;
    "replace --filename -") store replace ;;
    "rollout status "*) ;;
    "rollout restart statefulset/redis") now >"$(object "$namespace" pod redis-0)" ;;
    "patch deployment gateway "*) printf ' registry-forward' >>"$(object "$namespace" deployment gateway)" ;;
    "port-forward "*)
      echo "Forwarding from 127.0.0.1:${3%:*} -> ${3#*:}"
      exec sleep 600
      ;;
    "delete deployment,service "*" --ignore-not-found") for name in "${@:3:$#-3}"; do rm -f "$(object "$namespace" deployment "$name")"; done ;;
    "delete deployment,statefulset,"*" --selector "*) rm -f "$SHIM/cluster/${namespace}_secret_"* "$SHIM/cluster/${namespace}_configmap_"* ;;
    "delete persistentvolumeclaim data-redis-0 --ignore-not-found") ;;
    "delete --ignore-not-found --filename kind/scaler-rbac.yaml --filename kind/worker-deployment.yaml")
      rm "$(object farmhand-workers deployment worker)" "$(applied kind/scaler-rbac.yaml)"
      ;;
    "delete namespace --selector "*)
      for name in "$SHIM/cluster/_namespace_"*; do
        if [[ $(cat "$name") == farmhand ]]; then rm -f "$name" "$SHIM/cluster/${name##*_}_"* "$SHIM/cluster/applied"*; fi
      done
      ;;
    *) fail "unexpected: $*" ;;
  esac
}

helm_() {
  if [[ $* == "version --short" ]]; then
    echo v3.19.0
    return
  fi
  if [[ "$1 $3" != "--kube-context --namespace" ]]; then fail "no --kube-context: the user's own cluster would be changed"; fi
  shift 4
  case $* in
    "history openfaas "*) cat "$SHIM/cluster/release" ;;
    "upgrade --install openfaas "*)
      : >"$SHIM/cluster/release"
      printf '[{"revision":1,"status":"pending-install","chart":"openfaas-15.0.6"}]\n' >"$SHIM/cluster/release"
      if [[ -n ${SHIM_HELM_DIES:-} ]]; then fail "killed"; fi
      if [[ -n ${SHIM_HELM_WAITS:-} ]]; then
        printf '[{"status":"failed","chart":"openfaas-15.0.6","description":"Release \\"openfaas\\" failed: timed out"}]\n' >"$SHIM/cluster/release"
        printf 'gateway faas-netes' >"$(object openfaas deployment gateway)"
        fail "timed out waiting for the condition"
      fi
      [[ $* =~ (farmhand values [0-9a-f]+) ]]
      printf '[{"revision":1,"status":"deployed","chart":"openfaas-15.0.6","description":"%s"}]\n' "${BASH_REMATCH[1]}" >"$SHIM/cluster/release"
      printf 'gateway faas-netes' >"$(object openfaas deployment gateway)"
      printf '  basic-auth-user: %s\n  basic-auth-password: %s\n' "$(printf admin | base64)" "$(printf s3cret-of-the-gateway | base64)" \
        >"$(object openfaas secret basic-auth)"
      ;;
    "uninstall openfaas --wait") rm "$SHIM/cluster/release" ;;
    *) fail "unexpected: $*" ;;
  esac
}

faas_cli_() {
  local name
  case $* in
    "version --short-version") echo 0.18.12 ;;
    "list --gateway "*) [[ -e $SHIM/cluster/login ]] ;;
    "login --gateway "*" --username admin --password-stdin")
      if [[ $(input) != s3cret-of-the-gateway ]]; then fail "unable to login: invalid credentials"; fi
      : >"$SHIM/cluster/login"
      ;;
    "up --yaml stack.yml --gateway "*)
      for name in emitter worker collector autoscaler demo; do
        if [[ $* == *--regex* && $name == worker ]]; then continue; fi
        : >"$(object openfaas-fn deployment "$name")"
      done
      ;;
    "build --yaml stack.yml --filter worker" | "push --yaml stack.yml --filter worker") ;;
    "remove worker"*" --gateway "*) rm "$(object openfaas-fn deployment "$2")" ;;
    *) fail "unexpected: $*" ;;
  esac
}

curl_() {
  local token said
  case $* in
    --version) echo "curl ${SHIM_CURL:-8.14.1} (x86_64-pc-linux-gnu)" ;;
    */healthz) [[ -e $(object openfaas deployment gateway) ]] ;;
    */function/emitter/tasks)
      token=$(base64 -d <<<"$(secret_key farm-token "$(object openfaas-fn secret farm-token)")")
      said=$(input)
      if [[ $said != *"header = \"Authorization: Bearer $token\""* ]]; then fail "401"; fi
      if [[ $said != *'data = "[{\"id\":\"smoke-'*'}]"'* ]]; then fail "400"; fi
      ;;
    */function/collector/results/*) printf '{"id":"%s","state":"%s","record":{}}\n' "${@: -1}" "${SHIM_TASKS:-completed}" ;;
    */function/autoscaler/desired) echo '{"desired":12,"granted":5,"at":1}' ;;
    */system/info)
      input | grep -q 'user = "admin:s3cret-of-the-gateway"'
      echo '{"provider":{"provider":"faas-netes-ce","orchestration":"kubernetes"}}'
      ;;
    *) fail "unexpected: $*" ;;
  esac
}

"${tool//-/_}_" "$@"
