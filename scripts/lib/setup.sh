# Sourced: what each script needs, installed where it is missing. Every function returns at once where it is there.

WASM_BINDGEN_VERSION=0.2.130 # the version in Cargo.lock: the tool and the library must agree
WORKER_BUILD_VERSION=0.8.7   # the version of `worker` in Cargo.toml
NODE_MAJOR=22                # wrangler 4.164 wants >= 22.12; the npm package `node` brings it

need_rust() {
  command -v cargo >/dev/null || fail "Rust is missing. Install it with rustup (https://rustup.rs), then run this again."
  local target
  for target in "$@"; do
    if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
      command -v rustup >/dev/null || fail "The Rust target $target is missing, and so is rustup that would install it."
      quietly "Rust target $target" rustup target add "$target" ||
        fail "rustup could not install $target. Is the network reachable?"
    fi
  done
}

need_npm() {
  command -v npm >/dev/null || fail "Node.js is missing (any version from 18 on, with npm; the right one is then installed beside it). See https://nodejs.org."
  if ! cmp -s package-lock.json node_modules/.installed || ! node_modules/.bin/node --version >/dev/null 2>&1; then
    # Not `npm ci`: it refuses a lock file without workerd's packages for other systems, and a registry that mirrors
    # only some of them leaves those out. `npm install` takes the locked versions all the same.
    quietly "npm packages" npm install --no-audit --no-fund || fail "npm could not install the packages. Is the network reachable?"
    cp package-lock.json node_modules/.installed
  fi
  case $(node --version) in
    v"$NODE_MAJOR".*) ;;
    *) fail "node is $(node --version), but wrangler needs version $NODE_MAJOR: remove node_modules and run this again." ;;
  esac
}

need_worker_tools() {
  need_cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN_VERSION"
  need_cargo_tool worker-build worker-build "$WORKER_BUILD_VERSION"
}

# Without --locked: wasm-bindgen-cli's lock file names versions that no longer build.
need_cargo_tool() {
  local command=$1 package=$2 version=$3 bin=$CACHE/tools/bin
  case $("$bin/$command" --version 2>/dev/null) in
    *"$version"*) return ;;
  esac
  quietly "$package $version (compiled once, takes minutes)" \
    env -u CARGO_TARGET_DIR cargo install --quiet --force --root "$CACHE/tools" "$package" --version "=$version" ||
    fail "$package could not be installed. Is the network reachable?"
}

# The clients that tests/mcp-clients tries: npm packages beside the tests, Python packages in an environment of their own.
need_mcp_clients() {
  local clients=tests/mcp-clients venv=$CACHE/venv
  if ! cmp -s $clients/package-lock.json $clients/node_modules/.installed; then
    quietly "npm packages of the MCP clients" npm install --prefix $clients --no-audit --no-fund ||
      fail "npm could not install the MCP clients. Is the network reachable?"
    cp $clients/package-lock.json $clients/node_modules/.installed
  fi
  command -v python3 >/dev/null || fail "Python is missing (3.10 or newer, with venv): two of the MCP clients are made with it."
  if ! cat $clients/requirements.txt $clients/constraints.txt | cmp -s - "$venv/.installed"; then
    quietly "Python packages of the MCP clients" install_python_clients "$venv" $clients ||
      fail "pip could not install the MCP clients. Is the network reachable?"
    cat $clients/requirements.txt $clients/constraints.txt >"$venv/.installed"
  fi
}

install_python_clients() {
  python3 -m venv --clear "$1" &&
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2/requirements.txt" -c "$2/constraints.txt"
}
