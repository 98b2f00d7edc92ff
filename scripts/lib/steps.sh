# Sourced by scripts/test: named steps, and what each took.

names=()
declare -A needs=() commands=() beside=()

# step NAME "NEEDED STEPS" COMMAND...
step() {
  names+=("$1") needs[$1]=$2
  commands[$1]=$(printf '%q ' "${@:3}")
}

# A step that runs at the same time as the one before it.
also() { step "$@"; beside[$1]=yes; }

# Runs the steps that are named, with those that they need; all by default.
run_steps() {
  case ${1:-} in
    --list) printf '%s\n' "${names[@]}"; exit ;;
    # One step in a process of its own: bash stops at a command that fails only where nobody asks whether it failed.
    --one) eval "${commands[$2]}"; exit ;;
  esac
  local -A wanted=()
  local name
  for name in "${@:-${names[@]}}"; do want "$name"; done
  times=$(mktemp -d)
  trap 'report' EXIT
  started=$SECONDS
  say "Tools"
  timed tools prepare
  local group=()
  for name in "${names[@]}"; do
    [ -n "${wanted[$name]:-}" ] || continue
    if [ ${#group[@]} -gt 0 ] && { [ -z "${beside[$name]:-}" ] || needs_one_of "$name" "${group[@]}"; }; then
      run_group "${group[@]}"
      group=()
    fi
    group+=("$name")
  done
  [ ${#group[@]} -eq 0 ] || run_group "${group[@]}"
  say "All green in $(minutes $((SECONDS - started)))"
}

# Whether a step needs the result of one of others: where only some steps are wanted, they may follow each other.
needs_one_of() {
  local needed
  for needed in ${needs[$1]}; do [[ " ${*:2} " != *" $needed "* ]] || return 0; done
  return 1
}

want() {
  [ -n "${commands[$1]:-}" ] || fail "there is no step $1; scripts/test --list names them"
  wanted[$1]=yes
  local needed
  for needed in ${needs[$1]}; do want "$needed"; done
}

# One step with its output as it comes; several at the same time, the output of each when it has ended.
run_group() {
  local name failed=
  if [ $# = 1 ]; then
    say "$1"
    timed "$1" "$0" --one "$1" || fail "the step $1 failed; scripts/test $1 runs it alone"
    return
  fi
  say "$* (at the same time)"
  local -A running=()
  for name in "$@"; do
    timed "$name" "$0" --one "$name" >"$times/$name.log" 2>&1 &
    running[$name]=$!
  done
  for name in "$@"; do
    wait "${running[$name]}" || failed+=" $name"
    say "$name"
    cat "$times/$name.log"
  done
  [ -z "$failed" ] || fail "failed:$failed; scripts/test$failed runs that alone"
}

# timed NAME COMMAND...: with what it took in seconds, by the clock and of CPU with all its children.
timed() {
  local name=$1 status=0 TIMEFORMAT='%0R %0U %0S'
  { time "${@:2}" 2>&3; } 3>&2 2>"$times/$name.time" || status=$?
  echo "$name $(tail -n 1 "$times/$name.time")" >>"$times/all"
  return $status
}

minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

report() {
  local name real user system
  if [ -s "$times/all" ]; then
    printf '\n%-18s %8s %10s\n' step minutes 'CPU (min)' >&2
    while read -r name real user system; do
      printf '%-18s %8s %10s\n' "$name" "$(minutes "$real")" "$(minutes $((user + system)))" >&2
    done <"$times/all"
    printf '%-18s %8s\n' "all" "$(minutes $((SECONDS - started)))" >&2
  fi
  rm -rf "$times"
}
