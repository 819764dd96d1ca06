#!/usr/bin/env bash
# Does what is due, round by round: finishes every task that nobody asked about again. For cron; safe to run twice at once.
#
#   API=http://127.0.0.1:3000 ADMIN_TOKEN=... docs/examples/reconcile.sh
set -euo pipefail

cursor=1
while [ "$cursor" != null ]; do
  swept=$(curl -sf --max-time 120 -X POST "$API/api/v1/admin/reconcile" \
    -H "Authorization: Bearer $ADMIN_TOKEN" -d "{\"cursor\": $cursor}")
  jq -c .data <<<"$swept"
  cursor=$(jq .data.next_cursor <<<"$swept")
done
