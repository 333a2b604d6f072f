#!/bin/bash
# report_test.sh: builds what pages are drawn with, installs a build tree, and lets a browser look at
# the pages that the installed `hakmem report` writes; and has the pages' sources judged by prettier.
# Screenshots are left in <build tree>/report.
#   report_test.sh <build tree>
set -euo pipefail

tree=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
readonly tree here source work
trap 'rm -rf "$work"' EXIT

for tool in node npm chromium; do
  if ! command -v "$tool" >/dev/null; then
    echo "no $tool; install what tools/packages.sh --list report names" >&2
    exit 1
  fi
done

cmake --build "$tree" --target hakmem_report_assets
cmake --install "$tree" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/installed"

mkdir -p "$tree/report"
rm -f "$tree"/report/*.png
cp "$here"/{package.json,package-lock.json,.npmrc} "$tree/report"
(cd "$tree/report" && npm ci --ignore-scripts --no-progress)
"$tree/report/node_modules/.bin/prettier" --config "$here/package.json" --check \
  "$source"/cli/report/page "$source"/cli/report/assets/*.{js,mjs} "$here"/*.mjs

# Node looks for packages beside the script.
cp "$here"/*.mjs "$tree/report"

HAKMEM_COMMAND=$work/installed/bin/hakmem \
CHROMIUM=$(command -v chromium) \
SCREENSHOTS=$tree/report \
  node --test --test-reporter=spec "$tree/report/report_test.mjs"
