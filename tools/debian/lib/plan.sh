# The recipe as data: the steps in order, what each needs, and the key of each. Sourced after common.sh.
# A step is a file steps/NN-name whose opening comment may hold `# needs: <step>...` and `# inputs: <file>...`.
# Inputs are files or directories: under tools/debian, or absolute ones of this machine, which may be missing.
# shellcheck shell=bash disable=SC2154,SC2164 # common.sh sets the variables, the caller -e

steps=()
declare -A file_of needs_of inputs_of layer_of

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
      esac
    done <"$file"
    layer_of[$name]=$name-$(key "$name")
  done
}

# files STEP: its script and its inputs, one a line, as paths relative to tools/debian or absolute.
files() {
  local input
  echo "${file_of[$1]}"
  for input in ${inputs_of[$1]}; do
    if [ -e "$input" ]; then find -L "$input" -type f | LC_ALL=C sort
    elif [[ $input != /* ]]; then die "${file_of[$1]} names the input $input, which does not exist"
    fi
  done
}

# key STEP: changes when the step's files, the machine's architecture or a layer below change.
key() {
  local need list
  cd "$debian"
  list=$(files "$1")
  mapfile -t list <<<"$list"
  {
    uname -m
    for need in ${needs_of[$1]}; do
      echo "${layer_of[$need]:?"${file_of[$1]} needs $need, which no step before it is"}"
    done
    sha256sum -- "${list[@]}"
  } | sha256sum | cut -c1-16
}

# with_needs STEP...: these steps and all that they need, one a line, the topmost first.
with_needs() {
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

# below STEP...: the layers under these steps and of them, as overlayfs wants them: the topmost first, colons between.
below() {
  local name out=''
  for name in $(with_needs "$@"); do out+=:${layer_of[$name]}; done
  echo "${out#:}"
}

# only STEP...: from now on the plan is to make these and what they need.
only() {
  local name
  for name; do
    if [ -z "${layer_of[$name]:-}" ]; then die "no step is called $name; there are: ${steps[*]}"; fi
  done
  mapfile -t steps < <(with_needs "$@" | tac)
}
