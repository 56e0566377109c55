# apt for steps: package lists and downloads go to /tmp, which is not part of the layer. Sourced, with bash.
# shellcheck shell=bash

mkdir -p /tmp/apt/{lists,cache}/partial
export APT_CONFIG=/tmp/apt/conf
cat >"$APT_CONFIG" <<'END'
Dir::State::lists "/tmp/apt/lists";
Dir::Cache "/tmp/apt/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Retries "3";
DPkg::Options { "--force-unsafe-io"; };
END

# install_packages FILE: installs the packages it lists, one a line; # starts a comment.
install_packages() {
  local packages
  packages=$(sed -e 's/#.*//' "$1")
  apt-get update
  # shellcheck disable=SC2086 # a list
  apt-get install --yes $packages
}
