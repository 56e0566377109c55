# The recipe as data: the steps in order, with the needs, the inputs, the duration and the layer of each. Sourced after common.sh.
# A step is a file steps/NN-name whose opening comment may hold `# needs: <step>...`, `# inputs: <file>...`, and holds `# seconds: <number>`.
# Inputs are files or directories: under tools/debian, or absolute ones of this machine, which may be missing.
# shellcheck shell=bash disable=SC2034,SC2154,SC2164 # others use and set the variables, the caller sets -e

steps=()
declare -A file_of needs_of inputs_of seconds_of layer_of

read_plan() {
  local file name line
  for file in "$debian"/steps/[0-9]*-*; do
    name=${file##*/}
    name=${name#*-}
    steps+=("$name")
    file_of[$name]=steps/${file##*/}
    needs_of[$name]='' inputs_of[$name]=''
    while read -r line && [[ $line == '#'* ]]; do
      case $line in
        '# needs:'*) needs_of[$name]+=${line#*:} ;;
        '# inputs:'*) inputs_of[$name]+=${line#*:} ;;
        '# seconds:'*) seconds_of[$name]=${line#*: } ;;
      esac
    done <"$file"
    layer_of[$name]=$name-$(layer_key "$name")
  done
}

# list_files STEP: prints the paths of its script and its inputs, one a line, relative to tools/debian or absolute.
list_files() {
  local input
  echo "${file_of[$1]}"
  for input in ${inputs_of[$1]}; do
    if [ -e "$input" ]; then find -L "$input" -type f | LC_ALL=C sort
    elif [[ $input != /* ]]; then die "${file_of[$1]} names the input $input, which does not exist"
    fi
  done
}

# layer_key STEP: prints a hash that changes when the step's files, the machine's architecture or a layer below change.
layer_key() {
  local need list
  cd "$debian"
  list=$(list_files "$1")
  mapfile -t list <<<"$list"
  {
    uname -m
    for need in ${needs_of[$1]}; do
      echo "${layer_of[$need]:?"${file_of[$1]} needs $need, which is not an earlier step"}"
    done
    sha256sum -- "${list[@]}"
  } | sha256sum | cut -c1-16
}

# list_with_needs STEP...: prints these steps and all that they need, one a line, topmost first.
list_with_needs() {
  local name need i
  local -A wanted=()
  for name; do wanted[$name]=1; done
  for ((i = ${#steps[@]} - 1; i >= 0; i--)); do
    name=${steps[i]}
    if [ -z "${wanted[$name]:-}" ]; then continue; fi
    for need in ${needs_of[$name]}; do wanted[$need]=1; done
    echo "$name"
  done
}

# join_layers STEP...: prints the layers of these steps and of all that they need in overlayfs's syntax: topmost first, separated by colons.
join_layers() {
  local name out=''
  for name in $(list_with_needs "$@"); do out+=:${layer_of[$name]}; done
  echo "${out#:}"
}

# select_steps STEP...: reduces the plan to these steps and what they need.
select_steps() {
  local name
  for name; do
    if [ -z "${layer_of[$name]:-}" ]; then die "$name: unknown step; the steps are: ${steps[*]}"; fi
  done
  mapfile -t steps < <(list_with_needs "$@" | tac)
}
