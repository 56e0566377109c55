# Makes steps side by side. Sourced after common.sh and plan.sh.
# shellcheck shell=bash disable=SC2154 # common.sh and plan.sh set the variables

declare -A pid_of=() began_at=() # of running steps
shown=0                     # lines of the status on the terminal

# make_steps STEP...: makes these steps, in their order, each once those that it needs are made. If one fails, stops the others.
make_steps() {
  local waiting=("$@") total=$# made=0 jobs left=0 ended status ticker='' name
  jobs=$(($(nproc) + 1)) # some wait for the network
  for name; do left=$((left + ${seconds_of[$name]})); done
  while [ "$made" -lt "$total" ]; do
    start_ready
    if [ -t 2 ] && [ -z "$ticker" ]; then sleep 1 & ticker=$!; fi
    show_status
    status=0
    wait -n -p ended || status=$?
    hide_status
    if [ "$ended" = "$ticker" ]; then ticker=''; continue; fi
    for name in "${!pid_of[@]}"; do
      if [ "${pid_of[$name]}" = "$ended" ]; then break; fi
    done
    unset "pid_of[$name]"
    if [ $status != 0 ]; then stop_steps; fail "$name"; fi
    made=$((made + 1)) left=$((left - ${seconds_of[$name]}))
    printf '[%d/%d] %s: %d s\n' "$made" "$total" "$name" $((SECONDS - began_at[$name])) >&2
  done
  if [ -n "$ticker" ]; then kill "$ticker"; fi
}

# start_ready: starts steps of `waiting` whose needs are made, up to `jobs` at once.
start_ready() {
  local name need rest=()
  for name in "${waiting[@]}"; do
    for need in ${needs_of[$name]}; do
      if [[ " ${waiting[*]} ${!pid_of[*]} " == *" $need "* ]]; then rest+=("$name"); continue 2; fi
    done
    if [ ${#pid_of[@]} = "$jobs" ]; then rest+=("$name"); continue; fi
    # A step must not outlive this process, however it dies: it holds the lock.
    setpriv --pdeathsig KILL "$debian/lib/make-step" "$name" "${layer_of[$name]}" >"$root/logs/$name.log" 2>&1 </dev/null &
    pid_of[$name]=$! began_at[$name]=$SECONDS
  done
  waiting=("${rest[@]}")
}

stop_steps() {
  if [ ${#pid_of[@]} != 0 ]; then kill -KILL "${pid_of[@]}"; fi
  wait
}

# show_status: shows the running steps and an estimate of the time left, in lines that hide_status removes.
show_status() {
  local name seconds usual soon=$left
  if ! [ -t 2 ]; then return; fi
  for name in "${!pid_of[@]}"; do
    seconds=$((SECONDS - began_at[$name]))
    usual=${seconds_of[$name]}
    soon=$((soon - (seconds < usual ? seconds : usual)))
    printf '  %s … %d s\n' "$name" "$seconds" >&2
  done
  printf '%d of %d steps, %d s, about %d s left' "$made" "$total" "$SECONDS" $((soon > 1 ? soon : 1)) >&2
  shown=${#pid_of[@]}
}

hide_status() {
  if ! [ -t 2 ]; then return; fi
  printf '\r' >&2
  if [ "$shown" != 0 ]; then printf '\e[%dA' "$shown" >&2; fi
  printf '\e[J' >&2
}
