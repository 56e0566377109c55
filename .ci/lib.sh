# What the checks share. Sourced, with bash, from the top of the checkout.
# shellcheck shell=bash

# fails_with CODE TEXT COMMAND...: the command has to end with that exit code and say that.
fails_with() {
  local code=$1 text=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  if [ "$status" != "$code" ]; then printf '%s\nexpected exit code %s, got %s from: %s\n' "$output" "$code" "$status" "$*"; return 1; fi
  if ! grep -qF -- "$text" <<<"$output"; then printf '%s\nexpected to read: %s\nfrom: %s\n' "$output" "$text" "$*"; return 1; fi
  echo "ok: exit code $code, \"$text\": $*"
}

# same NAME A B: two values that have to be equal, and not empty.
same() {
  if [ -z "$2" ] || [ "$2" != "$3" ]; then echo "$1: '$2' is not '$3'"; return 1; fi
  echo "ok: $1: $2"
}
