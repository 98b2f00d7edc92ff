# Sourced: servers that a script starts, each in a process group of its own so that its children end with it. All are
# stopped when the script ends, however it ends.

servers=()
scratch= # a folder for their data and logs, if the script wants one: scratch=$(mktemp -d)
trap stop_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

stop_servers() {
  local group
  for group in "${servers[@]}"; do kill -- "-$group" 2>/dev/null || true; done
  for group in "${servers[@]}"; do wait "$group" 2>/dev/null || true; done
  [ -z "$scratch" ] || rm -rf "$scratch"
}

# Starts a command as a server: start LOG COMMAND... Its group is the last of `servers`.
start() {
  set -m
  "${@:2}" >"$1" 2>&1 &
  servers+=($!)
  set +m
}

# A Worker in workerd: PORT, the folder of its data, further options of wrangler.
workerd() {
  wrangler dev --ip 127.0.0.1 --port "$1" --persist-to "$2" --show-interactive-dev-session=false "${@:3}"
}

# Components in the test host: PORT, the folder of their data, further options. HOST_PROFILE=release for measuring.
spin_host() {
  "$CARGO_TARGET_DIR/${HOST_PROFILE:-debug}/spin-host" --listen "127.0.0.1:$1" --state-dir "$2" "${@:3}"
}

# Gives the variables of a file to Spin, through the environment: what is on a command line, everybody on the machine can
# read.
export_spin_variables() {
  local name value
  while IFS='=' read -r name value; do export "SPIN_VARIABLE_$name=$value"; done <"$1"
}

# Spacescope's API from the bundled network through yesterday: LOG, and a file that gets the variables to fetch from it.
start_spacescope() {
  quietly "Spacescope's API" cargo build --quiet -p spacescope
  spacescope=$(free_port)
  start "$1" "$CARGO_TARGET_DIR/debug/spacescope" --port "$spacescope" --token local --through yesterday
  printf 'SPACESCOPE_BASE_URL=http://127.0.0.1:%s\nSPACESCOPE_TOKEN=local\n' "$spacescope" >>"$2"
}

build_spin_host() { quietly "spin-host" cargo build --quiet -p spin-host "$@"; }

# A port of the loopback interface that nobody listens on.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Waits until a server listens. No request is made: the first one belongs to whoever measures.
await_port() {
  for _ in $(seq 1200); do port_is_taken "$1" && return; sleep 0.1; done
  fail "nothing listens on port $1 after two minutes"
}
