#!/usr/bin/env bash
# Builds everything and runs every test; arguments go to `dotnet test`. The last line says "N passed, N failed".
#   TEST_TIMEOUT_SECONDS   limit for build and tests together, default 1800
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
deadline=$((SECONDS + ${TEST_TIMEOUT_SECONDS:-1800}))

# Programs and files that tests need, as name:package of apt. The .NET SDK alone is enough for everything else.
needed=(g++:g++ gcc:gcc pkg-config:pkg-config ip:iproute2 /usr/include/dpdk/rte_ethdev.h:libdpdk-dev)

give_up() { echo "error: $1" >&2; echo "0 passed, 1 failed"; exit 1; }

# Runs a command within what is left of the time.
limited() {
  local left=$((deadline - SECONDS))
  [ "$left" -gt 0 ] || return 124
  timeout --foreground --kill-after=30 "$left" "$@"
}

install_missing() {
  local entry missing=()
  for entry in "$@"; do
    command -v "${entry%%:*}" >/dev/null || [ -e "${entry%%:*}" ] || missing+=("${entry##*:}")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]}" >&2
    { limited apt-get update -qq && DEBIAN_FRONTEND=noninteractive limited apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2 \
      || give_up "apt-get could not install ${missing[*]}"
  else
    give_up "the tests need: sudo apt-get install ${missing[*]}"
  fi
}

# Adds up one attribute of the result files' <Counters>.
count() {
  sed -n 's/.*<Counters\([^>]*\).*/\1/p' TestResults/*.trx 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}

command -v dotnet >/dev/null || give_up "there is no dotnet; install the .NET SDK $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json): https://dotnet.microsoft.com/download"
install_missing "${needed[@]}"

[ -d ../shared ] || [ "${CI:-}" = true ] || echo "note: tests/SharedData.Tests is left out: the real captures and schemas it reads are not in ../shared" >&2

limited dotnet build FeedHandler.sln -c Release -v quiet || give_up "the build failed or took too long"
rm -rf TestResults
if [ "$(id -u)" -ne 0 ]; then
  echo "note: tests/Wire.Tests make network namespaces, for which they need root; left out" >&2
  set -- --filter-not-namespace FeedHandler.Wire.Tests --ignore-exit-code 8 "$@"
fi
limited dotnet test --solution FeedHandler.sln -c Release --no-build --report-trx --results-directory "$PWD/TestResults" "$@"
status=$?
[ "$status" -eq 124 ] && echo "error: the tests took too long" >&2

# What neither passed nor failed (skipped, cut off by a crash) did not pass.
passed=$(count passed)
failed=$(($(count total) - passed))
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
