# Functions for the checks. Source it with bash, at the top of the checkout.
# shellcheck shell=bash

# fails_with CODE TEXT COMMAND...: requires the command to exit with CODE and to print TEXT.
fails_with() {
  local code=$1 text=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  if [ "$status" != "$code" ]; then printf '%s\nexpected exit code %s, got %s from: %s\n' "$output" "$code" "$status" "$*"; return 1; fi
  if ! grep -qF -- "$text" <<<"$output"; then printf '%s\nexpected the text: %s\nfrom: %s\n' "$output" "$text" "$*"; return 1; fi
  echo "ok: exit code $code, \"$text\": $*"
}

# as_ordinary_user COMMAND...: runs the command as a user without any right but ids for a user namespace, whom it creates on the machine.
as_ordinary_user() {
  local user=fastboop-ci
  id $user >/dev/null 2>&1 || useradd --create-home $user
  setpriv --reuid=$user --regid=$user --init-groups env HOME=/home/$user "$@"
}

# same NAME FOUND EXPECTED: requires two equal values that are not empty.
same() {
  if [ -z "$2" ] || [ "$2" != "$3" ]; then echo "$1: expected '$3', found '$2'"; return 1; fi
  echo "ok: $1: $2"
}
