# Sourced by every script: where things are, how to speak, how to stop.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"

# Tools and compiled code live outside the clone, so that a fresh clone finds them again. Compiled code by the clone's path:
# cargo tells by a file's age whether it has changed, and two clones in one folder would take each other's results.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mechafil-edge
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target-$(cksum <<<"$ROOT" | cut -d' ' -f1)}
PATH=$ROOT/node_modules/.bin:$PATH
export PATH

# rust-toolchain.toml pins a version, which rustup downloads under that name. Where `stable` is that version already, it is
# taken: nothing is downloaded.
pinned=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null && ! rustup toolchain list | grep -q "^$pinned" &&
  [[ $(RUSTUP_TOOLCHAIN=stable rustc --version 2>/dev/null) == "rustc $pinned "* ]]; then
  export RUSTUP_TOOLCHAIN=stable
fi

# A run from nothing gains nothing by it, and it fills a disk.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

export WRANGLER_SEND_METRICS=false
export SCARF_ANALYTICS=false

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }

# Runs a command quietly, with a line that says what it does; shows its output only if it fails.
quietly() {
  local what=$1 log start=$SECONDS; shift
  log=$(mktemp)
  printf '  %s ... ' "$what" >&2
  if "$@" >"$log" 2>&1; then
    printf 'done (%ss)\n' $((SECONDS - start)) >&2
    rm -f "$log"
  else
    printf 'failed\n' >&2
    tail -n 60 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

# A key that nobody can guess, of letters, digits, - and _.
new_key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' && echo; }

# The folder of a function by its name, or of another crate by its folder.
folder_of() {
  if [ -d "functions/$1" ]; then echo "functions/$1"
  elif [ -f "$1/Cargo.toml" ]; then echo "$1"
  else fail "There is no function $1; see functions/."
  fi
}

# The name of the crate in a folder, where it is another than the folder's.
package_of() { sed -n '/^name = /{s/.*"\(.*\)"/\1/p;q}' "$1/Cargo.toml"; }

# The functions that are Spin components.
components() { sed -n 's|^source = "dist/spin/\(.*\)\.wasm"|\1|p' "$ROOT/spin.toml"; }

# The functions of these groups (forecasts,jobs); none where no group is of such a name.
of_groups() { grep -lE "^group = \"(${1//,/|})\"" "$ROOT"/functions/*/Cargo.toml | xargs -rn1 dirname | xargs -rn1 basename; }

# How `wasm-opt` makes what ships. The features are those that the compiler uses, named one by one: a runtime may not know all
# those that the tool knows.
wasm_opt=(-O --enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-bulk-memory
  --enable-multivalue --enable-reference-types --enable-exception-handling)

# Which state of the sources something is built from: the commit, and whether there is more. Given to the compiler of what
# ships only: a value that changes with every commit makes cargo compile again what depends on it.
build_identity() {
  local commit
  commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || { echo unknown; return; }
  [ -z "$(git status --porcelain --untracked-files=no)" ] || commit+=-dirty
  echo "$commit"
}

build_native_server() { cargo build --quiet -p server "$@"; }

# How WebAssembly is compiled, from a script's arguments: `profile` for cargo, `profile_folder` where the result is,
# `dev_note` for a message, and `rest`, the arguments that remain. Without --dev it is what ships.
wasm_profile() {
  rest=("$@") profile=(--profile wasm) profile_folder=wasm dev_note=
  if [ "${1:-}" = --dev ]; then
    rest=("${@:2}")
    # The profile of the tests, so that compiler plugins and build scripts are compiled once. Without any optimisation a
    # module would be five times as large, and its compilation by the runtime would take longer than this saves.
    profile=(--profile dev --config profile.dev.opt-level=1 --config profile.dev.debug=false) profile_folder=debug dev_note=" (for trying out)"
  else
    export MECHAFIL_BUILD=${MECHAFIL_BUILD:-$(build_identity)}
  fi
}

# Shrinks a WebAssembly for JavaScript that ships.
optimise() {
  [ "$profile_folder" = wasm ] || return 0
  wasm-opt "$1" -o "$1.optimised" "${wasm_opt[@]}" && mv "$1.optimised" "$1"
}
