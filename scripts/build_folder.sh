# shellcheck shell=bash
# Sourced: configures a meson build folder once and builds in it.
# Requires: $root, the top of the source tree.
: "${root:?}"

# build_folder FOLDER [MESON OPTION...] [-- TARGET...]: FOLDER is relative to the top. Configures anew only
# when the options, the compiler or the place of the tree are not those of the last time.
build_folder() {
  local folder=$root/${1:?} options=() targets=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  (($#)) && targets=("${@:2}")

  local wanted
  wanted=$(printf '%s\n' "$root" "${CXX-}" "${CXXFLAGS-}" "${options[@]}")
  if [[ ! -f $folder/configured_as || $(<"$folder/configured_as") != "$wanted" ]]; then
    rm -rf "$folder"
    echo "Configuring ${folder##*/}" >&2
    local said
    if ! said=$(meson setup "$folder" "$root" "${options[@]}" 2>&1 </dev/null); then
      tail -n 20 <<<"$said" >&2
      return 1
    fi
    printf '%s\n' "$wanted" >"$folder/configured_as"
  fi

  local quiet=(--quiet)
  if [[ -t 1 ]]; then
    quiet=()
  else
    echo "Building ${folder##*/}" >&2
  fi
  ninja -C "$folder" -j"$(nproc)" "${quiet[@]}" "${targets[@]}" || return 1
}
