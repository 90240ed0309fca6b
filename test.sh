#!/usr/bin/env bash
# Builds everything and runs every test. The last line says "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build FeedHandler.sln -c Release -v quiet || { echo "0 passed, 1 failed"; exit 1; }
rm -rf TestResults
dotnet test --solution FeedHandler.sln -c Release --no-build --report-trx --results-directory "$PWD/TestResults" "$@"
status=$?
passed=0; failed=0
for f in TestResults/*.trx; do
  [ -e "$f" ] || continue
  line=$(grep -o '<Counters [^>]*' "$f" | head -n 1)
  p=$(sed -n 's/.* passed="\([0-9]*\)".*/\1/p' <<<"$line"); t=$(sed -n 's/.* total="\([0-9]*\)".*/\1/p' <<<"$line")
  passed=$((passed + ${p:-0})); failed=$((failed + ${t:-0} - ${p:-0}))
done
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
