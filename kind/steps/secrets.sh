# shellcheck shell=bash
# Secrets reach kubectl by its standard input, never by an argument, and are printed nowhere.

create_secrets() {
  if [[ -z $REDIS_URL_FILE ]]; then generate_secret farmhand redis-auth redis_auth; fi
  generate_secret openfaas-fn farm-token farm_token
  if $TLS; then generate_secret farmhand redis-tls redis_tls "certificates for redis.farmhand.svc.cluster.local, valid for 10 years"; fi
  copy_secret openfaas basic-auth basic-auth-user
  copy_secret openfaas basic-auth basic-auth-password
  put_redis_url openfaas-fn
  if [[ $WORKERS == deployment ]]; then
    put_redis_url farmhand-workers
    put_secret farmhand-workers farm-token farm-token "$(secret_value openfaas-fn farm-token farm-token)"
  fi
}

redis_auth() {
  local password
  password=$(random_text)
  manifest_of farmhand redis-auth password "$password" auth.conf "requirepass $password"
}
# An authority of its own, whose key is thrown away: to renew, delete the secret and run this again.
redis_tls() {
  local folder
  if $DRY_RUN; then return; fi
  folder=$(mktemp -d)
  # In the subshell of a pipe, which ends with this function.
  # shellcheck disable=SC2064 # its name now
  trap "rm -rf '$folder'" EXIT
  make_certificates "$folder"
  manifest_of farmhand redis-tls ca.crt "$(<"$folder/ca.crt")" tls.crt "$(<"$folder/tls.crt")" tls.key "$(<"$folder/tls.key")"
}
farm_token() { manifest_of openfaas-fn farm-token farm-token "$(random_text)"; }

# generate_secret NAMESPACE NAME MANIFEST-FUNCTION [WHAT]: made once; another one would lock out who has the first.
generate_secret() {
  if ask "${KUBECTL[@]}" --namespace "$1" get secret "$2"; then
    already "secret $1/$2"
  else
    "$3" | feed "secret $1/$2, ${4:-random}" "${KUBECTL[@]}" create --filename -
  fi
}

# OpenFaaS shares no secret between namespaces: the autoscaler's are copies of the gateway's.
copy_secret() {
  local namespace=$1 name=$2 key=$3
  put_secret openfaas-fn "$key" "$key" "$(secret_value "$namespace" "$name" "$key")"
}

put_redis_url() {
  local namespace=$1 password host=redis.farmhand.svc.cluster.local:6379
  if [[ -n $REDIS_URL_FILE ]]; then
    put_secret "$namespace" redis-url redis-url "$(tr -d '\r\n' <"$REDIS_URL_FILE")"
    return
  fi
  password=$(secret_value farmhand redis-auth password)
  if $TLS; then
    # OpenFaaS shows a function every key of a secret, each as a file: so redis-ca needs no place in stack.yml.
    put_secret "$namespace" redis-url \
      redis-url "rediss://:$password@$host?ca=/var/openfaas/secrets/redis-ca" redis-ca "$(secret_value farmhand redis-tls ca.crt)"
  else
    put_secret "$namespace" redis-url redis-url "redis://:$password@$host"
  fi
}

# put_secret NAMESPACE NAME KEY VALUE [KEY VALUE]...: makes it so.
put_secret() {
  local namespace=$1 name=$2 verb=create
  shift 2
  if ! $DRY_RUN && [[ -z $2 ]]; then fail "the value for secret $namespace/$name is empty: what it is copied from is missing"; fi
  if ask "${KUBECTL[@]}" --namespace "$namespace" get secret "$name"; then
    if holds "$namespace" "$name" "$@"; then
      already "secret $namespace/$name"
      return
    fi
    verb=replace
  fi
  manifest_of "$namespace" "$name" "$@" | feed "secret $namespace/$name" "${KUBECTL[@]}" "$verb" --filename -
}

# holds NAMESPACE NAME KEY VALUE...
holds() {
  local namespace=$1 name=$2
  shift 2
  while (($# > 0)); do
    if [[ $(secret_value "$namespace" "$name" "$1") != "$2" ]]; then return 1; fi
    shift 2
  done
}

# secret_value NAMESPACE NAME KEY
secret_value() {
  value "${KUBECTL[@]}" --namespace "$1" get secret "$2" --output "jsonpath={.data.${3//./\\.}}" | base64 -d
}

# manifest_of NAMESPACE NAME KEY VALUE...
manifest_of() {
  printf 'apiVersion: v1\nkind: Secret\ntype: Opaque\nmetadata:\n  name: %s\n  namespace: %s\n' "$2" "$1"
  printf '  labels: { app.kubernetes.io/managed-by: openfaas, app.kubernetes.io/part-of: farmhand }\ndata:\n'
  shift 2
  while (($# > 0)); do
    printf '  %s: %s\n' "$1" "$(printf %s "$2" | base64 | tr -d '\n')"
    shift 2
  done
}

# make_certificates FOLDER
make_certificates() {
  local folder=$1 new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  printf 'subjectAltName=DNS:redis.farmhand.svc.cluster.local,DNS:redis.farmhand.svc,DNS:localhost,IP:127.0.0.1\n' >"$folder/names"
  quietly openssl req -x509 "${new[@]}" -days 3650 -subj '/CN=farmhand redis authority' -keyout "$folder/ca.key" -out "$folder/ca.crt"
  quietly openssl req "${new[@]}" -subj '/CN=redis' -keyout "$folder/tls.key" -out "$folder/tls.csr"
  quietly openssl x509 -req -in "$folder/tls.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 3650 \
    -extfile "$folder/names" -out "$folder/tls.crt"
}
