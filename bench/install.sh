#!/usr/bin/env bash
# Installs what bench/synth.mjs compares with into .cache/bench, by the ordinary clients of Go and npm. Does nothing
# when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

helm=v3.22.0
cdk8s=2.70.106
constructs=10.6.0

target=$PWD/.cache/bench
stamp=$(sha256sum <bench/install.sh | cut -d ' ' -f 1)
if [ "$(cat "$target/installed" 2>/dev/null)" = "$stamp" ]; then exit 0; fi

mkdir -p "$target/bin"
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
(cd "$outside" && GOBIN=$target/bin go install "helm.sh/helm/v3/cmd/helm@$helm")
npm install --prefix "$target" --no-audit --no-fund --save-exact "cdk8s@$cdk8s" "constructs@$constructs"
printf 'helm %s, cdk8s %s' "$helm" "$cdk8s" >"$target/versions"
echo "$stamp" >"$target/installed"
