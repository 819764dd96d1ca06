#!/usr/bin/env bash
# Checks an account's ledger without trusting us: fetches every entry and recomputes the chain of hashes with sha256sum.
#
#   API=http://127.0.0.1:3000 KEY=sk-... docs/examples/verify-ledger.sh
#
# The recipe is in docs/money.md.
set -euo pipefail

entries='[]'
query='limit=100'
while [ -n "$query" ]; do
  page=$(curl -sf "$API/api/v1/credits/ledger?$query" -H "Authorization: Bearer $KEY")
  entries=$(jq -c --argjson page "$page" '. + $page.data.entries' <<<"$entries")
  account=$(jq -r .data.account_id <<<"$page")
  before=$(jq -r '.data.next_before // empty' <<<"$page")
  query=${before:+limit=100&before=$before}
done

previous=$(printf '%s\n' "likeness ledger 1" "$account" | sha256sum | cut -d' ' -f1)
checked=0
while IFS= read -r entry; do
  computed=$({
    echo "$previous"
    jq -r '
      .seq, ((.at | sub("\\.\\d+Z$"; "Z") | fromdate) * 1000 + (.at | capture("\\.(?<ms>\\d+)Z$").ms | tonumber)),
      .amount, .balance, .held, .spent, .change, .subject, .reason // "", .key_id // "",
      .operation.id // "", .operation.fingerprint // ""' <<<"$entry"
  } | sha256sum | cut -d' ' -f1)
  if [ "$computed" != "$(jq -r .hash <<<"$entry")" ]; then
    echo "Entry $(jq -r .seq <<<"$entry") does not have the hash it should have" >&2
    exit 1
  fi
  previous=$computed
  checked=$((checked + 1))
done < <(jq -c 'reverse[]' <<<"$entries")
echo "$checked entries, and every one follows from the one before"
