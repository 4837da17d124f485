# shellcheck shell=bash
# Sourced: the Debian packages each script needs, and how the missing ones are installed.

# The library and the tools.
# shellcheck disable=SC2034  # read by all scripts
readonly build_packages=(
  g++ meson ninja-build pkgconf python3
  libexpected-dev libxxhash-dev libfmt-dev libsimdjson-dev rapidjson-dev libhowardhinnant-date-dev
  librocksdb-dev libcli11-dev zlib1g-dev
)

# The tests and the checks of style.
# shellcheck disable=SC2034  # read by scripts/test
readonly test_packages=(
  doctest-dev librapidcheck-dev libpg-query-dev libboost1.81-dev cmake make scdoc shellcheck
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
)

# The systems that benchmarks compare with, and pictures.
# shellcheck disable=SC2034  # read by scripts/bench
readonly bench_packages=(
  libbenchmark-dev gnuplot-nox liblz4-dev libzstd-dev nlohmann-json3-dev
  libprotobuf-dev protobuf-compiler libflatbuffers-dev flatbuffers-compiler libcapnp-dev capnproto
  libsqlite3-dev liblmdb-dev
)

# missing_packages PACKAGE...: prints those that are not installed, one per line.
missing_packages() {
  local installed
  # A package dpkg never heard of makes dpkg-query fail; the others are still listed.
  # shellcheck disable=SC2016  # the braces are dpkg-query's
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  local package
  for package in "$@"; do
    grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# install_packages PACKAGE...: installs what is missing, saying so in one line; quiet when nothing is.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system; going on without installing. Needed, by their Debian names: $*" >&2
    return 0
  fi
  local missing=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "Missing Debian packages, and neither root nor sudo to install them:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}" >&2
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
  local log
  log=$(mktemp)
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    echo "Installing the packages failed; the end of apt's log stands above." >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
