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

# same NAME FOUND EXPECTED: requires two equal values that are not empty.
same() {
  if [ -z "$2" ] || [ "$2" != "$3" ]; then echo "$1: expected '$3', found '$2'"; return 1; fi
  echo "ok: $1: $2"
}

# npm_install NAME DIRECTORY: the package of that name in .ci/npm.txt, once its archive has the digest there.
npm_install() {
  local name version integrity found archive
  read -r name version integrity _ < <(grep -F "$1 " .ci/npm.txt) || { echo "$1: not in .ci/npm.txt"; return 1; }
  command -v npm >/dev/null || apt-get install --yes npm
  mkdir -p "$2"
  archive=$2/$(npm pack --silent --pack-destination "$2" "$name@$version") || return 1
  found=sha512-$(openssl dgst -sha512 -binary "$archive" | base64 --wrap=0)
  if [ "$found" != "$integrity" ]; then echo "$name $version: its digest is $found, but .ci/npm.txt says $integrity"; return 1; fi
  npm install --silent --no-fund --no-audit --ignore-scripts --offline --prefix "$2" "$archive"
}
