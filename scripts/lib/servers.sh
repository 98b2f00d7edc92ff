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
  : >"$1" # so that whoever waits for the server finds it
  set -m
  "${@:2}" >"$1" 2>&1 &
  servers+=($!)
  set +m
}

# Every server listens on port 0 unless told otherwise, and says which port it got: one that is chosen beforehand can be taken
# by another process before it is bound.

# A Worker in workerd: the folder of its data, further options of wrangler.
workerd() {
  wrangler dev --ip 127.0.0.1 --port "${PORT:-0}" --inspector-port 0 --persist-to "$1" \
    --show-interactive-dev-session=false "${@:2}"
}

# Components in the test host: the folder of their data, further options. HOST_PROFILE=release for measuring.
spin_host() {
  "$CARGO_TARGET_DIR/${HOST_PROFILE:-debug}/spin-host" --listen "127.0.0.1:${PORT:-0}" --state-dir "$1" "${@:2}"
}

build_spin_host() { quietly "spin-host" cargo build --quiet -p spin-host "$@"; }

# The URL that a server's log announces, or nothing: wrangler is "Ready on" it, the others are "Serving" or "listening" there.
announced_url() {
  sed -nE 's,.*(Ready on|Serving|listening on).*(http://127\.0\.0\.1:[1-9][0-9]*).*,\2,p' "$1" | head -n 1
}

# Waits until the server that was started last announces where it listens: await_url LOG [SECONDS] sets `url`. No request is
# made: the first one belongs to whoever measures.
await_url() {
  local log=$1 tries=$((${2:-120} * 10))
  while [ $((tries -= 1)) -gt 0 ]; do
    url=$(announced_url "$log")
    [ -z "$url" ] || return 0
    kill -0 "${servers[-1]}" 2>/dev/null || { tail -n 20 "$log" >&2; fail "a server ended before it listened; its log is above"; }
    sleep 0.1
  done
  tail -n 20 "$log" >&2
  fail "a server does not listen after ${2:-120} s; the end of its log is above"
}

# The settings under which tests and measurements, which all come from one address, meet no limit: unlimited FILE appends them.
unlimited() {
  printf '%s=1000000\n' ANONYMOUS_REQUESTS_PER_MINUTE ANONYMOUS_REQUESTS_PER_DAY WRONG_KEYS_PER_MINUTE >>"$1"
}

# Exports the variables of a file (NAME=value, as wrangler reads it), each name with a prefix: export_variables PREFIX FILE.
# Servers get them through the environment: what is on a command line, everybody on the machine can read. Empty lines and comments are left out, a value keeps all that follows the first
# `=`, and quotation marks around it are no part of it.
export_variables() {
  local line name value
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=(.*)$ ]] || continue
    name=${BASH_REMATCH[2]^^} value=${BASH_REMATCH[3]}
    if [[ $value =~ ^[[:space:]]*(\"([^\"]*)\"|\'([^\']*)\') ]]; then
      value=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
    else
      value=${value%%#*}
      value=${value#"${value%%[![:space:]]*}"} value=${value%"${value##*[![:space:]]}"}
    fi
    export "$1$name=$value"
  done <"$2"
}

# Spacescope's API from the bundled network through yesterday: LOG, and a file that gets the variables to fetch from it.
start_spacescope() {
  quietly "Spacescope's API" cargo build --quiet -p spacescope
  local url
  start "$1" "$CARGO_TARGET_DIR/debug/spacescope" --token local --through yesterday
  await_url "$1"
  spacescope=$url
  printf 'SPACESCOPE_BASE_URL=%s\nSPACESCOPE_TOKEN=local\n' "$spacescope" >>"$2"
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
