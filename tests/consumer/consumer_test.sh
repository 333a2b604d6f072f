#!/bin/bash
# consumer_test.sh: installs a build tree, moves the installation, and builds and runs programs
# that use it: through the CMake package and through pkg-config, replacing malloc and not.
#   consumer_test.sh <build tree> <cmake> <C compiler> <C++ compiler>
set -euo pipefail

readonly tree=$1 cmake=$2 cc=$3 cxx=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
readonly here work
trap 'rm -rf "$work"' EXIT

say() { printf '== %s\n' "$*"; }

say "install, and move the installation"
"$cmake" --install "$tree" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
readonly prefix=$work/moved
pkgconfig=$(dirname "$(find "$prefix" -name hakmem.pc)")
libdir=$(dirname "$pkgconfig")
export PKG_CONFIG_PATH=$pkgconfig

say "CMake package"
for project in replace api; do
  CC=$cc CXX=$cxx "$cmake" -G Ninja -S "$here/$project" -B "$work/$project" \
    -DCMAKE_PREFIX_PATH="$prefix" >"$work/$project.log" 2>&1 || { cat "$work/$project.log"; exit 1; }
  "$cmake" --build "$work/$project"
done
"$work/replace/consumer_shared" "$libdir/libhakmem.so"
"$work/replace/consumer_static" consumer_static
"$work/api/consumer_api"

say "pkg-config"
read -ra flags <<<"$(pkg-config --cflags --libs hakmem)"
"$cxx" -std=c++17 "$here/replace/replace.cc" -o "$work/replace_pc" "${flags[@]}" \
  -Wl,--as-needed "-Wl,-rpath,$libdir"
"$work/replace_pc" "$libdir/libhakmem.so"
read -ra flags <<<"$(pkg-config --cflags --libs hakmem-api)"
"$cc" "$here/api/api.c" -o "$work/api_pc" "${flags[@]}"
"$work/api_pc"

say "what is installed"
soname=$(readelf -d "$libdir/libhakmem.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
[[ -e $libdir/$soname ]]
(cd "$prefix" && find . -type f -o -type l | sort)
if [[ -e $prefix/bin/hakmem ]]; then
  "$prefix/bin/hakmem" run -- "$work/replace_pc" "$libdir/libhakmem"
  say "what an installation runs by itself, stripped as packages are"
  strip "$prefix"/bin/hakmem "$prefix"/libexec/hakmem/{counts,launcher,long}/* "$libdir"/libhakmem*.so
  "$prefix/bin/hakmem" counts --allocator hakmem --sizes 64
  "$prefix/bin/hakmem" health
fi

if [[ -e $prefix/bin/hakmem ]]; then
  say "the installed command measures, decides, soaks, draws and judges without the build tree"
  cd "$work"
  # Run by itself, so that nothing of the build tree can be found beside it.
  hakmem() { env -u LD_LIBRARY_PATH "$prefix/bin/hakmem" "$@" 2>"$work/errors" || {
    cat "$work/errors"
    return 1
  }; }
  hakmem compare --allocator libc hakmem --rounds 1 --seconds 0.05 --workload tiny_hot \
    --out results -- /bin/sh -c "sleep 0.1"
  grep -F "$prefix/libexec/hakmem/tiny_hot" results/result.json
  if grep -F "$tree" results/result.json; then exit 1; fi
  hakmem soak --minutes 0.2 --no-floor --out soak.json >soak.txt || [[ $? -eq 1 ]]
  grep "throughput" soak.txt
  hakmem compare --allocator libc --rounds 1 --seconds 0.05 --suite apps --out apps
  grep -F "$prefix/share/hakmem/programs" apps/result.json
  hakmem ab "$libdir/libhakmem.so" "$libdir/libhakmem.so" --target tiny_hot --name box
  grep -E '^# box: (GO|NEUTRAL|NO-GO)$' ab-box/record.md
  grep -F '"name":"box"' ab-box/ledger.jsonl
  hakmem scorecard results/result.json apps/result.json soak.json -o scorecard.md
  grep -F "| soak |" scorecard.md
  # The report's charts are bundled by a target of their own; an installation without says so.
  if [[ -e $prefix/share/hakmem/report/charts.js ]]; then
    hakmem report results/result.json ab-box/result.json soak.json -o report.html
    grep -F "tiny_hot" report.html >/dev/null
  elif hakmem report results/result.json -o report.html; then
    exit 1
  else
    grep -F "charts.js" errors
  fi
fi
