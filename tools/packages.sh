#!/bin/bash
# packages.sh: installs the Debian packages that a job needs, by name.
#
#   tools/packages.sh <group>...      build, peers, check, quickstart, programs, report
#   tools/packages.sh --list <group>...
#
# Only what is missing is installed, with apt-get, as root or through sudo, after saying what; when
# nothing is missing neither the network nor any right is needed. Services that come with a package
# (redis, postgresql) are not started: /usr/sbin/policy-rc.d refuses that for the duration and is
# put back on every exit. A name of the form a|b is satisfied by either, and any name by a package
# that provides it.
set -euo pipefail

declare -A groups=(
  [build]="g++ cmake ninja-build git libcli11-dev libfmt-dev nlohmann-json3-dev"
  [peers]="libmimalloc2.0|libmimalloc3 libjemalloc2 libtcmalloc-minimal4|libtcmalloc-minimal4t64"
  [check]="python3 clang libclang-rt-14-dev|libclang-rt-dev clang-format clang-tidy lld
    g++-aarch64-linux-gnu libgtest-dev libgmock-dev libc++-dev libc++abi-dev pkg-config
    valgrind gdb strace spin"
  [quickstart]="python3 redis-server redis-tools sqlite3"
  [programs]="python3 libpython3.11-testsuite|libpython3-testsuite redis-server redis-tools
    sqlite3 postgresql nodejs perl git stress-ng"
  [report]="nodejs npm chromium fonts-dejavu-core"
)

readonly policy=/usr/sbin/policy-rc.d
readonly saved_policy=$policy.before-hakmem
readonly absent_mark=$policy.absent-before-hakmem
readonly lock=/run/lock/hakmem-packages

say() { printf 'packages: %s\n' "$*"; }
die() { say "$*" >&2; exit 1; }

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]] \
    || is_provided "$1"
}

# Whether an installed package has $1 among what it provides, with or without a version.
is_provided() {
  dpkg-query --show --showformat='${db:Status-Status} ${Provides}\n' \
    | grep --extended-regexp "^installed (.*, )?$1( |,|\$)" >/dev/null
}

# Prints the alternatives of $1 that are missing, or nothing if one of them is there.
missing_of() {
  local name
  for name in ${1//|/ }; do
    if is_installed "$name"; then return; fi
  done
  printf '%s\n' "$1"
}

# Prints the first alternative of $1 that apt-get could install.
installable_of() {
  local name
  for name in ${1//|/ }; do
    if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
      printf '%s\n' "$name"
      return
    fi
  done
  die "no package source of this machine has ${1//|/ or }"
}

restore_policy() {
  if [[ -e $saved_policy ]]; then
    mv -f "$saved_policy" "$policy"
  elif [[ -e $absent_mark ]]; then
    rm -f "$policy" "$absent_mark"
  fi
}

refuse_services() {
  restore_policy  # of a run that was killed
  if [[ -e $policy ]]; then
    cp -p "$policy" "$saved_policy.new"
    mv "$saved_policy.new" "$saved_policy"
  else
    : >"$absent_mark"
  fi
  trap restore_policy EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy.new"
  chmod 755 "$policy.new"
  mv "$policy.new" "$policy"
}

# As root: installs the given names.
install_as_root() {
  local name names=()
  export DEBIAN_FRONTEND=noninteractive
  exec 9>"$lock"
  flock 9
  refuse_services
  apt-get update -q || say "the package lists could not be renewed; going on with those at hand"
  for name in "$@"; do
    name=$(installable_of "$name")
    names+=("$name")
  done
  apt-get install -q -y --no-install-recommends "${names[@]}"
}

main() {
  local group name list=no missing=()
  if [[ ${1:-} == --install-as-root ]]; then
    install_as_root "${@:2}"
    return
  fi
  if [[ ${1:-} == --list ]]; then
    list=yes
    shift
  fi
  (($# > 0)) || die "which group? ${!groups[*]}"
  if [[ $list == no ]] && ! command -v dpkg-query >/dev/null; then
    die "this is no Debian system; install by hand what --list names"
  fi
  for group in "$@"; do
    [[ -n ${groups[$group]:-} ]] || die "no group $group; there are ${!groups[*]}"
    for name in ${groups[$group]}; do
      if [[ $list == yes ]]; then
        printf '%s\n' "${name//|/ or }"
      else
        missing+=($(missing_of "$name"))
      fi
    done
  done
  if ((${#missing[@]} == 0)); then return; fi
  say "installing with apt-get: ${missing[*]//|*/}"
  if ((EUID == 0)); then
    "$BASH" "$0" --install-as-root "${missing[@]}"
  elif command -v sudo >/dev/null; then
    sudo -- "$BASH" "$0" --install-as-root "${missing[@]}"
  else
    die "that needs root or sudo"
  fi
  for name in "${missing[@]}"; do
    [[ -z $(missing_of "$name") ]] || die "$name is still missing"
  done
}

main "$@"
