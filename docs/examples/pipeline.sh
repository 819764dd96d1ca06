#!/usr/bin/env bash
# The complete pipeline with curl and jq: create a character, wait until it is ready, generate pictures of it.
#
#   API=http://127.0.0.1:3000 KEY=sk-... PHOTOS='["https://...", ...]' docs/examples/pipeline.sh
#
# `cargo likeness up` prints all three.
set -euo pipefail

# Step 1: Create character
CHAR_ID=$(curl -s -X POST "$API/api/v1/characters/create" \
  -H "Authorization: Bearer $KEY" \
  -H "Content-Type: application/json" \
  -d "{\"name\": \"Brand Ambassador\", \"image_urls\": $PHOTOS}" | jq -r '.data.character_id')
echo "Character ID: $CHAR_ID"

# Step 2: Poll until ready (typically 2-3 minutes; seconds when simulated)
while true; do
  STATUS=$(curl -s "$API/api/v1/characters/$CHAR_ID" \
    -H "Authorization: Bearer $KEY" | jq -r '.data.status')
  echo "Status: $STATUS"
  [ "$STATUS" = "ready" ] && break
  [ "$STATUS" = "failed" ] && echo "Training failed" && exit 1
  sleep "${POLL_SECONDS:-10}"
done

# Step 3: Generate marketing photos. (`tee -a`: where all of this goes to a file, the file is not begun anew.)
curl -s -X POST "$API/api/v1/characters/$CHAR_ID/generate" \
  -H "Authorization: Bearer $KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "prompt": "professional photoshoot, studio lighting, white background",
    "aspect_ratio": "3:4",
    "num_outputs": 4
  }' | tee -a /dev/stderr | jq -e '.data.output.images | length == 4' >/dev/null
echo
