#!/usr/bin/env bash
# Installs what a single-node cluster on this machine needs into .cache/cluster: Kubernetes, CoreDNS, a volume
# provisioner and a network policy controller from Go modules, containerd and what else there is from Debian. Does nothing when it is all there.
# The first time takes about ten minutes on two cores, most of it for Kubernetes.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=$PWD/.cache/cluster
if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ]; then
  echo "a cluster of its own needs Linux and root: name another one with KUBECONFIG" >&2
  exit 2
fi

packages=(containerd runc containernetworking-plugins buildah debootstrap nftables)
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet=2
  # Their services would start daemons that the cluster brings up itself.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" >/dev/null
fi
command -v go >/dev/null || { echo "building Kubernetes needs Go 1.24 or newer" >&2; exit 2; }

mkdir -p "$target"
# build NAME ARGUMENT...: whoever changes the source, the modules or the arguments changes the stamp.
build() {
  local name=$1 folder=$2 stamp
  shift 2
  stamp=$( (find "test/cluster/$folder" -type f | sort | xargs cat; echo "$@"; go version) | sha256sum | cut -d ' ' -f 1)
  [ -x "$target/$name" ] && [ "$(cat "$target/$name.stamp" 2>/dev/null)" = "$stamp" ] && return
  echo "building $name" >&2
  (cd "test/cluster/$folder" && CGO_ENABLED=0 go build -trimpath -o "$target/$name" "$@")
  echo "$stamp" >"$target/$name.stamp"
}
version=$(cd test/cluster/kubernetes && go list -m -f '{{.Version}}' k8s.io/kubernetes)
minor=${version#v1.}
# Components that do not know their version refuse each other.
base=k8s.io/component-base/version
build kubernetes kubernetes \
  -ldflags "-s -w -X $base.gitVersion=$version -X $base.gitMajor=1 -X $base.gitMinor=${minor%%.*}" .
build coredns addons -ldflags '-s -w' ./coredns
build network-policies addons -ldflags '-s -w' ./networkpolicy
build local-path-provisioner addons -ldflags '-s -w' github.com/rancher/local-path-provisioner
