# shellcheck shell=bash
# The programs that the other steps call.

missing=0

check_tools() {
  missing=0
  tool docker 24.0 "docker version --format {{.Client.Version}}" "https://docs.docker.com/engine/install"
  if $OWN_CLUSTER; then tool kind 0.32 "kind version" "https://kind.sigs.k8s.io/docs/user/quick-start/#installation"; fi
  tool kubectl 1.33 "kubectl version --client" "https://kubernetes.io/docs/tasks/tools"
  tool helm 3.15 "helm version --short" "https://helm.sh/docs/intro/install"
  tool faas-cli 0.18 "faas-cli version --short-version" "https://docs.openfaas.com/cli/install, or: go install github.com/openfaas/faas-cli@0.18.12"
  tool curl 7.76 "curl --version" "your system's package manager"
  if $TLS; then tool openssl 1.1 "openssl version" "your system's package manager"; fi
  if ((missing > 0)); then fail "$missing of the tools above are missing or too old"; fi
  if $OWN_CLUSTER; then check_inotify; fi
}

# tool NAME LEAST COMMAND WHERE
tool() {
  local name=$1 least=$2 command=$3 where=$4 said version
  if $DRY_RUN; then
    say "need $name $least or newer: $where"
    return
  fi
  if ! type -P "$name" >/dev/null; then
    say "$name is missing: $where"
    missing=$((missing + 1))
    return
  fi
  # Not quoted: the command's words.
  # shellcheck disable=SC2086
  said=$(value $command)
  if [[ ! $said =~ [0-9]+\.[0-9]+(\.[0-9]+)? ]]; then
    warn "$name: '$command' names no version; going on as if it were $least"
    return
  fi
  version=${BASH_REMATCH[0]}
  if older "$version" "$least"; then
    say "$name $version is too old, $least is needed: $where"
    missing=$((missing + 1))
  else
    say "$name $version"
  fi
}

# older A B: is version A before B? By their first two numbers.
older() {
  local a b
  IFS=. read -r -a a <<<"$1"
  IFS=. read -r -a b <<<"$2"
  ((10#${a[0]} < 10#${b[0]} || (10#${a[0]} == 10#${b[0]} && 10#${a[1]:-0} < 10#${b[1]:-0})))
}

# Too few watches, and pods fail with "too many open files" as their number grows.
check_inotify() {
  local key least now
  for key in max_user_watches:524288 max_user_instances:512; do
    least=${key#*:}
    key=${key%:*}
    if $DRY_RUN; then
      say "want fs.inotify.$key of $least or more"
    elif [[ -r /proc/sys/fs/inotify/$key ]]; then
      now=$(<"/proc/sys/fs/inotify/$key")
      if ((now < least)); then warn "fs.inotify.$key is $now; for 32 workers: sudo sysctl fs.inotify.$key=$least"; fi
    fi
  done
}
