# shellcheck shell=bash
# How steps speak and act. `ask` looks, `run` does, `feed` does with input; in a dry run nothing is looked at or done, and the plan is
# printed. A command that fails ends the script with the step's name and its hint.

DRY_RUN=false
# Between two looks of wait_until; the tests cannot wait that long.
POLL_S=${BOOTSTRAP_POLL_S:-2}
step_number=0
step_title="the options"
step_hint="See --help."

# step TITLE HINT FUNCTION
step() {
  step_title=$1
  step_hint=$2
  step_number=$((step_number + 1))
  printf '%d. %s\n' "$step_number" "$1"
  "$3"
}

say() { printf '   %s\n' "$*"; }
already() { say "already there: $*"; }
warn() { printf '   ! %s\n' "$*"; }

# As it could be typed. Secrets are never among the arguments.
show() {
  local word line=''
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_@%+=:,./~^-]+$ ]]; then line+=" $word"; else line+=" '${word//\'/\'\\\'\'}'"; fi
  done
  printf '   $%s\n' "$line"
}

# Is it so? In a dry run nothing is there, so that the plan is whole.
ask() {
  if $DRY_RUN; then return 1; fi
  "$@" >/dev/null 2>&1
}

# What a command says; nothing in a dry run, and nothing where it fails.
value() {
  if $DRY_RUN; then return 0; fi
  "$@" 2>/dev/null || true
}

run() {
  show "$@"
  if ! $DRY_RUN; then "$@"; fi
}

# What it says is shown only if it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || fail "$said"
}

# feed WHAT COMMAND...: its standard input goes to the command and is not shown.
feed() {
  local what=$1
  shift
  printf '%s   < %s\n' "$(show "$@")" "$what"
  if $DRY_RUN; then cat >/dev/null; else quietly "$@"; fi
}

# wait_until SECONDS WHAT COMMAND...
wait_until() {
  local seconds=$1 what=$2 deadline=$((SECONDS + $1))
  shift 2
  say "wait: $what (at most $seconds s)"
  if $DRY_RUN; then return 0; fi
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      printf '   %s: not after %s s\n' "$what" "$seconds" >&2
      return 1
    fi
    sleep "$POLL_S"
  done
}

# random_text: 192 bits, as 48 hexadecimal digits. They need no escaping in a URL or in YAML.
random_text() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# The first 12 digits of SHA-256 of the standard input.
digest() {
  if type -P sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c 1-12
}

fail() {
  printf '   %s\n' "$@" >&2
  return 1
}

on_error() {
  # A part of a pipe fails first; the script says it once.
  if [[ $BASHPID != "$$" ]]; then exit 1; fi
  printf '\nbootstrap: step %d, "%s", failed.\n  What to do: %s\n  Then run the same command again: what is done is not done twice.\n' \
    "$step_number" "$step_title" "$step_hint" >&2
  exit 1
}
# on_interrupt EXIT-CODE
on_interrupt() {
  printf '\nbootstrap: interrupted in step %d, "%s". Run the same command again to go on, or --teardown.\n' \
    "$step_number" "$step_title" >&2
  exit "$1"
}
trap on_error ERR
trap 'on_interrupt 130' INT
trap 'on_interrupt 143' TERM
