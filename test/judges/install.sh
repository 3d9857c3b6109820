#!/usr/bin/env bash
# Installs the outside judges of test/judges and test/operations into .cache/judges, by the ordinary clients of Go, Python
# and Debian. Does nothing when they are there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

kubeconform=v0.8.0
kube_score=v1.20.0
checkov=3.3.30
kubernetes=v1.34.4

target=$PWD/.cache/judges
# Whoever changes a version or the schemas changes this.
stamp=$(cat test/judges/install.sh test/judges/kubernetes-schemas.mjs | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$target/installed" 2>/dev/null)" = "$stamp" ]; then exit 0; fi
for tool in go python3 node; do
  command -v "$tool" >/dev/null || { echo "the judges need $tool: install it, or do without them" >&2; exit 1; }
done

rm -rf "$target/installed" "$target/schemas"
mkdir -p "$target/bin"
export GOBIN=$target/bin
# Outside of the project, where there is no go.mod.
module=$(mktemp -d)
trap 'rm -rf "$module"' EXIT
(
  cd "$module"
  go install "github.com/yannh/kubeconform/cmd/kubeconform@$kubeconform"
  go install "github.com/zegl/kube-score/cmd/kube-score@$kube_score"
  go mod download -json "k8s.io/kubernetes@$kubernetes" >kubernetes.json
)
source=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1])).Dir' "$module/kubernetes.json")
node test/judges/kubernetes-schemas.mjs "$source/api/openapi-spec/swagger.json" "$target/schemas"

[ -x "$target/venv/bin/pip" ] || python3 -m venv "$target/venv"
"$target/venv/bin/pip" install --quiet "checkov==$checkov"

# promtool comes with Debian's prometheus; only unpacked, so that nothing starts to run.
if [ ! -x "$target/bin/promtool" ] && command -v apt-get >/dev/null; then
  (
    cd "$module"
    apt-get download --quiet=2 prometheus 2>/dev/null || { apt-get update --quiet=2 && apt-get download --quiet=2 prometheus; }
    dpkg-deb --extract prometheus_*.deb .
    cp usr/bin/promtool "$target/bin/"
  )
fi

echo "$stamp" >"$target/installed"
